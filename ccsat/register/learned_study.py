"""A study whose library is what its register taught: what a run plans from."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ccsat import registers
from ccsat.register.actions import Actions
from ccsat.register.learn import learned_library, with_learned
from ccsat.register.store import FILE
from ccsat.study import Database, Study, read_study

FOLDER = "learned"


def learned_study(
    folder: Path, study: Study, path: str | Path, settings: Mapping[str, Any] | None
) -> tuple[Study, dict[str, Any]]:
    """The study and its settings with `solution.library` replaced by what verified actions taught; as they were where they taught nothing.

    The bundled library is never replaced (its values have to stay marked as nobody's measurements), nor one that is a table of a database. A register that
    cannot be read changes nothing: the run is worth more than it.

    Args:
        folder: The study's folder of runs, where the register lies.
        path: The study file.
        settings: Dotted keys that replaced the study's.
    """
    settings = dict(settings or {})
    if study.solution.library is None or isinstance(study.solution.library, Database) or not (folder / FILE).is_file():
        return study, settings
    try:
        library = registers.read(study.model_copy(update=dict.fromkeys(("changes", "actions", "targets"))))["library"]
        learned = learned_library(library, Actions(folder).taught())
        if learned.empty:
            return study, settings
        words = with_learned(library, learned).dropna(axis=1, how="all").to_csv(index=False, lineterminator="\n")
        name = f"library-{hashlib.sha256(words.encode('utf-8')).hexdigest()[:10]}.csv"  # same content, same run
        (folder / FOLDER).mkdir(exist_ok=True)
        draft = folder / FOLDER / f".{name}.{os.getpid()}"
        draft.write_text(words, encoding="utf-8", newline="\n")
        draft.replace(folder / FOLDER / name)
        settings["solution.library"] = _from(folder / FOLDER / name, study.folder)
        return read_study(path, settings), settings
    except Exception:  # said by `ccsat actions phi`, which reads the same
        return study, dict(settings)


def _from(file: Path, folder: Path) -> str:
    """The file as the study may name it: relative where it lies below the study's folder."""
    file, folder = file.resolve(), folder.resolve()
    return (file.relative_to(folder) if file.is_relative_to(folder) else file).as_posix()
