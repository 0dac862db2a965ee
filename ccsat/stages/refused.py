"""What looks like a driver and is none: refused with its reason and its numbers."""

from __future__ import annotations

import re
from collections.abc import Mapping

import numpy as np
import pandas as pd

from ccsat.cells import Asked
from ccsat.centre import Centre
from ccsat.deductions import deduction_rows, reason_label
from ccsat.engine import NULL_LEVEL
from ccsat.estimates import adjust
from ccsat.stages.evidence import SIGNIFICANT
from ccsat.stages.process import needed_columns, process_metrics, process_values
from ccsat.wording import count, number, percent, points, text

# Names of what follows from dissatisfaction: work after the call, escalation, repeats, complaints, refunds, leaving.
OUTCOME_SIDE = (r"\bacw\b|after call|wrap ?up|话后|事后处理|escalat|升级投诉|升级|repeat|recontact|重复|再次(来电|进线)|complain|投诉|refund|退费|退款"
                r"|compensat|补偿|赔偿|reopen|churn|离网|销户|callback|回访|disput|urge|催单|催办|satisf|满意")  # fmt: skip
# Names of how long the contact itself took: what is hard, or makes people angry, takes long.
OWN_LENGTH = r"\baht\b|\btalk|handl(e|ing)|conversation (time|length)|通话时长|处理时长|处理时间"
MOSTLY = 0.5
BLANK = 0.5
FEW_LEVELS = 5
ASKED = 0.001  # share of a filter's level with any answer, up to which nobody of it was asked
ENOUGH = 30
BEYOND = 3.84  # n times the squared correlation, from which it is beyond chance at 5 %
PLAIN = re.compile(r"[\s_\-./:]+")


def outcome_side(name: str) -> bool:
    """Whether a metric's name says that it follows from a dissatisfied customer."""
    return re.search(OUTCOME_SIDE, _plain(name)) is not None


def _plain(name: str) -> str:
    return PLAIN.sub(" ", re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name)).lower()


def own_length(name: str) -> bool:
    """Whether a metric is the contact's own length, which follows from the case as much as it leads to the rating."""
    return re.search(OWN_LENGTH, _plain(name)) is not None


def refused_drivers(centre: Centre, question: Asked, cells: pd.DataFrame | None = None) -> list[dict]:
    """Which columns would pass for drivers, and why are they none?

    Returns:
        `{"id", "why", "cell_rank", "values"}` each, as `Why.ruled_out`. `why`: "same_respondent" (a further rating by the same person),
        "routing" (asked only where a filter answered so; with the sign among all and among those asked), "only_asked" (filled only there),
        "after_rating" (by time), "outcome_side" (by name), "sparse". `cell_rank` is None: it holds for all cells.

    Source:
        METHODS 3, rows 13 and 15; DOMAIN 2.10 (outcome-first order).
    """
    found = [
        *_same_respondent(centre, question),
        *_routed(centre, question),
        *_late(centre, question),
        *_sparse(centre),
    ]
    return [{**one, "cell_rank": None} for one in found]


def refused_words(entry: Mapping, unit: str) -> str:
    """An entry of `refused_drivers` in words."""
    show = {
        "r": lambda v: number(v, 2),
        "same": percent,
        "share": percent,
        "n": count,
        "asked": count,
        "skipped": count,
        "ticked": count,
    }
    values = {
        k: show[k](v) if k in show else points(v, unit) if isinstance(v, float) else v
        for k, v in entry["values"].items()
    }
    if entry["why"] == "routing":
        values["flips"] = text("refused.flips")
    return text(f"refused.{entry['why']}", **values)


