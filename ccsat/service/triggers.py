"""Proactive service: rules that say whom to turn to before they complain, and how many of the dissatisfied they reach."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from ccsat.cells import Asked, ask
from ccsat.centre import Centre
from ccsat.errors import ColumnError, DataError, listing, suggestion
from ccsat.estimates import wilson
from ccsat.question import Question
from ccsat.results import Result, result_class
from ccsat.wording import count, percent, text

SIGNS = (">=", "<=", ">", "<", "==", "!=")
ANY = "any"


@dataclass(frozen=True)
class Trigger:
    """A rule: every condition holds. `when` is column -> (sign, value), e.g. `{"queue_wait_s": (">=", 120)}`, or column -> a level or levels."""

    name: str
    when: Mapping[str, object]


def read_trigger(words: str) -> Trigger:
    """A rule as it is typed: `name: column >= 60; column = level|level`.

    Raises:
        DataError: It has no name, or a part is no condition.
    """
    name, colon, parts = words.partition(":")
    when: dict[str, object] = {}
    for part in filter(None, (one.strip() for one in re.split(r"[;；]", parts))):
        found = re.fullmatch(r"([^<>=!]+?)\s*(>=|<=|==|!=|>|<|=)\s*(.+)", part)
        if not found:
            raise DataError("trigger_words", words=words, part=part)
        column, sign, value = (one.strip() for one in found.groups())
        try:
            number: object = float(value)
        except ValueError:
            number = value
        when[column] = (value.split("|") if isinstance(number, str) else number) if sign == "=" else (sign, number)
    if not colon or not name.strip() or not when:
        raise DataError("trigger_words", words=words, part=parts.strip() or "–")
    return Trigger(name.strip(), when)


@result_class
class Triggers(Result):
    """How good rules are at finding the dissatisfied. One row a rule in the order given, then "any": `rule, fires` (contacts it fires on)`, a_day, n` (rated ones among
    them)`, hits` (dissatisfied)`, precision, precision_lower, precision_upper` (hits / n)`, coverage, coverage_lower, coverage_upper` (hits over all dissatisfied)`, lift`
    (precision over the share of dissatisfied)`, new` (dissatisfied that no earlier rule reaches).

    Attributes:
        base: Share of dissatisfied among the rated. n: Rated contacts. dissatisfied: Of these.
    """

    base: float
    n: int
    dissatisfied: int

    def sentence(self) -> str:
        row = self.table.iloc[-1]
        return text("service.triggers", rules=count(len(self.table) - 1), a_day=count(row["a_day"]), coverage=percent(row["coverage"]), low=percent(row["coverage_lower"]), high=percent(row["coverage_upper"]),
                    all=count(self.dissatisfied), precision=percent(row["precision"]), lower=percent(row["precision_lower"]), upper=percent(row["precision_upper"]), n=count(row["n"]), base=percent(self.base))  # fmt: skip


def judge_triggers(centre: Centre, question: Question | Asked, rules: Sequence[Trigger]) -> Triggers:
    """How many of the dissatisfied do these rules reach, and how many of those they reach are dissatisfied?

    Args:
        question: Whose current period and caliber are used: dissatisfied is a rated contact that falls short of full in the caliber's worst half.
        rules: Conditions on columns that are known before the rating (metrics, dimensions, process flags).

    Returns:
        `Triggers`. Precision and coverage are of the rated; contacts nobody rated are counted in `fires` and `a_day` only.

    Raises:
        ColumnError: A condition names no column. DataError: No rule, a sign that is none, or no rated contact.

    Assumes:
        Those who answered stand for those who did not: where the dissatisfied answer more, precision is too high. `proactive` scores weigh for that.

    Source:
        DOMAIN 1.6 U4.2, 2.14; Wilson (1927).
    """
    asked = question if isinstance(question, Asked) else ask(centre, question)
    if not rules:
        raise DataError("triggers_none")
    wants = [_condition(centre, rule) for rule in rules]
    worst = [
        level
        for level, value in asked.values.items()
        if abs(asked.full - value)
        > 0.5 * abs(asked.full - min(asked.values.values(), key=lambda v: -abs(asked.full - v)))
    ]
    outcome = centre.engine.quote(asked.caliber.outcome)
    base = f" AND f.{centre.engine.quote(asked.caliber.base)} = 1" if asked.caliber.base else ""
    bad = f"CASE WHEN {outcome} IS NULL{' OR NOT (1 = 1' + base + ')' if base else ''} THEN NULL WHEN {outcome} IN ({', '.join(map(str, worst))}) THEN 1 ELSE 0 END"
    cases = ", ".join(f"CASE WHEN {want} THEN 1 ELSE 0 END AS rule_{k}" for k, want in enumerate(wants))
    at = ", f.at" if "at" in centre.columns else ""
    source = f"SELECT {bad} AS bad, {cases}{at} FROM ({centre.facts}) f"
    names = [f"rule_{k}" for k in range(len(rules))]
    rows = centre.engine.crosstab(source, ["bad", *names], windows=[w for w in asked.windows if w.label == "current"])
    rated = rows["bad"].notna()
    all_n, all_bad = int(rows.loc[rated, "n"].sum()), int(rows.loc[rated & (rows["bad"] == 1), "n"].sum())
    if not all_n or not all_bad:
        raise DataError("triggers_nobody", n=all_n)
    days = (
        (asked.current.last - asked.current.first).days + 1
        if asked.current
        else ((centre.days[1] - centre.days[0]).days + 1 if centre.days else None)
    )
    out, before = [], pd.Series(False, index=rows.index)
    masks = [(rule.name, rows[name].astype(int) == 1) for rule, name in zip(rules, names, strict=True)]
    masks.append((ANY, pd.concat([mask for _, mask in masks], axis=1).any(axis=1)))
    for name, mask in masks:
        fires, n = int(rows.loc[mask, "n"].sum()), int(rows.loc[mask & rated, "n"].sum())
        hits = int(rows.loc[mask & rated & (rows["bad"] == 1), "n"].sum())
        new = hits if name == ANY else int(rows.loc[mask & ~before & rated & (rows["bad"] == 1), "n"].sum())
        low, high = (float(v) for v in wilson(hits, n)) if n else (float("nan"),) * 2
        least, most = (float(v) for v in wilson(hits, all_bad))
        precision = hits / n if n else float("nan")
        out.append(
            (
                name,
                fires,
                fires / days if days else float("nan"),
                n,
                hits,
                precision,
                low,
                high,
                hits / all_bad,
                least,
                most,
                precision / (all_bad / all_n),
                new,
            )
        )
        before |= mask
    columns = [
        "rule",
        "fires",
        "a_day",
        "n",
        "hits",
        "precision",
        "precision_lower",
        "precision_upper",
        "coverage",
        "coverage_lower",
        "coverage_upper",
        "lift",
        "new",
    ]
    return Triggers(
        table=pd.DataFrame(out, columns=columns),
        base=all_bad / all_n,
        n=all_n,
        dissatisfied=all_bad,
        caveats=(("caveat.triggers_rated", {"share": percent(all_n / max(int(rows["n"].sum()), 1))}),),
    )


def _condition(centre: Centre, rule: Trigger) -> str:
    """A rule as SQL; values are written as numbers or quoted text."""
    parts = []
    for column, wanted in rule.when.items():
        if column not in centre.columns:
            raise ColumnError(
                "trigger_column",
                rule=rule.name,
                column=column,
                near=suggestion(column, centre.columns) or "–",
                known=listing([*centre.metrics, *centre.dims], 30),
            )
        name = f"f.{centre.engine.quote(column)}"
        if isinstance(wanted, tuple) and len(wanted) == 2 and wanted[0] in SIGNS:
            sign, value = wanted
            parts.append(f"{name} {'=' if sign == '==' else '<>' if sign == '!=' else sign} {_literal(value)}")
        elif (
            isinstance(wanted, tuple)
            and len(wanted) == 2
            and isinstance(wanted[0], str)
            and not wanted[0].strip("<>=!")
        ):
            raise DataError("trigger_sign", rule=rule.name, sign=wanted[0], known=listing(SIGNS))
        else:
            levels = wanted if isinstance(wanted, (list, tuple)) else [wanted]
            parts.append(f"{name} IN ({', '.join(map(_literal, levels))})")
    return " AND ".join(parts) or "1 = 1"


def _literal(value: object) -> str:
    if isinstance(value, bool):
        return str(int(value))
    return repr(float(value)) if isinstance(value, (int, float)) else "'" + str(value).replace("'", "''") + "'"
