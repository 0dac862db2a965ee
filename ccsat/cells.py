"""Centre and question to counts per level, and from them one row a cell: n, value, interval."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ccsat.calibers import SCALES, Caliber, caliber
from ccsat.centre import Centre
from ccsat.engine import Window
from ccsat.errors import CaliberError, ColumnError, NoDataError, StudyError, Words, listing, suggestion
from ccsat.estimates import Estimate, design_effect, estimate_counts, interval_table
from ccsat.question import Question, day_of, is_relative, period
from ccsat.registers import target_of
from ccsat.results import Result, result_class
from ccsat.wording import count, interval, kpi_value, term, text

AGENT_WORDS = {"agent", "team", "site", "tenure", "skill", "supervisor", "manager", "shift"}
AGENT_PARTS = ("班组", "坐席", "团队", "司龄", "工号")


@dataclass(frozen=True)
class Asked:
    """A question bound to a centre: its caliber, windows and target settled.

    `values` maps a level to what it adds. `target` may be None only where there is a baseline; with one it is for information.
    """

    question: Question
    caliber: Caliber
    values: Mapping[int, float]
    full: float
    current: Window | None
    baseline: Window | None
    target: float | None
    full_mark_target: bool
    dims: tuple[str, ...]

    @property
    def windows(self) -> tuple[Window, ...]:
        return tuple(window for window in (self.current, self.baseline) if window is not None)

    @property
    def where(self) -> dict[str, int] | None:
        return {self.caliber.base: 1} if self.caliber.base else None

    @property
    def sign(self) -> int:
        """1 where high is better, -1 where low is."""
        return 1 if self.caliber.better == "high" else -1

    @property
    def is_change(self) -> bool:
        return self.baseline is not None


def ask(centre: Centre, question: Question) -> Asked:
    """Settle a question on a centre.

    Raises:
        CaliberError: The centre lacks what the caliber counts.
        ColumnError: A dimension is not the study's.
        StudyError: Periods overlap, lie outside the data, or are asked of data without time; a target that no value reaches.
        NoDataError: The asked period has not arrived.
    """
    own = centre.face is not None and (question.kpi, question.caliber or centre.face.caliber.id) == (
        centre.face.caliber.kpi,
        centre.face.caliber.id,
    )
    row = centre.face.caliber if own else caliber(question.kpi, question.caliber, centre.scale)
    for column in filter(None, (row.outcome, row.base)):
        if column not in centre.columns:
            raise CaliberError("caliber_column", caliber=row.key, column=column, known=listing(centre.columns))
    for dim in question.dims or ():
        if dim not in centre.dims:
            raise ColumnError(
                "dim_unknown", dim=dim, near=suggestion(dim, centre.dims) or "–", known=listing(centre.dims)
            )
    current, baseline = _windows(centre, question)
    scale = centre.scale if row.outcome == "rating" else "flag"
    full = row.full(scale)
    lowest, highest = min(row.levels(scale).values()), max(row.levels(scale).values())
    if question.target is not None and not lowest <= question.target <= highest:
        raise StudyError(
            "target_range", kpi=row.kpi, target=f"{question.target:g}", lowest=f"{lowest:g}", highest=f"{highest:g}"
        )
    target = question.target
    if target is None:
        target = target_of(centre.targets, row.kpi, row.id, None if current is None else current.last)
    if target is None and baseline is None and own:
        target = centre.face.target
    full_mark = target is None and baseline is None
    return Asked(question, row, row.levels(scale), full, current, baseline, full if full_mark else target, full_mark,
                 tuple(question.dims or centre.dims))  # fmt: skip


def _windows(centre: Centre, question: Question) -> tuple[Window | None, Window | None]:
    if question.current is None and question.baseline is None:
        return None, None
    if centre.days is None:
        raise StudyError("no_time", key="question.current", words=question.current or question.baseline)
    first, last = centre.days
    as_of = day_of(question.as_of) if question.as_of else last
    if question.current is None:
        raise StudyError("current_missing", baseline=question.baseline)
    current = period(question.current, as_of=as_of, label="current")
    baseline = period(question.baseline, as_of=as_of, label="baseline", current=current) if question.baseline else None
    if current.first > last:
        kind = NoDataError if is_relative(question.current) else StudyError
        raise kind("period_not_there", period=_days(current), first=first, last=last)
    for window in filter(None, (current, baseline)):
        if window.last < first or window.first > last:
            raise StudyError(
                "period_outside", key=Words(f"period.{window.label}"), period=_days(window), first=first, last=last
            )
    if baseline is not None and baseline.last >= current.first and baseline.first <= current.last:
        raise StudyError("periods_overlap", current=_days(current), baseline=_days(baseline))
    return current, baseline


def _days(window: Window) -> str:
    return f"{window.first}/{window.last}"


# Counts and estimates ------------------------------------------------------------------------


def count_cells(
    centre: Centre, asked: Asked, dims: Sequence[str] = (), *, outcome: str | None = None, where: Mapping | None = None
) -> pd.DataFrame:
    """Counts per level: `period, *dims, level, n`; without time everything is the current period.

    All single dimensions come from one request, remembered by the centre for every caliber of the same column.
    """
    if outcome is None and not where and (not dims or (len(dims) == 1 and dims[0] in asked.dims)):
        sets = [()] if not dims else [(), *((dim,) for dim in asked.dims)]
        key = ("singles", asked.caliber.outcome, asked.caliber.base, asked.windows, tuple(sets))
        if key not in centre.memory:
            centre.memory[key] = centre.engine.marginals(
                centre.facts, sets, outcome=asked.caliber.outcome, windows=asked.windows, where=asked.where
            )
        found = centre.memory[key][tuple(dims)]
        return found if "period" in found.columns else found.assign(period="current")
    outcome, where, dims = outcome or asked.caliber.outcome, {**(asked.where or {}), **(where or {})}, tuple(dims)
    key = ("counts", outcome, asked.windows, repr(where))
    if dims or key not in centre.memory:
        found = centre.engine.marginals(centre.facts, [dims], outcome=outcome, windows=asked.windows, where=where)[dims]
        if not dims:  # a few rows, asked for again by every action of the plan
            centre.memory[key] = found
    else:
        found = centre.memory[key]
    return found if "period" in found.columns else found.assign(period="current")


def by_level(table: pd.DataFrame, keys: Sequence[str], values: Mapping[int, float]) -> tuple[pd.DataFrame, np.ndarray]:
    """A count table as cells and a matrix: one row a cell, one column a level of `values`."""
    table = table[table[list(keys)].notna().all(axis=1)]
    cell = table.groupby(list(keys), observed=True).ngroup().to_numpy()
    first = np.unique(cell, return_index=True)[1]
    level = pd.Index(list(values)).get_indexer(table["level"])
    matrix = np.zeros((len(first), len(values)))
    np.add.at(matrix, (cell[level >= 0], level[level >= 0]), table["n"].to_numpy(float)[level >= 0])
    return table[list(keys)].iloc[first].reset_index(drop=True), matrix


def level_counts(table: pd.DataFrame, period: str = "current") -> dict[int, int]:
    """Counts per level of one period, over all the cells of a count table."""
    rows = table[table["period"] == period].groupby("level")["n"].sum()
    return {int(level): int(n) for level, n in rows.items()}


def agent_carried(dim: str) -> bool:
    """Whether agents carry a dimension, by its name: "team", "agent_tenure", not "website"."""
    words = {word.removesuffix("s") for word in re.split(r"[^a-z]+", dim.lower())}
    return bool(words & AGENT_WORDS) or any(part in dim for part in AGENT_PARTS)


def cluster_of(centre: Centre, dims: Sequence[str] = ()) -> str | None:
    """The unit that carries what is compared: the agent for what agents carry, else the customer, else none."""
    carried = any(agent_carried(dim) for dim in dims)
    wanted = ("agent_id", "customer_id") if carried else ("customer_id",)
    if centre.face is not None and centre.face.cluster is not None:
        wanted = (*wanted[:-1], centre.face.cluster, "customer_id")
    return next((column for column in wanted if column in centre.columns), None)


def score_source(centre: Centre, asked: Asked) -> str:
    """The facts with `score`: what a row is worth to the KPI; NULL where it is not counted."""
    column = centre.engine.quote(asked.caliber.outcome)
    cases = " ".join(f"WHEN {level} THEN {float(value)!r}" for level, value in asked.values.items())
    return f"SELECT f.*, CAST(CASE {column} {cases} END AS FLOAT8) AS score FROM ({centre.facts}) f"


def design_effects(centre: Centre, asked: Asked, dims: Sequence[str] = ()) -> tuple[dict[str, float], str | None]:
    """How much clustering widens the variance of each period's mean, at least 1; and the cluster used. Remembered by the centre."""
    cluster = cluster_of(centre, dims)
    key = ("design_effects", asked.caliber.key, asked.windows, cluster)
    if key not in centre.memory:
        centre.memory[key] = _design_effects(centre, asked, cluster)
    return dict(centre.memory[key]), cluster


