"""Which notebook is meant, which parameters it takes, and whether the given ones fit: all before a kernel starts."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from ccsat.errors import RunError, StudyError, listing, suggestion
from ccsat.lean import load_nbformat

PACKAGE = Path(__file__).resolve().parents[1]
KINDS = {"str": (str,), "int": (int,), "float": (float, int), "bool": (bool,), "list": (list,), "dict": (dict,)}


@dataclass(frozen=True)
class Parameter:
    """One line of a notebook's `parameters` cell. `kind` is a key of `KINDS`, or "" where the cell does not say."""

    name: str
    kind: str
    default: str
    help: str


def find_notebook(name: str, lang: str, *, folders: Iterable[Path] | None = None) -> Path:
    """The built notebook of a name in a language.

    Args:
        name: A code ("R03"), a file's stem ("R03_satisfaction_trace"), its last part, or a path to an .ipynb file.
        lang: "zh" or "en".
        folders: Folders that hold one folder a language; by default the checkout's `notebooks/traces` and
            `notebooks`, or what an installed package carries.

    Raises:
        StudyError: No notebook of that name; says which there are and which is nearest.
    """
    if name.endswith(".ipynb") and Path(name).is_file():
        return Path(name).resolve()
    files = [file for folder in (folders or _folders()) for file in sorted((Path(folder) / lang).glob("*.ipynb"))]
    wanted = name.removesuffix(".ipynb").lower()
    for fits in (_is_stem, _is_code, _is_last_part):
        found = [file for file in files if fits(file.stem.lower(), wanted)]
        if found:
            return found[0]
    known = [file.stem for file in files]
    codes = {stem.lower(): stem for stem in known} | {stem.split("_")[0].lower(): stem for stem in known}
    near = codes.get(suggestion(wanted, codes), "")
    raise StudyError("notebook_unknown", name=name, language=lang, known=listing(known) or "–", near=near or "–")


def _folders() -> list[Path]:
    """Where notebooks lie: beside the package in a checkout, inside it when installed."""
    checkout = PACKAGE.parent / "notebooks"
    return [checkout / "traces", checkout] if (checkout / "traces").is_dir() else [PACKAGE / "_traces"]


def _is_stem(stem: str, wanted: str) -> bool:
    return stem == wanted


def _is_code(stem: str, wanted: str) -> bool:
    return stem.startswith(wanted + "_")


def _is_last_part(stem: str, wanted: str) -> bool:
    return stem.endswith("_" + wanted)


def parameters_of(notebook: Path) -> dict[str, Parameter]:
    """The parameters a notebook takes, read from its annotated `parameters` cell without running it.

    Raises:
        RunError: The notebook has no such cell, or is not a notebook.
    """
    ValidationError = load_nbformat().ValidationError
    from papermill import inspect_notebook

    logging.getLogger("papermill").setLevel(logging.ERROR)
    template = str(notebook).replace("{", "{{").replace("}", "}}")  # papermill reads braces in a path as a template
    try:
        found = inspect_notebook(template)
    except (OSError, ValueError, KeyError, AttributeError, ValidationError) as error:
        raise RunError("notebook_unreadable", name=notebook.name, reason=f"{type(error).__name__}: {error}") from None
    if not found:
        raise RunError("notebook_no_parameters", name=notebook.name)
    return {
        name: Parameter(
            name=name,
            kind=entry["inferred_type_name"] if entry["inferred_type_name"] in KINDS else "",
            default=entry["default"],
            help=entry["help"],
        )
        for name, entry in found.items()
    }


def check_parameters(notebook: Path, given: Mapping[str, Any]) -> dict[str, Any]:
    """The given parameters as the notebook takes them: every name known, every value of its kind.

    Text for a parameter of another kind is read as that kind ("30" for an int); dates become ISO text.

    Raises:
        StudyError: Unknown names or values of the wrong kind; all of them in one message.
    """
    known = parameters_of(notebook)
    problems, values = [], {}
    for name, value in given.items():
        if name not in known:
            near = suggestion(name, known)
            problems.append(f"{name}: ? → {near}" if near else f"{name}: ? ({listing(known)})")
            continue
        kind = known[name].kind
        try:
            values[name] = _as_kind(value, kind)
        except ValueError:
            problems.append(f"{name}: {value!r} ≠ {kind}"[:200])
    if problems:
        raise StudyError("notebook_parameters", name=notebook.stem, problems="\n  ".join(problems))
    return values


def _as_kind(value: Any, kind: str) -> Any:
    """A value as a parameter of a kind, or ValueError."""
    if isinstance(value, date):
        value = value.isoformat()
    if isinstance(value, str) and kind not in ("str", ""):
        words = {"true": True, "false": False}
        value = words[value.lower()] if value.lower() in words else json.loads(value)
    if kind and (not isinstance(value, KINDS[kind]) or (isinstance(value, bool) and kind != "bool")):
        raise ValueError(kind)
    return float(value) if kind == "float" else value
