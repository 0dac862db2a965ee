"""Dose and response: how the KPI answers to each process metric, where it breaks, and whether the dose or the answer moved."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from ccsat.cells import Asked
from ccsat.centre import Centre
from ccsat.deductions import CellRows, cell_rows, deduction_rows
from ccsat.estimates import adjust
from ccsat.results import Result, result_class
from ccsat.stages.dose_answer import ENOUGH_ROWS, answer_of
from ccsat.stages.dose_words import LATE, dose_words
from ccsat.stages.evidence import SIGNIFICANT
from ccsat.stages.process import ProcessMetric, needed_columns, process_metrics, process_values
from ccsat.stages.refused import outcome_side
from ccsat.wording import text

MOST_CELLS = 3
PRESENT = 0.5
MOST_ROWS = 20_000  # of a cell and period
LOST = 0.5  # of a day's ends at midnight sharp: that day's clock was lost
DATES = 0.9  # of all ends at midnight: dates, no lost clock
BINS = ["cell_rank", "metric", "period", "bin", "dose_from", "dose_to", "dose", "n", "value", "lower", "upper"]
ANSWERS = ["cell_rank", "metric", "unit", "n", "trend", "p_value", "p_adjusted", "monotone", "threshold", "threshold_lower", "threshold_upper",
           "mark", "n_below", "n_above", "value_below", "value_above", "difference", "lower", "upper", "stake",
           "dose_now", "dose_before", "moved_p", "dose_points", "dose_points_lower", "dose_points_upper", "same_dose_points",
           "slope_now", "slope_now_p", "slope_before", "slope_before_p", "slope_change_p", "held", "late"]  # fmt: skip


@result_class
class Doses(Result):
    """How the KPI answers to process metrics, in each cell (`cell_rank`; 0 is everything).

    The table, for figures: `cell_rank, metric, period` ("current" or "baseline")`, bin, dose_from, dose_to,
    dose` (mean)`, n, value, lower, upper` (KPI).

    `answers`: one row a cell and metric, most at stake first. `trend` (Spearman), `p_value` (errors by clusters), `p_adjusted`
    (Benjamini-Hochberg), `monotone` (no band goes against it beyond noise); `threshold` of the one step that fits best, with 95 % bootstrap
    limits; `mark`, of a time: the whole minute, hour or day that divides best, else the threshold; `n_below ... difference, lower, upper`:
    the KPI on both sides of the mark, the period held equal; `stake`: difference times the share above; `dose_now, dose_before` (medians), `moved_p`;
    `dose_points`: what the moved doses alone account for, in points of the total; `same_dose_points`: what changed at the same dose; `slope_now,
    slope_before` (KPI per standard deviation) with p; `held` ("yes", "no", "undecided"); `late`: share known only after the rating.
    """

    asked: Asked
    answers: pd.DataFrame

    def sentence(self) -> str:
        shown = self.found
        return text("dose.none") if shown.empty else dose_words(next(shown.itertuples()), self.asked.caliber.unit)

    @property
    def found(self) -> pd.DataFrame:
        """Answers beyond chance whose two sides differ as the trend says."""
        return _beyond(self.answers).reset_index(drop=True)


def _beyond(answers: pd.DataFrame) -> pd.DataFrame:
    apart = (answers["lower"].astype(float) > 0) | (answers["upper"].astype(float) < 0)
    along = answers["difference"].astype(float) * answers["trend"].astype(float) > 0
    return answers[(answers["p_adjusted"] < SIGNIFICANT) & apart & along]


def find_doses(centre: Centre, question: Asked, cells: pd.DataFrame | None = None) -> Doses:
    """How does the KPI answer to each process metric, in the located cells or, without one, everywhere?

    Args:
        cells: `rank, where, kind` of `locate_gap`; the first three that are no mix. A question of level is answered over everything.

    Returns:
        `Doses`; empty where the data have no process metric.

    Assumes:
        An association: a metric may go with what else differs (the kind of case above all), and it may lie between the cause and the rating.

    Source:
        METHODS 3 (rows 15, 16, 21); the split of a move into doses and answers: Kitagawa (1955), JASA 50, 1168-1194.
    """
    kept = (
        []
        if cells is None or not question.is_change
        else [row for row in cells.itertuples() if row.kind != "mix"][:MOST_CELLS]
    )
    places = [(row.rank, dict(row.where)) for row in kept] or [(0, {})]
    beside = process_metrics(centre)
    bins, answers = [], []
    for rank, cell in places:
        for one, table in _of_cell(centre, question, cell, beside):
            answers.append({"cell_rank": rank, **one})
            bins.append(table.assign(cell_rank=rank, metric=one["metric"]))
    found = pd.DataFrame(answers, columns=ANSWERS)
    found["p_adjusted"] = adjust(found["p_value"].astype(float))
    order = found.assign(weight=-found["stake"].astype(float).abs(), none=found["p_adjusted"] >= SIGNIFICANT)
    found = order.sort_values(["none", "weight", "metric"]).drop(columns=["none", "weight"]).reset_index(drop=True)
    table = pd.concat(bins, ignore_index=True)[BINS] if bins else pd.DataFrame(columns=BINS)
    shown = _beyond(found)
    caveats = [("caveat.dose_confounded", {})] if len(shown) else []
    if (shown["late"].astype(float) > LATE).any():
        caveats.append(
            (
                "caveat.dose_late",
                {"metrics": ", ".join(dict.fromkeys(shown.loc[shown["late"].astype(float) > LATE, "metric"]))},
            )
        )
    return Doses(table=table, asked=question, answers=found, caveats=tuple(caveats))


def _of_cell(
    centre: Centre, asked: Asked, cell: Mapping, beside: Sequence[ProcessMetric]
) -> list[tuple[dict, pd.DataFrame]]:
    own = [metric for metric in centre.metrics if not outcome_side(metric)]
    beside = [metric for metric in beside if not outcome_side(metric.name)]
    ends = [c for c in centre.columns if c.endswith(("__start", "__end")) and c.rsplit("__", 1)[0] in own]
    cluster = [c for c in ("agent_id",) if c in centre.columns]
    rows = _rows(centre, asked, cell, [*own, *ends, *needed_columns(centre, beside), *cluster])
    joined = pd.concat(
        [
            part.assign(now=now)
            for part, now in ((_some(rows.inside, asked), True), (_some(rows.reference, asked), False))
        ],
        ignore_index=True,
    )
    values = joined[own].astype("float64").mask(joined[own].astype("float64") < 0)
    for metric in {c.rsplit("__", 1)[0] for c in ends}:
        values.loc[_lost_clock(joined, [c for c in ends if c.rsplit("__", 1)[0] == metric]), metric] = np.nan
    measured = process_values(centre, joined, beside)
    late = measured.attrs.get("late", {})
    values = pd.concat([values, measured.mask(measured < 0)], axis=1)
    units = {
        **{m: unit_of(centre, m) for m in own},
        **{m.name: "yes_no" if m.kind == "yes_no" else m.unit for m in beside},
    }
    score = asked.full - asked.sign * joined["deduction"]
    names = ("current", "baseline")
    unit_of_rows = next((c for c in ("agent_id", "customer_id") if c in joined), None)
    group = None if unit_of_rows is None else pd.factorize(joined[unit_of_rows], use_na_sentinel=False)[0]
    found = []
    for metric in values:
        there = values[metric].notna().to_numpy()
        if metric in own and there.mean() <= PRESENT:  # refused as sparse
            continue
        if there.sum() < ENOUGH_ROWS or values[metric].nunique() < 2:
            continue
        unit = units[metric] or ("yes_no" if set(values.loc[there, metric].unique()) <= {0.0, 1.0} else "")
        one = answer_of(values.loc[there, metric].to_numpy(float), score[there].to_numpy(float), joined.loc[there, "now"].to_numpy(bool), unit,
                      None if group is None else np.unique(group[there], return_inverse=True)[1], asked, names)  # fmt: skip
        if one is not None:
            answer, table = one
            part = rows.share * float(there[joined["now"].to_numpy(bool)].mean())
            for key in ("dose_points", "dose_points_lower", "dose_points_upper", "same_dose_points", "stake"):
                answer[key] *= part
            found.append(({"metric": metric, "unit": unit, "late": late.get(metric, 0.0), **answer}, table))
    return found


def _rows(centre: Centre, asked: Asked, cell: Mapping, more: list[str]) -> CellRows:
    """Rated rows of a cell and of what it is compared with; of everything, where no cell is named."""
    if cell:
        return cell_rows(centre, asked, cell, more=more)
    now = deduction_rows(centre, asked, window=asked.current, more=more)
    before = deduction_rows(centre, asked, window=asked.baseline, more=more) if asked.is_change else now.iloc[:0]
    return CellRows(now, before, 1.0)


def _some(rows: pd.DataFrame, asked: Asked) -> pd.DataFrame:
    """Rows drawn at random where there are more than an answer needs."""
    return rows.sample(MOST_ROWS, random_state=asked.question.seed) if len(rows) > MOST_ROWS else rows


def unit_of(centre: Centre, metric: str) -> str:
    """A metric's unit: minutes between two columns, seconds of a duration, else as its name says; "" where it is no time."""
    entry = centre.study.metric(metric)
    if entry.start:
        return "min"
    return "s" if entry.kind == "duration" else band_unit(metric, str(entry.column or metric))


def band_unit(*names: str) -> str:
    """Seconds, minutes or hours, by a column's name."""
    import re

    for name in names:
        for unit, pattern in (("s", r"(_|\b)(s|secs?|seconds?)$|in seconds|秒"), ("min", r"(_|\b)(mins?|minutes?)$|in minutes|分钟"),
                              ("h", r"(_|\b)(h|hrs?|hours?)$|in hours|小时")):  # fmt: skip
            if re.search(pattern, name.lower().strip(" ）)")):
                return unit
    return ""


def _lost_clock(rows: pd.DataFrame, columns: list[str]) -> np.ndarray:
    """Rows whose beginning or end reads midnight on a day on which most do: the time of day is lost, and the span with it."""
    lost = np.zeros(len(rows), bool)
    for column in columns:
        at = pd.to_datetime(rows[column])
        day = at.dt.normalize()
        midnight = (at == day) & at.notna()
        if midnight.sum() > DATES * max(int(at.notna().sum()), 1):
            continue
        lost |= (midnight & (midnight.groupby(day).transform("mean") > LOST)).to_numpy(bool)
    return lost
