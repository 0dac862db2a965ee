"""Rates and means of rows in two periods side by side, with intervals that know which rows hang together."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import numpy as np
import pandas as pd

from ccsat.centre import Centre
from ccsat.engine.base import Window
from ccsat.errors import StudyError
from ccsat.estimates import design_effect, difference_table, interval_table
from ccsat.question import Question, day_of, period

SUMS = ("clusters", "n", "s", "nn", "ns", "ss", "q")


def spans(
    centre: Centre, current: str | None = None, baseline: str | None = None, as_of: str | None = None
) -> tuple[Window, ...]:
    """The current period and the one it is compared with; the study's own where none is given.

    Args:
        current, baseline: As in `Question`: "2024-06", "2024-06-03/2024-06-09", "last week"; the baseline also "before".

    Raises:
        StudyError: No period is given, here or in the study, or the words are none.
    """
    own = Question.of(centre.study)
    alone = current is not None
    current = current or own.current
    baseline = baseline if alone else baseline or own.baseline
    if current is None:
        raise StudyError("touch_no_period")
    last = day_of(as_of) if as_of else (centre.days[1] if centre.days else None)
    now = period(current, as_of=last, label="current")
    then = period(baseline, as_of=last, label="baseline", current=now) if baseline else None
    return (now,) if then is None else (then, now)


def in_words(window: Window) -> str:
    """A period as first and last day."""
    return f"{window.first}/{window.last}"


def when(windows: Sequence[Window], at: str = '"at"') -> str:
    """SQL that names a row's period; NULL outside of all of them."""
    cases = " ".join(
        f"WHEN {at} >= TIMESTAMP '{window.first} 00:00:00' AND {at} < TIMESTAMP '{window.last + timedelta(1)} 00:00:00' THEN '{window.label}'"
        for window in windows
    )
    return f"CASE {cases} END"


def add_up(
    centre: Centre,
    rows: str,
    windows: Sequence[Window],
    *,
    by: Sequence[str] = (),
    level: str = "level",
    cluster: str | None = "customer_id",
    times: str | None = None,
) -> pd.DataFrame:
    """Sums of the counted rows by period and cell: one query, whatever the number of rows.

    Args:
        rows: SELECT text with `row_key`, `at` and the columns named. by: Columns that make the cells.
        level: An expression; rows where it is NULL are not counted.
        cluster: Column of rows that hang together; rows without one stand alone.
        times: Column with the number of units a row stands for.

    Returns:
        `period, *by, clusters, n, s, nn, ns, ss, q`: see `estimates.cluster_variance`; q is the sum of squares of single rows.
    """
    quote = centre.engine.quote
    keys = [quote(name) for name in by]
    weight = f"CAST({quote(times)} AS FLOAT8)" if times else "1.0"
    held = f"COALESCE(CAST({quote(cluster)} AS VARCHAR), row_key)" if cluster else "row_key"
    inner = ", ".join([f"{when(windows)} AS period", *keys, f"{held} AS held", f"{weight} AS w", f"CAST({level} AS FLOAT8) AS y"])  # fmt: skip
    cell = ", ".join(["period", *keys])
    text = (
        f"SELECT {cell}, CAST(COUNT(*) AS FLOAT8) AS clusters, SUM(n) AS n, SUM(s) AS s, SUM(n * n) AS nn, SUM(n * s) AS ns, SUM(s * s) AS ss, SUM(q) AS q "
        f"FROM (SELECT {cell}, held, SUM(w) AS n, SUM(w * y) AS s, SUM(w * y * y) AS q FROM (SELECT {inner} FROM ({rows}) r) i "
        f"WHERE period IS NOT NULL AND y IS NOT NULL GROUP BY {cell}, held) c GROUP BY {cell} ORDER BY {cell}"
    )
    found = centre.engine.query(text)
    return found.astype({name: "float64" for name in SUMS} | {name: "object" for name in by})