def common_effect(effects: Mapping[str, float], n: Mapping[str, int]) -> float:
    """One design effect for a difference of two periods: the ratio of its variances with and without clusters."""
    parts = {label: 1 / n[label] for label in effects if n.get(label)}
    return sum(effects[label] * part for label, part in parts.items()) / sum(parts.values()) if parts else 1.0


def _design_effects(centre: Centre, asked: Asked, cluster: str | None) -> dict[str, float]:
    periods = [window.label for window in asked.windows] or ["current"]
    if cluster is None:
        return dict.fromkeys(periods, 1.0)
    sums = centre.engine.moments(
        score_source(centre, asked), ["score"], cluster=cluster, windows=asked.windows, where=asked.where
    )
    sums = sums if "period" in sums.columns else sums.assign(period="current")
    keys, matrix = by_level(count_cells(centre, asked), ["period"], asked.values)
    variance = dict(
        zip(
            keys["period"],
            interval_table(matrix, list(asked.values.values()), unit=asked.caliber.unit)["variance"],
            strict=True,
        )
    )
    effects = design_effect(
        *(sums[c] for c in ("clusters", "n", "s", "nn", "ns", "ss")), variance=sums["period"].map(variance)
    )
    found = dict(zip(sums["period"], effects, strict=True))
    return {label: float(found.get(label, 1.0)) for label in periods}