def _same_respondent(centre: Centre, asked: Asked) -> list[dict]:
    """Further ratings that the same person gave at the same moment."""
    if asked.caliber.outcome != "rating":
        return []
    names = centre.study.columns.sub_ratings
    found = []
    for i, column in enumerate([c for c in centre.columns if re.fullmatch(r"sub_\d+", c)]):
        table = centre.engine.crosstab(
            centre.facts, ["rating", column], windows=asked.windows, where=asked.where
        ).dropna(subset=["rating", column])
        if not len(table):
            continue
        x, y, n = (table[c].astype(float).to_numpy() for c in (column, "rating", "n"))
        name = names[i] if i < len(names) else column
        found.append({"id": f"driver:{name}", "why": "same_respondent",
                      "values": {"name": name, "r": _correlation(x, y, n), "same": float(n[x == y].sum() / n.sum()), "n": int(n.sum())}})  # fmt: skip
    return found


def _correlation(x: np.ndarray, y: np.ndarray, n: np.ndarray | None = None) -> float:
    n = np.ones(len(x)) if n is None else n
    dx, dy = x - np.average(x, weights=n), y - np.average(y, weights=n)
    bottom = float(np.sqrt((n * dx**2).sum() * (n * dy**2).sum()))
    return float((n * dx * dy).sum()) / bottom if bottom else float("nan")


def _routed(centre: Centre, asked: Asked) -> list[dict]:
    """Answers that only those were asked for who answered a filter so; found in the data, declared or not."""
    filters = [dim for dim in centre.dims if len(_levels(centre, asked, dim)) in range(2, FEW_LEVELS + 1)]
    if not filters:
        return []
    rows = deduction_rows(centre, asked, window=asked.current, more=[*filters, *centre.metrics])
    found = []
    if centre.reasons is not None and len(rows):
        ticks = _ticks(centre, rows)
        for dim in filters:
            if (level := _not_asked(rows[dim], ticks.any(axis=1))) is not None:
                found += _flips(centre, asked, rows, ticks, dim, level)
                break
    for metric in centre.metrics:
        for dim in filters:
            if (level := _not_asked(rows[dim], rows[metric].notna())) is not None:
                skipped = int((rows[dim] == level).sum())
                found.append({"id": f"driver:{metric}", "why": "only_asked",
                              "values": {"name": metric, "filter": dim, "level": level, "asked": len(rows) - skipped, "skipped": skipped}})  # fmt: skip
                break
    return found


def _levels(centre: Centre, asked: Asked, dim: str) -> list[str]:
    from ccsat.cells import count_cells

    return [level for level in count_cells(centre, asked, (dim,))[dim].unique() if level != NULL_LEVEL]


def _not_asked(filter_answers: pd.Series, answered: pd.Series) -> str | None:
    """The filter's level of which nobody answered, where most of the others did; None where there is none."""
    share = answered.groupby(filter_answers.to_numpy()).agg(["mean", "size"])
    silent = share[(share["mean"] <= ASKED) & (share["size"] >= ENOUGH)]
    others = share.drop(index=silent.index)
    asked = len(silent) == 1 and len(others) and (others["mean"] * others["size"]).sum() > MOSTLY * others["size"].sum()
    return str(silent.index[0]) if asked else None


def _ticks(centre: Centre, rows: pd.DataFrame) -> pd.DataFrame:
    named = centre.reasons[centre.reasons["row_key"].isin(rows["row_key"])]
    table = pd.crosstab(named["row_key"], named["reason"]).clip(upper=1)
    return table.reindex(rows["row_key"], fill_value=0).set_axis(rows.index).astype(bool)


