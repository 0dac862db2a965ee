"""One sheet of an Excel workbook -> TextTable, each cell in canonical text."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from pathlib import Path

import pandas as pd

from ccsat.errors import DataError, listing, suggestion
from ccsat.layout import LOOK, TextTable, find_header, tidy

ZERO_DAY = datetime(1899, 12, 31)


def read_sheet(path: Path, sheet: str | None = None, *, header_row: int | str = "auto") -> TextTable:
    """A sheet as text: the named one, else the first visible one that holds anything.

    Raises:
        DataError: Not a workbook, no such sheet, an empty sheet, a header and nothing else.
    """
    import python_calamine as calamine

    try:
        book = calamine.CalamineWorkbook.from_path(str(path))
        cells, taken = _choose(book, sheet, path)
    except calamine.PasswordError:
        raise DataError("excel_locked", file=path.name) from None
    except (calamine.CalamineError, OSError, ValueError) as error:
        raise DataError("excel_corrupt", file=path.name, reason=str(error)[:120]) from None
    start = [[cell_text(cell) for cell in row] for row in cells[:LOOK]]
    name = f"{path.name}#{taken}"
    if not any(any(row) for row in start):
        raise DataError("sheet_empty", file=path.name, sheet=taken, sheets=listing(book.sheet_names))
    head = find_header(start, header_row, name)
    width = max(len(row) for row in cells)
    below = cells[head + 1 :]
    columns = {i: [cell_text(row[i]) if i < len(row) else "" for row in below] for i in range(width)}
    frame, aside = tidy(pd.DataFrame(columns, dtype="str"), [*start[head], *[""] * (width - len(start[head]))], name)
    notes = []
    if len(book.sheet_names) > 1:
        notes.append(("note.sheet", {"file": path.name, "sheet": taken, "sheets": listing(book.sheet_names)}))
    if head:
        notes.append(("note.header_row", {"file": name, "row": head + 1}))
    return TextTable(frame, tuple(notes), aside)


def sheet_names(path: Path) -> list[str]:
    """The sheets of a workbook, in its order."""
    import python_calamine as calamine

    try:
        return list(calamine.CalamineWorkbook.from_path(str(path)).sheet_names)
    except (calamine.CalamineError, OSError, ValueError) as error:
        raise DataError("excel_corrupt", file=path.name, reason=str(error)[:120]) from None


def _choose(book, sheet: str | None, path: Path) -> tuple[list[list], str]:
    if sheet is not None:
        if sheet not in book.sheet_names:
            near = suggestion(sheet, book.sheet_names)
            raise DataError("sheet_unknown", file=path.name, sheet=sheet, sheets=listing(book.sheet_names),
                            near=near or book.sheet_names[0])  # fmt: skip
        return book.get_sheet_by_name(sheet).to_python(skip_empty_area=False), sheet
    visible = [info.name for info in book.sheets_metadata if str(info.visible).endswith("Visible")]
    for name in visible or book.sheet_names:
        cells = book.get_sheet_by_name(name).to_python(skip_empty_area=False)
        if cells:
            return cells, name
    raise DataError("sheet_empty", file=path.name, sheet=(visible or book.sheet_names)[0],
                    sheets=listing(book.sheet_names))  # fmt: skip


def cell_text(cell: object) -> str:
    """Canonical text of a cell: ISO dates and times, whole numbers without a fraction, spans as hours:minutes:seconds."""
    if isinstance(cell, str):
        return cell.strip()
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < 1e18 else repr(cell)
    if isinstance(cell, date) and (cell.year, cell.month) <= (1900, 1):  # a span of days in a time-of-day format
        return _clock(datetime(cell.year, cell.month, cell.day) - ZERO_DAY + _since_midnight(cell))
    if isinstance(cell, datetime):
        return cell.strftime("%Y-%m-%d %H:%M:%S")
    if isinstance(cell, date):
        return cell.isoformat()
    if isinstance(cell, time):
        return cell.strftime("%H:%M:%S")
    return _clock(cell) if isinstance(cell, timedelta) else "" if cell is None else str(cell)


def _since_midnight(cell: date) -> timedelta:
    return cell - datetime(cell.year, cell.month, cell.day) if isinstance(cell, datetime) else timedelta(0)


def _clock(span: timedelta) -> str:
    seconds = round(span.total_seconds())
    sign, seconds = ("-", -seconds) if seconds < 0 else ("", seconds)
    return f"{sign}{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"
