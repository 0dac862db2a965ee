"""A handed-in file to the cells that are run: read as data, bounded, and nothing of it believed."""

from __future__ import annotations

import json
import stat
from dataclasses import dataclass
from pathlib import Path

from ccsat.workshop.grading.problems import Unreadable

MOST_CELLS = 1_000
LONGEST_CELL = 200_000  # characters


@dataclass(frozen=True)
class Given:
    """A cell as it was handed in."""

    id: str
    code: bool
    text: str


@dataclass(frozen=True)
class Submission:
    """A notebook as it was handed in. `made_from` and `lang` are what it says of itself."""

    cells: tuple[Given, ...]
    made_from: str
    lang: str


def read_submission(path: Path, *, megabytes: float) -> Submission:
    """Read a notebook that a stranger wrote.

    Args:
        path: The file.
        megabytes: The largest file that is read.

    Raises:
        Unreadable: It is no notebook, no Python notebook, too large, or broken; each with its own words.
    """
    try:
        about = path.lstat()
        if stat.S_ISLNK(about.st_mode) or not stat.S_ISREG(about.st_mode):
            raise Unreadable("not_a_file")
        if path.suffix.lower() != ".ipynb":
            raise Unreadable(
                "archive" if path.suffix.lower() in (".zip", ".rar", ".7z", ".gz") else "suffix",
                suffix=path.suffix[:20] or "–",
            )
        if about.st_size > megabytes * 1e6:
            raise Unreadable("too_large", size=f"{about.st_size / 1e6:.0f}", limit=f"{megabytes:g}")
        raw = path.read_bytes()
    except OSError as error:
        raise Unreadable("no_access", reason=type(error).__name__) from None
    if not raw.strip():
        raise Unreadable("empty")
    try:
        content = json.loads(raw.decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise Unreadable("encoding") from None
    except json.JSONDecodeError as error:
        raise Unreadable("broken", line=error.lineno) from None
    except (ValueError, RecursionError):
        raise Unreadable("broken", line="–") from None
    return _submission(content)


def _submission(content: object) -> Submission:
    if not isinstance(content, dict) or "nbformat" not in content:
        raise Unreadable("no_notebook")
    if content["nbformat"] != 4 or not isinstance(content.get("cells"), list):
        raise Unreadable("old_format", version=str(content["nbformat"])[:20])
    about = _dict(content.get("metadata"))
    for words in (_dict(about.get("kernelspec")).get("language"), _dict(about.get("language_info")).get("name")):
        if isinstance(words, str) and words.lower() not in ("", "python", "python3", "ipython"):
            raise Unreadable("language", language=words[:30])
    if len(content["cells"]) > MOST_CELLS:
        raise Unreadable("many_cells", n=len(content["cells"]), limit=MOST_CELLS)
    cells = tuple(_cell(cell) for cell in content["cells"] if isinstance(cell, dict))
    if not any(cell.code and cell.text.strip() for cell in cells):
        raise Unreadable("no_code")
    own = _dict(about.get("ccsat"))
    return Submission(cells, str(own.get("source", ""))[:200], str(own.get("lang", ""))[:10])


def _dict(value: object) -> dict:
    return value if isinstance(value, dict) else {}


def _cell(cell: dict) -> Given:
    text = cell.get("source", "")
    if isinstance(text, list):
        text = "".join(line for line in text if isinstance(line, str))
    if not isinstance(text, str):
        text = ""
    if len(text) > LONGEST_CELL:
        raise Unreadable("long_cell", n=len(text), limit=LONGEST_CELL)
    text = text.encode("utf-8", "replace").decode("utf-8").replace("\r\n", "\n")
    return Given(str(cell.get("id", ""))[:100], cell.get("cell_type") == "code", text)
