"""Study file (TOML) to data, columns, question, budget and language: every key checked, with "did you mean"."""

from __future__ import annotations

import re
import tomllib
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from ccsat.errors import StudyError, listing, suggestion

Auto = Literal["auto"]
Lang = Literal["zh", "en"]
OWNERS = ("agent", "centre_process", "intelligent_service", "business_process", "business_rule", "marketing",
          "billing_product", "network", "mixed", "unstated")  # fmt: skip
Owner = Literal["agent", "centre_process", "intelligent_service", "business_process", "business_rule", "marketing",
                "billing_product", "network", "mixed", "unstated"]  # fmt: skip
TABLES = ("surveys", "contacts", "agents", "customers", "survey_reasons", "bill_items")


class Part(BaseModel):
    """A table of the study file."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Database(Part):
    """A table in a database; the address comes from an environment variable when it holds a secret."""

    database: str  # "warehouse.duckdb", "postgresql://host/base" or "env:NAME"
    table: str


Source = str | Database


class Naming(Part):
    name: Annotated[str, Field(pattern=r"^[\w\-.]+$", min_length=1, max_length=80)] = "study"
    lang: Lang = "en"


class Data(Part):
    """Where the tables are, relative to the study file, and how to read text."""

    surveys: Source | None = None
    contacts: Source | None = None
    agents: Source | None = None
    customers: Source | None = None
    survey_reasons: Source | None = None
    bill_items: Source | None = None
    encoding: str = "auto"
    delimiter: str = "auto"
    dayfirst: bool | Auto = "auto"
    header_row: int | Auto = "auto"  # 1 is the first line
    missing: list[str | int | float] | dict[str, list[str | int | float]] = []  # codes, for all columns or per column

    def missing_codes(self, column: str) -> tuple[str, ...]:
        """Codes that mean "missing" in one of the file's columns, as text."""
        codes = self.missing.get(column, []) if isinstance(self.missing, dict) else self.missing
        return tuple(str(code) for code in codes)

    def tables(self) -> dict[str, Source]:
        """The tables that the study names."""
        return {name: getattr(self, name) for name in TABLES if getattr(self, name) is not None}


class Columns(Part):
    """Ours = theirs. Columns of a many-table centre that already have our names need no entry."""

    survey_id: str | None = None
    contact_id: str | None = None
    customer_id: str | None = None
    agent_id: str | None = None
    at: str | None = None  # the time a rating belongs to
    clock: str | None = None  # time of day, where it is a column of its own
    started_at: str | None = None
    responded_at: str | None = None
    answered_at: str | None = None
    rating: str | None = None
    resolved: str | None = None
    answered: str | None = None
    pushed: str | None = None
    delivered: str | None = None
    default_filled: str | None = None
    mode: str | None = None
    template_version: str | None = None
    comment: str | list[str] | None = None
    sub_ratings: list[str] = []
    yes: list[str] = ["1", "y", "yes", "true", "是", "t"]  # what counts as yes in flag columns
    no: list[str] = ["0", "n", "no", "false", "否", "f"]


class Metric(Part):
    """A number per contact: a column, or the time from one column to another (minutes)."""

    column: str | None = None
    kind: Literal["number", "duration"] = "number"  # a duration is read into seconds
    start: str | None = None
    end: str | None = None


class Scale(Part):
    """How the rating is read."""

    rating: Literal["five", "three", "thumb", "ten", "nps"] | None = None
    labels: dict[str, int] = {}  # label = level


class Dimension(Part):
    column: str
    levels: list[str] | None = None  # worst or lowest first; an ordered dimension


class Reasons(Part):
    """Why people were dissatisfied: one multi-value column, several columns, or the survey_reasons table."""

    column: str | None = None
    separator: str = "auto"
    columns: list[str] = []
    coding: Literal["yes_no", "numbered", "labels"] = "yes_no"
    ranked: bool = False
    labels: dict[str, str] = {}
    contradicts: dict[str, str] = {}  # filter column = value that means "not asked"


class Question(Part):
    """What is asked: a KPI, its caliber, and a period against a period or a target."""

    kpi: str = "satisfaction_rate"
    caliber: str | None = None
    current: str | None = None
    baseline: str | None = None
    target: float | None = None
    dims: list[str] | None = None
    min_n: Annotated[int, Field(ge=2)] = 30
    fdr: Annotated[float, Field(gt=0, lt=1)] = 0.10
    max_depth: Annotated[int, Field(ge=1, le=3)] = 2
    seed: int = 0


class Solution(Part):
    budget: Annotated[float, Field(gt=0)] = 10
    horizon_days: Annotated[int, Field(gt=0)] = 90
    library: str | None = None


class Privacy(Part):
    hide: list[str] = []  # columns that never reach a report
    minimum_group: Annotated[int, Field(ge=1)] = 5


class Limits(Part):
    leaves: Annotated[int, Field(ge=1000)] = 1_000_000
    seconds: Annotated[int, Field(ge=1)] = 1800
    cell_seconds: Annotated[int, Field(ge=1)] = 600


