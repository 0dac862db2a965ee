"""A path of the study file (a file, a glob, a folder, `file.xlsx#sheet`) -> the table it stands for, as text."""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path

import pandas as pd

from ccsat.errors import DataError, listing, suggestion
from ccsat.layout import TextTable
from ccsat.sheets import read_sheet, sheet_names
from ccsat.study import Data
from ccsat.textfiles import read_text_file

__all__ = ["TextTable", "find_sources", "is_remote", "is_typed", "parquet_paths", "read_text_table", "sheet_names"]

EXCEL = (".xlsx", ".xlsm", ".xlsb", ".xls", ".ods")
TEXT = (".csv", ".txt", ".tsv", ".tab", ".dat", ".psv")
PARQUET = (".parquet", ".pq")
READABLE = (*EXCEL, *TEXT, *PARQUET)


def read_text_table(path_spec: str, folder: Path, data: Data) -> TextTable:
    """The table a study path stands for, every column as text.

    Args:
        path_spec: A file, a glob or a folder (files with the same columns, put together), or `file.xlsx#sheet`.
        folder: Where relative paths start: the study file's folder.
        data: The study's `[data]`: encoding, delimiter and header_row are used.

    Raises:
        DataError: Not there, nothing in it, outside the study's folder, unreadable, or files with different columns.
    """
    paths, sheet = find_sources(path_spec, folder)
    tables = [_read(path, sheet, data) for path in paths]
    return tables[0] if len(tables) == 1 else _together(paths, tables)


def is_typed(path_spec: str) -> bool:
    """Whether the path names Parquet files, which go straight to the engine."""
    return str(path_spec).lower().endswith(PARQUET)


def is_remote(path_spec: object) -> bool:
    """Whether a path of the study is an address of another file system (`hdfs://`, `s3a://`), which only Spark reads."""
    return isinstance(path_spec, str) and "://" in path_spec


def parquet_paths(path_spec: str, folder: Path) -> list[Path]:
    """The Parquet files of a path; empty when it stands for other files.

    Raises:
        DataError: Not there, or Parquet beside other kinds of file.
    """
    paths, _ = find_sources(path_spec, folder)
    return paths if paths[0].suffix.lower() in PARQUET else []


def find_sources(path_spec: str, folder: Path) -> tuple[list[Path], str | None]:
    """The files of a path, sorted by name and all of one kind, and the sheet that it names.

    Raises:
        DataError: No such file (names those near), an empty folder or glob, more than one kind of file,
            a relative path that leaves the study's folder.
    """
    name, sheet = _split(str(path_spec), folder)
    path = Path(name) if Path(name).is_absolute() else folder / name
    if not Path(name).is_absolute() and os.path.relpath(path, folder).split(os.sep)[0] == os.pardir:
        raise DataError("source_outside", path=name)
    if path.is_file():
        paths = [path]
    elif path.is_dir():
        paths = _readable(path.iterdir())
        if not paths:
            raise DataError("folder_empty", path=name, kinds=" ".join(READABLE))
    elif any(mark in name for mark in "*?["):
        root = Path(path.anchor) if path.is_absolute() else Path()
        paths = _readable(root.glob(str(path.relative_to(root))))
        if not paths:
            raise DataError("glob_empty", path=name, folder=listing(_beside(path)) or "–")
    else:
        near = suggestion(path.name, _beside(path))
        key = "source_near" if near else "source_missing"
        raise DataError(key, path=name, near=near, folder=listing(_beside(path)) or "–")
    if len({_kind(p) for p in paths}) > 1:
        raise DataError("kinds_mixed", path=name, files=listing(p.name for p in paths))
    return paths, sheet


def _split(spec: str, folder: Path) -> tuple[str, str | None]:
    """A path and the sheet after `#`; a file whose own name has a `#` is left whole."""
    before, mark, sheet = spec.rpartition("#")
    if mark and before.lower().endswith(EXCEL) and not (folder / spec).exists():
        return before, sheet
    return spec, None


def _readable(paths) -> list[Path]:
    return sorted(p for p in paths if p.is_file() and p.suffix.lower() in READABLE and p.name[0] not in ".~")


def _beside(path: Path) -> list[str]:
    return [p.name for p in _readable(path.parent.iterdir())] if path.parent.is_dir() else []


def _kind(path: Path) -> str:
    return next((kinds[0] for kinds in (EXCEL, PARQUET) if path.suffix.lower() in kinds), "text")


def _read(path: Path, sheet: str | None, data: Data) -> TextTable:
    """One file, by what it holds: exports named .xls are often text, files named .csv sometimes workbooks."""
    if path.stat().st_size == 0:
        raise DataError("file_empty", file=path.name)
    with path.open("rb") as file:
        start = file.read(512)
    if start[:4] == b"PAR1" or path.suffix.lower() in PARQUET:
        return _read_parquet(path)
    workbook = start[:4] in (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
    if start.lstrip()[:14].lower().startswith((b"<!doctype html", b"<html", b"<table")):
        raise DataError("file_is_html", file=path.name)
    if workbook or (path.suffix.lower() in EXCEL and not _is_text(start)):
        return read_sheet(path, sheet, header_row=data.header_row)
    return read_text_file(path, encoding=data.encoding, delimiter=data.delimiter, header_row=data.header_row)


def _is_text(start: bytes) -> bool:
    if start[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return True
    return (b"\t" in start or b"," in start) and not any(byte < 32 and byte not in b"\t\r\n" for byte in start)


def _read_parquet(path: Path) -> TextTable:
    import pyarrow
    import pyarrow.parquet

    try:
        table = pyarrow.parquet.read_table(path)
        if table.num_rows == 0:
            raise DataError("header_only", file=path.name, columns=listing(table.column_names))
        columns = {name: _as_text(table[name]) for name in table.column_names}
    except (pyarrow.ArrowException, OSError) as error:
        raise DataError(
            "parquet_corrupt", file=path.name, reason=str(error).splitlines()[0][:120].rstrip(". ")
        ) from None
    return TextTable(pd.DataFrame(columns))


def _as_text(column) -> pd.Series:
    import pyarrow as pa

    if pa.types.is_floating(column.type):  # 5.0 is written 5, as in every other source
        numbers = column.to_pandas()
        if (numbers.dropna() % 1 == 0).all() and (numbers.dropna().abs() < 2**53).all():
            return numbers.astype("Int64").astype("str")
    if pa.types.is_timestamp(column.type):
        column = column.cast(pa.timestamp("s", tz=column.type.tz), safe=False)
    elif pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    if pa.types.is_nested(column.type) or pa.types.is_binary(column.type):
        return column.to_pandas().astype("str")
    return column.cast(pa.string()).to_pandas().astype("str")


def _together(paths: list[Path], tables: list[TextTable]) -> TextTable:
    """Files put together by column name, in the order of their names."""
    first = list(tables[0].frame.columns)
    for path, table in zip(paths, tables, strict=True):
        extra = [c for c in table.frame.columns if c not in first]
        lacking = [c for c in first if c not in table.frame.columns]
        if extra or lacking:
            raise DataError("columns_differ", file=path.name, first=paths[0].name, extra=listing(extra) or "–",
                            lacking=listing(lacking) or "–")  # fmt: skip
    aside = sum((Counter(table.set_aside) for table in tables), Counter())
    notes = [("note.files", {"n": len(paths), "files": listing(p.name for p in paths)})]
    notes += [note for table in tables for note in table.notes]
    frame = pd.concat([table.frame[first] for table in tables], ignore_index=True)
    return TextTable(frame, tuple(notes), dict(aside))
