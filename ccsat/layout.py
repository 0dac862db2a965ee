"""Where a raw table's header stands, what its columns are called, and which lines are not records."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field

import pandas as pd

from ccsat.errors import DataError, listing

LOOK = 40  # rows looked at for the header
TOTALS = re.compile(r"(合\s*计|总\s*计|小\s*计|grand total|sub-?total|totals?|sum)[:：]?", re.IGNORECASE)
VALUE = re.compile(r"[-+]?[\d,]*\.?\d+%?|\d{1,4}[-/.年]\d{1,2}[-/.月]\d{1,4}日?([ T].*)?|\d{1,2}:\d\d(:\d\d)?")
Note = tuple[str, dict]


@dataclass(frozen=True)
class TextTable:
    """A raw table as text: one `str` column per source column, missing where the cell is blank.

    `notes` are wording keys with values (which encoding, sheet and header row were taken);
    `set_aside` counts the lines that are no records, by reason.
    """

    frame: pd.DataFrame
    notes: tuple[Note, ...] = ()
    set_aside: dict[str, int] = field(default_factory=dict)


def find_header(rows: list[list[str]], header_row: int | str, file: str) -> int:
    """Index of the header among the first rows.

    It is the first row nearly as full as the fullest: titles, print dates and merged group headings fill few cells.

    Raises:
        DataError: Nothing but blanks, the row asked for is not there, or what stands there are values, not names.
    """
    filled = [sum(bool(cell.strip()) for cell in row) for row in rows[:LOOK]]
    if not any(filled):
        raise DataError("file_empty", file=file)
    if isinstance(header_row, int):
        if not 1 <= header_row <= len(rows) or not any(cell.strip() for cell in rows[header_row - 1]):
            raise DataError("header_row_beyond", file=file, row=header_row)
        return header_row - 1
    found = next(i for i, n in enumerate(filled) if n >= 0.6 * max(filled))
    cells = [cell.strip() for cell in rows[found] if cell.strip()]
    if sum(bool(VALUE.fullmatch(cell)) for cell in cells) > 0.5 * len(cells):
        raise DataError("header_unsure", file=file, row=found + 1, cells=listing(cells, 6))
    return found


def column_names(cells: list[str]) -> list[str]:
    """Unique names: blanks become `column_N`, repeats get `.1`, `.2` as readers do."""
    names: list[str] = []
    seen: Counter[str] = Counter()
    for position, cell in enumerate(cells, 1):
        base = name = " ".join(str(cell).replace("\ufeff", "").replace("\u200b", "").split()) or f"column_{position}"
        while name in names:
            seen[base] += 1
            name = f"{base}.{seen[base]}"
        names.append(name)
    return names


def tidy(raw: pd.DataFrame, header: list[str], file: str) -> tuple[pd.DataFrame, dict[str, int]]:
    """Records only: cells trimmed, blank lines, repeated headers, totals and footers set aside and counted.

    Args:
        raw: The lines below the header, as text, columns by position.
        header: The header's cells.

    Raises:
        DataError: There is a header and nothing else.
    """
    names = column_names([*header, *[""] * (raw.shape[1] - len(header))])
    columns = {}
    for position, name in enumerate(names):
        cells = raw.iloc[:, position].astype("str").str.strip() if position < raw.shape[1] else pd.Series("", raw.index)
        columns[name] = cells.mask(cells == "", None).astype("str")
    frame = pd.DataFrame(columns, index=raw.index)
    unnamed = [n for n, cell in zip(names, [*header, *[""] * len(names)], strict=False) if not str(cell).strip()]
    frame = frame.drop(columns=[name for name in unnamed if frame[name].isna().all()])
    aside = {}
    for reason, lines in (("blank_rows", _blank), ("repeated_headers", _repeated), ("totals_rows", _totals)):
        found = lines(frame)
        if found.any():
            aside[reason] = int(found.sum())
            frame = frame[~found]
    if frame.empty:
        raise DataError("header_only", file=file, columns=listing(frame.columns))
    return frame.reset_index(drop=True), aside


def _blank(frame: pd.DataFrame) -> pd.Series:
    return frame.isna().all(axis=1)


def _repeated(frame: pd.DataFrame) -> pd.Series:
    """Lines that say the header again, as files pasted together have them."""
    same = pd.Series(True, frame.index)
    for name in frame.columns:
        if not same.any():
            break
        if not re.fullmatch(r"column_\d+|.*\.\d+", name):
            same &= (frame[name] == name).fillna(False).astype(bool)
    return same


def _totals(frame: pd.DataFrame) -> pd.Series:
    """Totals and single-cell footers among the last three lines of a wide table."""
    found = pd.Series(False, frame.index)
    if frame.shape[1] < 3:
        return found
    for line in frame.index[-3:]:
        cells = frame.loc[line].dropna()
        first = str(cells.iloc[0]) if len(cells) else ""
        footer = len(cells) == 1 and frame.shape[1] > 4 and cells.index[0] == frame.columns[0] and " " in first
        if TOTALS.fullmatch(first) or footer:
            found[line] = True
    return found
