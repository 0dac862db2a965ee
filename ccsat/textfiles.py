"""Delimited text in any of the usual encodings and separators -> TextTable."""

from __future__ import annotations

import codecs
import csv
import io
import re
import tempfile
from pathlib import Path

import pandas as pd

from ccsat.errors import DataError
from ccsat.layout import LOOK, TextTable, find_header, tidy

BLOCK = 1 << 22
SAMPLE = 1 << 18
DELIMITERS = (",", ";", "\t", "|")
BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
# Two bytes of GB18030: the first kind are the common Chinese characters, the second what accented Latin letters give.
PAIRS = re.compile(rb"[\x81-\xfe](?:([\xa1-\xfe])|[\x40-\x7e\x80-\xa0])")
UTF8_HAN = re.compile(rb"(?:[\xe3-\xe9][\x80-\xbf]{2}){2}")


def read_text_file(path: Path, *, encoding: str = "auto", delimiter: str = "auto",
                   header_row: int | str = "auto") -> TextTable:  # fmt: skip
    """One delimited text file, every column as text.

    Raises:
        DataError: Empty, header only, mixed or unknown encoding, an open quote, no header to be found.
    """
    if path.stat().st_size == 0:
        raise DataError("file_empty", file=path.name)
    encoding = detect_encoding(path) if encoding == "auto" else _given(path, encoding)
    sample = _sample(path, encoding)
    if not sample.strip():
        raise DataError("file_empty", file=path.name)
    delimiter = sniff_delimiter(sample) if delimiter == "auto" else delimiter.replace("\\t", "\t")
    rows = _rows(sample, delimiter, LOOK)
    head = find_header(rows, header_row, path.name)
    lines, ragged = _lines(path, encoding, delimiter, head)
    frame, aside = tidy(lines, rows[head], path.name)
    notes = [("note.encoding", {"file": path.name, "encoding": encoding})]
    if head:
        notes.append(("note.header_row", {"file": path.name, "row": head + 1}))
    return TextTable(frame, tuple(notes), {**aside, **({"ragged_rows": ragged} if ragged else {})})


def detect_encoding(path: Path) -> str:
    """The encoding in which the whole file can be read: by its mark, else strict UTF-8, else strict GB18030.

    Raises:
        DataError: Neither fits, lines of both stand in one file, or what would be Chinese are accented Latin letters.
    """
    with path.open("rb") as file:
        start = file.read(4)
    for mark, name in BOMS:
        if start.startswith(mark):
            _given(path, name)
            return name
    not_utf8 = _decodes(path, "utf-8")
    if not_utf8 is None:
        return "utf-8"
    both, common, odd = _evidence(path)
    if not both and common < odd:
        raise DataError("encoding_unsure", file=path.name)
    wrong = _decodes(path, "gb18030")
    if both:  # the second encoding begins at the later of the two
        raise DataError("encoding_mixed", file=path.name, line=max(both, _line(path, not_utf8)))
    if wrong is not None:
        raise DataError("encoding_mixed", file=path.name, line=_line(path, wrong))
    return "gb18030"


def _given(path: Path, encoding: str) -> str:
    try:
        codecs.lookup(encoding)
    except LookupError:
        raise DataError("encoding_unknown", file=path.name, encoding=encoding) from None
    wrong = _decodes(path, encoding)
    if wrong is not None:
        raise DataError("encoding_wrong", file=path.name, encoding=encoding, line=_line(path, wrong))
    return encoding


def _decodes(path: Path, encoding: str) -> int | None:
    """None when the whole file is in this encoding, else about where it is not (in bytes)."""
    decoder = codecs.getincrementaldecoder(encoding)("strict")
    done = 0
    with path.open("rb") as file:
        while True:
            block = file.read(BLOCK)
            try:
                decoder.decode(block, final=not block)
            except UnicodeError as error:
                return done + int(getattr(error, "start", 0))
            if not block:
                return None
            done += len(block)


