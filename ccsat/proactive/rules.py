"""Trigger rules in plain words: `bill_shock = 1 & repeats >= 2`."""

from __future__ import annotations

import operator
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import pandas as pd

from ccsat.errors import ColumnError, StudyError, listing, suggestion

SIGNS = {">=": operator.ge, "<=": operator.le, "!=": operator.ne, "=": operator.eq, ">": operator.gt, "<": operator.lt}
PART = re.compile(r"^\s*(?P<column>\w+)\s*(?P<sign>>=|<=|!=|==|=|>|<)\s*(?P<value>.+?)\s*$")


@dataclass(frozen=True)
class Rule:
    """A named condition on a customer: every part must hold. A missing value holds nothing."""

    name: str
    parts: tuple[tuple[str, str, float | str], ...]

    def holds(self, rows: pd.DataFrame) -> pd.Series:
        """Which rows it holds for.

        Raises:
            ColumnError: A column of the rule is not there.
        """
        held = pd.Series(True, index=rows.index)
        for column, sign, value in self.parts:
            if column not in rows.columns:
                raise ColumnError("proactive_rule_column", rule=self.name, column=column, known=listing(rows.columns),
                                  near=suggestion(column, rows.columns) or "–")  # fmt: skip
            cells = rows[column]
            if isinstance(value, str):
                cells = cells.astype("string")
            elif not pd.api.types.is_numeric_dtype(cells):
                cells = pd.to_numeric(cells, errors="coerce")
            else:
                cells = cells.astype(float)
            held &= SIGNS[sign](cells, value).fillna(False).astype(bool) & cells.notna()
        return held

    def __str__(self) -> str:
        shown = lambda value: f"{value:g}" if isinstance(value, float) else str(value)
        return " & ".join(f"{column} {sign} {shown(value)}" for column, sign, value in self.parts)


def read_rule(name: str, words: str) -> Rule:
    """A rule from its words: `column sign value`, joined by `&`; signs are = != > >= < <=.

    Raises:
        StudyError: It cannot be read.
    """
    parts = []
    for part in str(words).split("&"):
        found = PART.match(part)
        if found is None:
            raise StudyError(
                "proactive_rule", rule=name, words=str(words), part=part.strip() or "–", signs=listing(SIGNS)
            )
        value = found["value"].strip("'\"")
        number = {"true": 1.0, "false": 0.0}.get(value.casefold())
        if number is None:
            try:
                number = float(value)
            except ValueError:
                number = None
        sign = "=" if found["sign"] == "==" else found["sign"]
        if number is None and sign not in ("=", "!="):
            raise StudyError("proactive_rule", rule=name, words=str(words), part=part.strip(), signs=listing(SIGNS))
        parts.append((found["column"], sign, value if number is None else number))
    return Rule(str(name), tuple(parts))


def read_rules(rules: Mapping[str, str] | Iterable[Rule]) -> tuple[Rule, ...]:
    """Rules by name, each once.

    Raises:
        StudyError: One cannot be read, or there is none.
    """
    if isinstance(rules, Mapping):
        made = tuple(read_rule(name, words) if isinstance(words, str) else words for name, words in rules.items())
    else:
        made = tuple(rules)
    if not made:
        raise StudyError("proactive_no_rules")
    return made
