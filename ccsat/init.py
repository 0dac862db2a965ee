"""`ccsat init`: any export -> a complete, commented study file that `check` and `trace` accept as it is."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence
from pathlib import Path

from ccsat import proposal
from ccsat.errors import DataError, listing
from ccsat.layout import TextTable
from ccsat.profiles import profile_table
from ccsat.sources import READABLE, read_text_table
from ccsat.study import TABLES, Data, check_study
from ccsat.wording import text

# Whose file it is, by its name; the first that fits.
NAMES = {
    "survey_reasons": r"reason|原因", "bill_items": r"bill|账单|收费", "surveys": r"survey|csat|satisf|满意|评价|问卷|rating|nps",
    "contacts": r"contact|call|interact|session|ticket|接触|通话|来电|工单|会话", "agents": r"agent|staff|坐席|座席|员工|人员",
    "customers": r"customer|client|客户|用户",
}  # fmt: skip
REGISTERS = {"changes": r"changes?|变更(台账)?", "actions": r"actions?|措施(台账)?", "targets": r"targets?|考核目标",
             "library": r"(action_)?library|措施库"}  # fmt: skip


def propose_study(paths: str | Path | Sequence[str | Path], *, name: str | None = None, lang: str = "en",
                  out_folder: str | Path | None = None, dayfirst: bool | str = "auto") -> str:  # fmt: skip
    """What would a study of these files look like?

    Args:
        paths: One flat export, or the files of a centre with several tables, or a folder of either.
        name: The study's name; by default the file's.
        lang: Language of the comments and of the study.
        out_folder: Where the study file will stand; paths in it start there. By default beside the data.
        dayfirst: Settles dates such as 03/04/2023 where the data cannot.

    Returns:
        TOML text. What is unsure stands in it as comments that begin with the word of `init.unsure`.

    Raises:
        DataError: Not there, not readable, no column that looks like a rating.
    """
    specs = [str(path) for path in ([paths] if isinstance(paths, str | Path) else paths)]
    first = Path(_file_part(specs[0]))
    parent = first if first.is_dir() and len(_by_name(first)) > 1 else first.parent
    folder = Path(out_folder) if out_folder is not None else parent
    tables, registers, spare = _assign(specs)
    read = {table: _read(spec, dayfirst) for table, spec in tables.items()}
    profiles = [p for table, found in read.items() for p in profile_table(found.frame, table)]
    places = {table: _place(spec, folder) for table, spec in {**tables, **registers}.items()}
    stem = name or (parent.resolve().name if len(tables) > 1 else Path(_file_part(specs[0])).stem)
    words = proposal.write(
        name=re.sub(r"[^\w\-.]+", "_", stem).strip("_.")[:80] or "study",
        lang=lang, places={t: places[t] for t in tables}, registers={r: places[r] for r in registers},
        spare=[Path(s).name for s in spare], profiles=profiles, dayfirst=dayfirst,
        notes=[note for found in read.values() for note in found.notes],
        set_aside=[(t, why, n) for t, found in read.items() for why, n in found.set_aside.items()],
    )  # fmt: skip
    check_study(tomllib.loads(words), folder=folder.resolve())
    return words


def unsure_lines(study_text: str, lang: str = "en") -> list[str]:
    """The remarks of a proposed study that ask for a look, each with the key it stands at."""
    mark = text("init.unsure", lang)
    found = []
    for line in study_text.splitlines():
        before, seen, after = line.partition(mark)
        if seen:
            key = before.lstrip("# ").partition(" =")[0] if " =" in before else ""
            found.append(f"{key}: {after}" if key else after)
    return found


def _file_part(spec: str) -> str:
    before, mark, _ = spec.rpartition("#")
    return before if mark and not Path(spec).exists() else spec


def _read(spec: str, dayfirst: bool | str) -> TextTable:
    path = Path(_file_part(spec)).absolute()
    sheet = spec[len(_file_part(spec)) :]
    return read_text_table(str(path) + sheet, path.parent, Data(surveys=spec, dayfirst=dayfirst))


def _by_name(folder: Path) -> dict[str, Path]:
    """The tables and registers of a folder whose files have our names."""
    files = sorted(p for p in folder.iterdir() if p.suffix.lower() in READABLE and p.name[0] not in ".~")
    known = [*TABLES, *REGISTERS, "action_library"]
    return {"library" if p.stem == "action_library" else p.stem: p for p in files if p.stem in known}


def _assign(specs: list[str]) -> tuple[dict[str, str], dict[str, str], list[str]]:
    """Which file is which table or register, and the files that are neither."""
    if len(specs) == 1:
        path = Path(specs[0])
        found = _by_name(path) if path.is_dir() else {}
        if not {"surveys", "contacts"} & set(found):
            return {"surveys": specs[0]}, {}, []
        tables = {name: str(found[name]) for name in TABLES if name in found}
        return tables, {name: str(p) for name, p in found.items() if name in REGISTERS}, []
    tables: dict[str, str] = {}
    registers: dict[str, str] = {}
    spare: list[str] = []
    for spec in specs:
        stem = Path(_file_part(spec)).stem.lower()
        register = next((r for r, pattern in REGISTERS.items() if re.fullmatch(pattern, stem)), None)
        table = stem if stem in TABLES else next((t for t, pattern in NAMES.items() if re.search(pattern, stem)), None)
        if register:
            registers[register] = spec
        elif table and table not in tables:
            tables[table] = spec
        else:
            spare.append(spec)
    if not {"surveys", "contacts"} & set(tables) and spare:
        tables["surveys"] = spare.pop(0)
    if not {"surveys", "contacts"} & set(tables):
        raise DataError("init_tables", files=listing(Path(s).name for s in specs), tables=listing(TABLES))
    return tables, registers, spare


def _place(spec: str, folder: Path) -> str:
    """A path as the study writes it: from its folder where the data lie below, else absolute."""
    path = Path(_file_part(spec)).absolute()
    sheet = spec[len(_file_part(spec)) :]
    try:
        return path.relative_to(folder.absolute()).as_posix() + sheet
    except ValueError:
        return path.as_posix() + sheet