def _line(path: Path, position: int) -> int:
    with path.open("rb") as file:
        return file.read(position).count(b"\n") + 1


def _evidence(path: Path) -> tuple[int, int, int]:
    """For a file that is not UTF-8: the first line that is UTF-8 Chinese, and pairs that are common and odd in GB18030."""
    common = odd = 0
    both = 0
    with path.open("rb") as file:
        for number, line in enumerate(file, 1):
            if line.isascii():
                continue
            pairs = PAIRS.findall(line)
            common += sum(map(bool, pairs))
            odd += len(pairs) - sum(map(bool, pairs))
            if not both and UTF8_HAN.search(line):
                try:
                    line.decode("utf-8")
                    both = number
                except UnicodeDecodeError:
                    pass
    return both, common, odd


def _sample(path: Path, encoding: str) -> str:
    decoder = codecs.getincrementaldecoder(encoding)("strict")
    with path.open("rb") as file:
        return decoder.decode(file.read(SAMPLE))


def _rows(sample: str, delimiter: str, most: int) -> list[list[str]]:
    rows = []
    try:
        for row in csv.reader(io.StringIO(sample, newline=""), delimiter=delimiter):
            rows.append(row)
            if len(rows) >= most:
                break
    except csv.Error:  # a field beyond csv's limit: what came before it is sample enough
        pass
    return rows


def sniff_delimiter(sample: str) -> str:
    """The separator under which most lines have the same number of cells, and more than one."""
    best, best_score = ",", 0.0
    for delimiter in DELIMITERS:
        widths = [len(row) for row in _rows(sample, delimiter, 200)[: 200 if len(sample) < SAMPLE else -1] if any(row)]
        widths = widths or [1]
        usual = max(set(widths), key=lambda w: (widths.count(w), w))
        share = widths.count(usual) / len(widths)
        score = 0.0 if usual < 2 else usual * share if share < 0.8 else 1000 + usual
        if score > best_score:
            best, best_score = delimiter, score
    return best


def _lines(path: Path, encoding: str, delimiter: str, head: int) -> tuple[pd.DataFrame, int]:
    """The lines below the header, and how many were set aside because they have more cells than the header."""
    try:
        return _parsed(path, encoding, delimiter, head), 0
    except pd.errors.ParserError as error:
        if "EOF inside string" in str(error):
            raise DataError("quote_open", file=path.name, line=_first_number(str(error)) + head + 1) from None
    except pd.errors.EmptyDataError:
        raise DataError("file_empty", file=path.name) from None
    with tempfile.TemporaryDirectory(prefix="ccsat-") as folder:
        mended = Path(folder) / "mended.csv"
        ragged = _mend(path, mended, encoding, delimiter, head)
        return _parsed(mended, "utf-8", ",", 0), ragged


def _parsed(path: Path, encoding: str, delimiter: str, head: int) -> pd.DataFrame:
    lines = pd.read_csv(path, sep=delimiter, header=None, skiprows=head, dtype=str, keep_default_na=False,
                        skip_blank_lines=False, encoding=encoding, engine="c")  # fmt: skip
    return lines.iloc[1:]


def _mend(path: Path, mended: Path, encoding: str, delimiter: str, head: int) -> int:
    """Copy the table with every line as wide as its header; lines with more filled cells are left out and counted."""
    ragged = 0
    with path.open(encoding=encoding, newline="") as source, mended.open("w", encoding="utf-8", newline="") as target:
        writer = csv.writer(target)
        width = 0
        for number, row in enumerate(csv.reader(source, delimiter=delimiter)):
            if number < head:
                continue
            width = width or len(row)
            if any(cell.strip() for cell in row[width:]):
                ragged += 1
            else:
                writer.writerow([*row, *[""] * (width - len(row))][:width])
    return ragged


def _first_number(message: str) -> int:
    found = re.search(r"row (\d+)", message)
    return int(found[1]) if found else 0