@result_class
class Measure(Result):
    """A KPI, whole or by cell: `period, [by...,] n, numerator, value, lower, upper, small_n`.

    The interval is at 95 %, widened by the design effect of the cluster named in `cluster`.
    """

    asked: Asked
    headline: dict[str, Estimate]
    cluster: str | None

    def sentence(self) -> str:
        unit, now = self.asked.caliber.unit, self.headline["current"]
        words = text("measure.sentence", kpi=term(self.asked.caliber.kpi), caliber=text(f"caliber.{self.asked.caliber.key}"),
                     value=kpi_value(now.value, unit), interval=interval(now.lower, now.upper, unit), n=count(now.n))  # fmt: skip
        if "baseline" in self.headline:
            before = self.headline["baseline"]
            words += text("measure.baseline", value=kpi_value(before.value, unit), n=count(before.n))
        return words


def measure(centre: Centre, question: Question | Asked, *, by: str | Sequence[str] = ()) -> Measure:
    """How good is the KPI, and how sure is that?

    Args:
        question: KPI, caliber and periods.
        by: A dimension or several; one row a cell and period.

    Returns:
        `Measure`; rates 0 to 1, scores 0 to 100. Cells below the question's `min_n` are flagged `small_n`.

    Raises:
        As `ask`; NoDataError where a period has no counted row.
    """
    asked = question if isinstance(question, Asked) else ask(centre, question)
    by = (by,) if isinstance(by, str) else tuple(by)
    for dim in by:
        if dim not in centre.dims:
            raise ColumnError(
                "dim_unknown", dim=dim, near=suggestion(dim, centre.dims) or "–", known=listing(centre.dims)
            )
    effects, cluster = design_effects(centre, asked, by)
    counts = count_cells(centre, asked, by)
    headline = {}
    for label, effect in design_effects(centre, asked)[0].items():  # the whole has one interval, whatever its parts
        levels = level_counts(counts, label)
        if not levels and centre.face is not None and centre.face.immature:
            raise NoDataError(
                "kpi_immature",
                period=Words(f"period.{label}"),
                hours=f"{centre.face.mature_h:g}",
                n=centre.face.immature,
            )
        if not levels:
            raise NoDataError(
                "period_empty",
                period=label,
                column=term(asked.caliber.kpi) if centre.face is not None else asked.caliber.outcome,
            )
        headline[label] = estimate_counts(levels, asked.values, unit=asked.caliber.unit, design_effect=effect)
    keys, matrix = by_level(counts, ["period", *by], asked.values)
    found = interval_table(matrix, list(asked.values.values()), unit=asked.caliber.unit,
                           design_effect=keys["period"].map(effects).to_numpy())  # fmt: skip
    table = pd.concat([keys, found[["n", "numerator", "value", "lower", "upper"]]], axis=1)
    table["small_n"] = table["n"] < asked.question.min_n
    caveats = (
        [("caveat.small_cells", {"n": int(table["small_n"].sum()), "min_n": asked.question.min_n})]
        if table["small_n"].any()
        else []
    )
    caveats += centre.face.caveats if centre.face is not None else ()
    if asked.caliber.unit in ("score", "raw") and asked.caliber.outcome == "rating":
        shown = ", ".join(f"{level}→{value:g}" for level, value in asked.values.items())
        caveats.append(("caveat.cast", {"values": shown}))
    return Measure(table=table, asked=asked, headline=headline, cluster=cluster, caveats=tuple(caveats))


