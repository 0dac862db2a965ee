"""Own data in place of an invented centre: which column is what, does the dictionary hold, and what would stage 1 say."""

from __future__ import annotations

import csv
import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from ccsat.errors import CcsatError
from ccsat.views import View
from ccsat.wording import count, language, listed_words, percent, text

EXAMPLE = "export.csv"
DICTIONARY = "dictionary.csv"
STUDY = "study.toml"
MOST_LEVELS = 60  # of a column whose levels a dictionary can list
DUPLICATES, NOT_RATED = 40, 60  # rows of the example that stand twice, and that hold no rating
LOSES = ("agent_id", "team", "reasons", "changes", "actions", "contact_id", "customer_id", "at")  # what an export may lack


@dataclass(frozen=True)
class Mapped:
    """A study that was proposed for an export. `path` is its file; `unsure` are the remarks that ask for a look."""

    path: Path
    text: str
    unsure: tuple[str, ...]

    @property
    def study(self) -> dict:
        return tomllib.loads(self.text)

    def view(self) -> View:
        """Our name, their column, and where a person should look."""
        study, rows = self.study, []
        said = {line.partition(": ")[0]: line.partition(": ")[2] for line in self.unsure}
        for kind in ("columns", "dimensions"):
            for name, column in study.get(kind, {}).items():
                theirs = column["column"] if isinstance(column, Mapping) else column
                rows.append((text(f"own.kind.{kind}"), name, str(theirs), said.get(name, "")))
        reasons = study.get("reasons")
        if reasons:
            rows.append((text("own.kind.reasons"), "reasons", str(reasons.get("column") or reasons.get("columns") or reasons.get("table") or ""), ""))
        return View(tuple(text(f"own.head.{name}") for name in ("kind", "ours", "theirs", "look")), tuple(rows))
