"""Daily watch over the cells of a KPI: which got worse, since when, and which have recovered?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

import numpy as np
import pandas as pd

from ccsat.cells import Asked
from ccsat.centre import Centre
from ccsat.engine import NULL_LEVEL, Window
from ccsat.errors import ColumnError, DataError, listing, suggestion
from ccsat.kpis.facing import faced
from ccsat.numerics.charts import RULES, Charted, Watch, watch_series
from ccsat.question import Question, day_of
from ccsat.results import Result, result_class
from ccsat.wording import count, kpi_value, points, term, text

LEAST_DAYS = 29  # of data before anything can be judged: three weeks of reference, the guard, and a day
EPISODE_DAYS = 3
Z_ALERT = 1.2815515655446004  # 80 %; reports have 95 %


@result_class
class Monitored(Result):
    """Alerts of a KPI's cells.

    The table, open ones first, then the newest: `alert` (number), `episode` (alerts that
    opened within three days of each other: one matter until shown otherwise), `where` (cell; empty: the whole), `state` ("open", "recovered"), `opened, closed`
    (days; None while open), `rule` ("beyond", "two_of_three", "drift") that opened it, `n` (ratings while open), `value, expected` (KPI while open and of its
    reference), `change, lower, upper` (value less expected, 80 %), `p_adjusted` (on the day it opened), `share` (of all ratings while open), `points` (change
    times share: what the whole loses).

    Attributes:
        series: One row a cell and day: `cell` (row of `cells`), `day, n, value, expected, lower, upper` (3 sigma), `p_adjusted, rule, open`.
        cells: The cells watched.
        judged_from: First day that could be judged.
    """

    asked: Asked
    series: pd.DataFrame
    cells: tuple[Mapping, ...]
    judged_from: date
    last: date

    @property
    def open(self) -> pd.DataFrame:
        """Alerts that are open on the last day."""
        return self.table[self.table["state"] == "open"].reset_index(drop=True)

    def sentence(self) -> str:
        kpi, day = term(self.asked.caliber.kpi), str(self.last)
        if self.open.empty:
            return text("monitor.none", kpi=kpi, day=day, cells=count(len(self.cells)), closed=count(len(self.table)))
        return text(
            "monitor.sentence",
            kpi=kpi,
            day=day,
            cells=count(len(self.cells)),
            n=count(len(self.open)),
            first=alert_sentence(self.open.iloc[0], self.asked),
        )


def alert_sentence(row: pd.Series, asked: Asked) -> str:
    """One alert in words, with its interval and ratings."""
    unit = asked.caliber.unit
    where = ", ".join(
        f"{dim} = {text('table.blank') if level == NULL_LEVEL else level}" for dim, level in row["where"].items()
    )
    where = where or text("monitor.whole")
    low, high = sorted((row["lower"], row["upper"]))
    return text(f"monitor.{row['state']}", where=where, opened=str(row["opened"]), closed=str(row["closed"] or ""), value=kpi_value(row["value"], unit), n=count(row["n"]),
                expected=kpi_value(row["expected"], unit), change=points(row["change"], unit), lower=points(low, unit), upper=points(high, unit),
                rule=text(f"monitor_rule.{row['rule']}"))  # fmt: skip


def monitor_kpi(
    centre: Centre, question: Question | Asked, *, dims: Sequence[str] | None = None, as_of: date | str | None = None, watch: Watch | None = None
) -> Monitored:  # fmt: skip
    """Which cells of a KPI are worse than they were, day by day, up to `as_of`?

    The whole and every level of every dimension are watched. Each day is judged with what was known then, so a run of today and one of a month ago agree.

    Args:
        question: Its KPI and caliber; its periods do not matter here.
        dims: Dimensions whose levels are watched; the question's by default.
        as_of: Last day; the data's last by default.
        watch: Reference, drift arm, FDR and least ratings.

    Returns:
        `Monitored`.

    Raises:
        DataError: No time, or fewer than 29 days before `as_of`. ColumnError: An unknown dimension. As `ask`.

    Assumes:
        Ratings arrive with the day they belong to; a day that is still filling has few ratings and judges mildly.

    Source:
        DOMAIN 2.15; Laney (2002); Roberts (1959); see `numerics.charts`.
    """
    (centre, asked), watch = faced(centre, question), watch or Watch()
    dims = tuple(asked.dims if dims is None else dims)
    for dim in dims:
        if dim not in centre.dims:
            raise ColumnError(
                "dim_unknown", dim=dim, near=suggestion(dim, centre.dims) or "–", known=listing(centre.dims)
            )
    if centre.days is None:
        raise DataError("monitor_time")
    first, last = (
        centre.days[0],
        min(centre.days[1], day_of(as_of) if isinstance(as_of, str) else as_of or centre.days[1]),
    )
    days = pd.date_range(first, last)
    if len(days) < LEAST_DAYS:
        raise DataError("monitor_short", n=max(len(days), 0), least=LEAST_DAYS, last=last)
    cells, n, sums = daily_sums(centre, asked, dims, days)
    charted = watch_series(n, sums, days.day_of_week.to_numpy(), worse=-asked.sign, watch=watch)
    found = alerts(cells, n, sums, charted, days)
    judged = np.flatnonzero(np.isfinite(charted.p).any(axis=0))
    since = days[judged[0]].date() if len(judged) else last
    caveats = () if len(judged) else (("caveat.monitor_thin", {"least": watch.least}),)
    caveats += centre.face.caveats if centre.face is not None else ()
    return Monitored(table=found, asked=asked, series=series_table(n, sums, charted, days), cells=tuple(cells), judged_from=since, last=last, caveats=caveats)  # fmt: skip


def daily_sums(
    centre: Centre, asked: Asked, dims: Sequence[str], days: pd.DatetimeIndex
) -> tuple[list[dict], np.ndarray, np.ndarray]:
    """The cells, their ratings a day, and the powers 1 to 3 of what the ratings are worth; the whole first."""
    cells, counted = [], []
    window, outcome = Window("all", days[0].date(), days[-1].date()), asked.caliber.outcome
    for dim in (None, *dims):
        columns = [outcome] if dim is None else [dim, outcome]
        table = centre.engine.crosstab(centre.facts, columns, windows=[window], by_day=True, where=asked.where)
        table = table[table[outcome].notna()]
        table = table.assign(day=pd.to_datetime(table["day"]), value=table[outcome].astype(int).map(asked.values))
        for level, rows in [(None, table)] if dim is None else table.dropna(subset=[dim]).groupby(dim, observed=True):
            cells.append({} if dim is None else {dim: level})
            powers = {"n": rows["n"], **{k: rows["n"] * rows["value"] ** k for k in (1, 2, 3)}}
            counted.append(pd.DataFrame(powers).groupby(rows["day"]).sum().reindex(days, fill_value=0).to_numpy(float))
    cube = np.stack(counted)  # cells x days x (n, three powers)
    return cells, cube[:, :, 0], np.moveaxis(cube[:, :, 1:], 2, 0)


def alerts(
    cells: Sequence[Mapping], n: np.ndarray, sums: np.ndarray, charted: Charted, days: pd.DatetimeIndex
) -> pd.DataFrame:
    """Each stretch of open days as one row."""
    rows = []
    for i, where in enumerate(cells):
        edges = np.flatnonzero(np.diff(np.concatenate([[0], charted.open[i].astype(int), [0]])))
        for start, stop in zip(edges[::2], edges[1::2], strict=True):
            span = slice(start, stop)
            held = n[i, span].sum()
            value = sums[0, i, span].sum() / held if held else np.nan
            expected = np.average(charted.expected[i, span], weights=n[i, span]) if held else charted.expected[i, start]
            known = np.nan_to_num(charted.sigma[i, span], posinf=0.0)
            error = np.sqrt((n[i, span] ** 2 * known**2).sum()) / held if held else np.nan
            share = held / n[0, span].sum() if n[0, span].sum() else np.nan
            change, still = value - expected, stop == len(days)
            rows.append({"where": dict(where), "state": "open" if still else "recovered", "opened": days[start].date(),
                         "closed": None if still else days[stop - 1].date(), "rule": RULES[charted.rule[i, start]], "n": int(held), "value": value,
                         "expected": expected, "change": change, "lower": change - Z_ALERT * error, "upper": change + Z_ALERT * error,
                         "p_adjusted": charted.adjusted[i, start], "share": share, "points": change * share})  # fmt: skip
    columns = [
        "alert",
        "episode",
        "where",
        "state",
        "opened",
        "closed",
        "rule",
        "n",
        "value",
        "expected",
        "change",
        "lower",
        "upper",
        "p_adjusted",
        "share",
        "points",
    ]
    table = pd.DataFrame(rows, columns=columns[2:])
    if len(table):
        table = table.assign(
            episode=episodes(table["opened"]), away=table["points"].abs(), still=table["state"] == "open"
        )
        table = table.sort_values(
            ["still", "episode", "p_adjusted", "away"], ascending=[False, False, True, False], kind="stable"
        )
    table.insert(0, "alert", range(1, len(table) + 1))
    return table.reindex(columns=columns).reset_index(drop=True)


def episodes(opened: pd.Series) -> pd.Series:
    """Number of the episode of each alert, the oldest first: it lasts three days from its first alert."""
    number, began, found = 0, None, {}
    for day in sorted(opened.unique()):
        if began is None or (day - began).days >= EPISODE_DAYS:
            number, began = number + 1, day
        found[day] = number
    return opened.map(found)


def series_table(n: np.ndarray, sums: np.ndarray, charted: Charted, days: pd.DatetimeIndex) -> pd.DataFrame:
    """The charts as one long table."""
    cell, day = (axis.ravel() for axis in np.indices(n.shape))
    with np.errstate(invalid="ignore", divide="ignore"):
        value = (sums[0] / n).ravel()
    expected, wide = charted.expected.ravel(), 3 * charted.sigma.ravel()
    return pd.DataFrame({"cell": cell, "day": days[day], "n": n.ravel().astype(int), "value": value, "expected": expected, "lower": expected - wide,
                         "upper": expected + wide, "p_adjusted": charted.adjusted.ravel(), "rule": np.array(RULES)[charted.rule.ravel()],
                         "open": charted.open.ravel()})  # fmt: skip