def scale_levels(centre: Centre) -> tuple[int, ...]:
    """The levels of the centre's rating scale, worst first."""
    return SCALES[centre.scale]


@result_class
class Trend(Result):
    """A KPI over time: `start` (first day of the week, or the day), `n, value, lower, upper, small_n`."""

    asked: Asked
    every: str

    def sentence(self) -> str:
        return text("trend.sentence", kpi=term(self.asked.caliber.kpi), n=len(self.table))


def trend(centre: Centre, question: Question | Asked, *, every: str | None = None) -> Trend | None:
    """How did the KPI run, week by week or day by day? None where the data have no time.

    Args:
        every: "day" or "week" (from Monday); by default weeks, days where there are fewer than four weeks.
    """
    asked = question if isinstance(question, Asked) else ask(centre, question)
    if centre.days is None:
        return None
    first, last = centre.days
    every = every or ("week" if (last - first).days >= 28 else "day")
    table = centre.engine.crosstab(
        centre.facts, [asked.caliber.outcome], windows=[Window("all", first, last)], by_day=True, where=asked.where
    )
    table = table[table[asked.caliber.outcome].notna()].rename(columns={asked.caliber.outcome: "level"})
    day = pd.to_datetime(table["day"])
    table["start"] = day - pd.to_timedelta(day.dt.day_of_week, unit="D") if every == "week" else day
    keys, matrix = by_level(table.astype({"level": int}), ["start"], asked.values)
    found = interval_table(matrix, list(asked.values.values()), unit=asked.caliber.unit)
    shown = pd.concat([keys, found[["n", "value", "lower", "upper"]]], axis=1)
    return Trend(table=shown.assign(small_n=shown["n"] < asked.question.min_n), asked=asked, every=every)