class Study(Part):
    """A checked study file. `folder` is where its relative paths start."""

    study: Naming = Naming()
    data: Data
    columns: Columns = Columns()
    scale: Scale = Scale()
    metrics: dict[str, str | Metric] = {}
    dimensions: dict[str, str | Dimension] = {}
    hierarchies: dict[str, list[str]] = {}  # name = [coarse, ..., fine], names of dimensions
    reasons: Reasons | None = None
    owners: dict[str, Owner] = {}
    question: Question = Question()
    changes: str | list[dict[str, Any]] | None = None
    actions: str | list[dict[str, Any]] | None = None
    targets: str | list[dict[str, Any]] | None = None
    solution: Solution = Solution()
    privacy: Privacy = Privacy()
    limits: Limits = Limits()
    folder: Path = Path(".")

    @property
    def name(self) -> str:
        return self.study.name

    def dimension(self, name: str) -> Dimension:
        """A dimension's column and levels."""
        entry = self.dimensions[name]
        return Dimension(column=entry) if isinstance(entry, str) else entry

    def metric(self, name: str) -> Metric:
        """A metric's columns and kind."""
        entry = self.metrics[name]
        return Metric(column=entry) if isinstance(entry, str) else entry


SECRET = re.compile(r"(password|passwd|secret|token|api_?key)\b|://[^/@\s:]+:[^/@\s]+@", re.IGNORECASE)


def read_study(path: str | Path, settings: dict[str, object] | None = None) -> Study:
    """Read and check a study file.

    Args:
        path: The TOML file.
        settings: Dotted keys that replace the file's, e.g. `{"question.current": "2023-08-21/2023-08-31"}`; values
            given as text are read as TOML where they can be.

    Raises:
        StudyError: Not there, not TOML, an unknown key (with the nearest known one), a value of the wrong kind,
            a secret in clear.
    """
    path = Path(path)
    if not path.is_file():
        raise StudyError("study_missing", path=path.name, folder=listing(sorted(p.name for p in _beside(path))))
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise StudyError("study_not_toml", path=path.name, reason=str(error)) from None
    for key, value in (settings or {}).items():
        _put(content, key, _literal(value) if isinstance(value, str) else value)
    return check_study(content, folder=path.resolve().parent, file=path)


def check_study(content: dict[str, Any], *, folder: Path, file: Path | None = None) -> Study:
    """A study from its content: see `read_study`."""
    _refuse_secrets(content)
    content = {"study": {}, **content}
    content["study"] = {"name": (file.stem if file else "study").replace(" ", "_"), **content["study"]}
    try:
        study = Study(**content, folder=folder)
    except ValidationError as error:
        raise _as_study_error(error) from None
    if not (study.data.surveys or study.data.contacts):
        raise StudyError("study_no_data")
    for source in study.data.tables().values():
        if file is not None and isinstance(source, str) and (folder / source).resolve() == file.resolve():
            raise StudyError("study_is_data", path=file.name)
    return study


def _beside(path: Path) -> list[Path]:
    return [p for p in path.parent.glob("*.toml")] if path.parent.is_dir() else []


def _literal(value: str) -> object:
    try:
        return tomllib.loads(f"value = {value}")["value"] if not re.fullmatch(r"[\d\-]{8,10}(/.*)?", value) else value
    except tomllib.TOMLDecodeError:
        return value


def _put(content: dict, key: str, value: object) -> None:
    *parents, last = key.split(".")
    for name in parents:
        content = content.setdefault(name, {})
        if not isinstance(content, dict):
            raise StudyError("set_path", key=key, part=name)
    content[last] = value.isoformat() if isinstance(value, date) else value


def _refuse_secrets(tree: object, key: str = "") -> None:
    if isinstance(tree, dict):
        for name, branch in tree.items():
            _refuse_secrets(branch, f"{key}.{name}" if key else str(name))
    elif isinstance(tree, list):
        for branch in tree:
            _refuse_secrets(branch, key)
    elif isinstance(tree, str) and (re.search(r"://[^/@\s:]+:[^/@\s]+@", tree) or SECRET.search(key.rsplit(".")[-1])):
        raise StudyError("study_secret", key=key)


def _as_study_error(error: ValidationError) -> StudyError:
    """All problems of a study file in one message."""
    lines = []
    for problem in error.errors():
        where = ".".join(str(part) for part in problem["loc"] if not str(part).endswith("]"))
        if problem["type"] == "extra_forbidden":
            known = _known_keys(problem["loc"][:-1])
            near = suggestion(str(problem["loc"][-1]), known)
            lines.append(f"{where}: ? → {near}" if near else f"{where}: ? ({listing(known)})")
        else:
            lines.append(f"{where}: {problem['msg']} ({problem.get('input')!r})"[:200])
    return StudyError("study_keys", problems="\n  ".join(dict.fromkeys(lines)))


def _known_keys(location: tuple) -> list[str]:
    model: Any = Study
    for part in location:
        field = getattr(model, "model_fields", {}).get(str(part))
        if field is None:
            break
        options = [field.annotation, *getattr(field.annotation, "__args__", ())]
        model = next((o for o in options if isinstance(o, type) and issubclass(o, BaseModel)), None)
    return [name for name in getattr(model, "model_fields", {}) if name != "folder"]