def estimates(found: pd.DataFrame, *, unit: str = "rate", level: float = 0.95) -> pd.DataFrame:
    """Value, interval and n of each row of sums: Wilson's for rates, Student's for means, on the effective n.

    Returns:
        `value, lower, upper, n, deff, variance`, on the index of `found`.
    """
    n, s = found["n"].to_numpy(float), found["s"].to_numpy(float)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = s / n
        variance = np.maximum(found["q"].to_numpy(float) / n - mean**2, 0)
        deff = design_effect(*(found[name] for name in SUMS[:-1]), variance=variance)
    if unit == "rate":
        made = interval_table(np.column_stack([n - s, s]), (0, 1), unit="rate", level=level, design_effect=deff)
        lower, upper = made["lower"].to_numpy(), made["upper"].to_numpy()
    else:
        from scipy.special import stdtrit

        with np.errstate(invalid="ignore", divide="ignore"):
            spread = np.where(n > 1, variance * n / (n - 1), np.nan)
            half = stdtrit(np.maximum(n / deff - 1, 1), (1 + level) / 2) * np.sqrt(spread * deff / n)
        lower, upper = mean - half, mean + half
    return pd.DataFrame({"value": mean, "lower": lower, "upper": upper, "n": n.astype(int), "deff": deff, "variance": variance},
                        index=found.index)  # fmt: skip


def side_by_side(
    found: pd.DataFrame, *, by: Sequence[str] = (), unit: str = "rate", level: float = 0.95
) -> pd.DataFrame:
    """Current beside baseline, cell by cell.

    Args:
        found: Of `add_up`; with the current period alone the baseline's columns are empty.

    Returns:
        `*by, value, lower, upper, n, value_baseline, lower_baseline, upper_baseline, n_baseline, change, change_lower, change_upper, p_value`:
        Newcombe's interval for rates, Welch's for means, both on the effective n.
    """
    by = list(by)
    known = pd.concat([found, estimates(found, unit=unit, level=level).drop(columns="n")], axis=1)
    keep = [*by, "value", "lower", "upper", "n", "deff", "variance", "s"]
    now, then = (known.loc[known["period"] == label, keep] for label in ("current", "baseline"))
    if by:
        both = now.merge(then, on=by, how="outer", suffixes=("", "_baseline"))
    else:
        now, then = (one.reset_index(drop=True).reindex([0]) for one in (now, then))
        both = now.join(then.add_suffix("_baseline"))
    both[["n", "n_baseline"]] = both[["n", "n_baseline"]].fillna(0).astype(int)
    return both.join(_moves(both, unit, level)).drop(columns=["deff", "variance", "s", "deff_baseline", "variance_baseline", "s_baseline"])  # fmt: skip


def _moves(both: pd.DataFrame, unit: str, level: float) -> pd.DataFrame:
    if both.empty:
        return pd.DataFrame(columns=["change", "change_lower", "change_upper", "p_value"], dtype=float)
    deffs = tuple(both[name].fillna(1.0).to_numpy(float) for name in ("deff", "deff_baseline"))
    if unit == "rate":
        a, b = (np.column_stack([both[n] - both[s].fillna(0), both[s].fillna(0)]) for n, s in (("n", "s"), ("n_baseline", "s_baseline")))  # fmt: skip
        made = difference_table(a, b, (0, 1), unit="rate", level=level, design_effects=deffs)
        return made[["value", "lower", "upper", "p_value"]].set_axis(["change", "change_lower", "change_upper", "p_value"], axis=1)  # fmt: skip
    from scipy.special import stdtr, stdtrit

    n1, n0 = both["n"] / deffs[0], both["n_baseline"] / deffs[1]
    with np.errstate(invalid="ignore", divide="ignore"):
        v1, v0 = both["variance"] / n1, both["variance_baseline"] / n0
        error = np.sqrt(v1 + v0)
        df = np.maximum((v1 + v0) ** 2 / (v1**2 / (n1 - 1) + v0**2 / (n0 - 1)), 1)
        change = both["value"] - both["value_baseline"]
        half = stdtrit(df, (1 + level) / 2) * error
        p = 2 * stdtr(df, -(change / error).abs())
    return pd.DataFrame({"change": change, "change_lower": change - half, "change_upper": change + half, "p_value": p})