def _flips(centre: Centre, asked: Asked, rows: pd.DataFrame, ticks: pd.DataFrame, dim: str, level: str) -> list[dict]:
    """Of each answer: the difference among all, and among those asked with the other answers held equal."""
    from ccsat.numerics.lines import fit_linear

    score = (asked.full - asked.sign * rows["deduction"]).to_numpy(float)
    there = (rows[dim] != level).to_numpy(bool)
    kept = [c for c in ticks if ticks.loc[there, c].sum() >= ENOUGH and (~ticks.loc[there, c]).sum() >= ENOUGH]
    if not kept:
        return []
    x = ticks[kept].to_numpy(float)
    inside = fit_linear(np.column_stack([np.ones(there.sum()), x[there]]), score[there])
    table = []
    for i, code in enumerate(kept):
        alone = fit_linear(np.column_stack([np.ones(len(x)), x[:, i]]), score)
        for fit, place, name in ((alone, 1, "crude"), (inside, i + 1, "within")):
            table.append((code, name, float(fit.beta[place]), float(fit.se[place])))
    table = pd.DataFrame(table, columns=["code", "name", "value", "error"])
    from scipy.special import ndtr

    table["p"] = adjust(2 * ndtr(-table["value"].abs() / table["error"]))
    found = []
    for code, pair in table.groupby("code", sort=False):
        crude, within = pair.iloc[0], pair.iloc[1]
        if crude["value"] * asked.sign > 0 or crude["p"] >= SIGNIFICANT:
            continue
        if within["value"] * crude["value"] < 0 and within["p"] < SIGNIFICANT:
            found.append({"id": f"reason:{code}", "why": "routing", "values": {
                "name": reason_label(centre, code), "filter": dim, "level": level, "asked": int(there.sum()), "ticked": int(ticks[code].sum()),
                "crude": float(crude["value"]), "crude_lower": float(crude["value"] - 1.96 * crude["error"]), "crude_upper": float(crude["value"] + 1.96 * crude["error"]),
                "within": float(within["value"]), "lower": float(within["value"] - 1.96 * within["error"]),
                "upper": float(within["value"] + 1.96 * within["error"])}})  # fmt: skip
    return sorted(found, key=lambda one: -abs(one["values"]["within"]))


def _late(centre: Centre, asked: Asked) -> list[dict]:
    """Metrics known only after the rating, by their time or by what they are."""
    beside = process_metrics(centre)
    named = [m for m in centre.metrics if outcome_side(m) or outcome_side(str(centre.study.metric(m).column or ""))]
    if not beside and not named:
        return []
    rows = deduction_rows(centre, asked, window=asked.current, more=[*named, *needed_columns(centre, beside)])
    values = process_values(centre, rows, beside)
    late = values.attrs.get("late", {})
    found = []
    spans = {m.name for m in beside if m.kind == "span"}  # begun before the rating: shown as a dose, with a caveat
    for name in [*named, *(name for name in values if name not in spans)]:
        x = (rows[name] if name in named else values[name]).astype("float64")
        n = int(x.notna().sum())
        r = (
            _correlation(x[x.notna()].to_numpy(), -asked.sign * rows.loc[x.notna(), "deduction"].to_numpy(float))
            if n >= ENOUGH
            else np.nan
        )
        if not n * r**2 > BEYOND:  # it would not pass for a driver
            continue
        if name in named or outcome_side(name):
            found.append({"id": f"driver:{name}", "why": "outcome_side", "values": {"name": name, "r": r, "n": n}})
        elif late.get(name, 0.0) > MOSTLY:
            found.append(
                {
                    "id": f"driver:{name}",
                    "why": "after_rating",
                    "values": {"name": name, "r": r, "share": late[name], "n": n},
                }
            )
    return found


def _sparse(centre: Centre) -> list[dict]:
    """Metrics that are blank for most ratings."""
    if not centre.metrics:
        return []
    counted = (
        f"SELECT * FROM ({centre.facts}) f WHERE rating IS NOT NULL" if "rating" in centre.columns else centre.facts
    )
    profile = centre.engine.profile(counted, list(centre.metrics))
    return [{"id": f"driver:{row.column}", "why": "sparse",
             "values": {"name": row.column, "share": float(row.nulls / row.rows), "n": int(row.rows - row.nulls)}}
            for row in profile.itertuples() if row.rows and row.nulls > BLANK * row.rows]  # fmt: skip
