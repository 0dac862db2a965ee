"""Stage 2 in tables: the located cells, those not decided yet, those that changes declare, and what costs most all the time."""

from __future__ import annotations

import dataclasses

from ccsat.results import Ledger
from ccsat.stages.standing import Standing
from ccsat.trace import Trace
from ccsat.tracetable import cell_words, level_words
from ccsat.views.view import Fold, View, sentences, stack, table
from ccsat.wording import count, interval, kpi_value, p_value, percent, points, term, text

MOST_LEVELS = 12
MOST_STANDING = 5


def show_cells(trace: Trace) -> View | Fold:
    """The located cells with points and intervals, then the remainder and the total; without any, that none stands out."""
    unit, rows = trace.asked.caliber.unit, []
    if trace.stopped:
        return sentences([text("view.not_reached", verdict=text(f"verdict_short.{trace.check.verdict}"))])
    if trace.where.cells.empty:
        return sentences([trace.where.sentence() + text("stop")])
    mixed = bool((trace.where.cells["kind"] == "mix").any())
    for r in trace.where.cells.itertuples():
        rows.append((str(r.rank), cell_words(r.where), count(r.n), *(shares(trace, r) if mixed else ()), kpi_value(r.value_baseline, unit), kpi_value(r.value, unit), points(r.points, unit),
                     interval(r.lower, r.upper, unit, of="points"), percent(r.share_gap), p_value(r.p_adjusted), percent(r.stability, 0)))  # fmt: skip
    none = ("", "") if mixed else ()
    rows.append(("", text("table.remainder"), "", *none, "", "", points(trace.where.remainder, unit), "", "", "", ""))
    rows.append(("", text("view.total"), "", *none, "", "", points(trace.where.total, unit), "", "", "", ""))
    before = "baseline" if trace.asked.is_change else "elsewhere"
    volume = ("share_baseline", "share_current") if mixed else ()
    numbers = ("n", *volume, before, "current", "points", "interval", "share_gap", "p", "stability")
    return table(("rank", "cell", *numbers), rows, numbers)


def shares(trace: Trace, row: object) -> tuple[str, str]:
    """Share of the ratings that a cell had, and has now."""
    before = trace.check.headline.headline.get("baseline")
    return percent(row.n_baseline / before.n if before is not None and before.n else None), percent(row.share_volume)


def show_split(ledger: Ledger, most: int = MOST_LEVELS, *, least: int = 0) -> View:
    """A ledger of the change by cell: rate and mix; or of the gap: share, value and points. The rest is one row, so that it closes.

    Args:
        least: Ratings below which a cell goes to the rest: a group too small to be shown.
    """
    unit, dim = ledger.unit, ledger.table.columns[0]
    ordered = ledger.table.reindex(ledger.table["points"].abs().sort_values(ascending=False, kind="stable").index)
    small = ordered["n"].fillna(0) < least
    kept, change = ordered[~small].head(most), "within" in ordered
    rest = ordered.drop(index=kept.index)
    keys = ("cell", "n", "current", "rate", "mix", "points") if change else ("cell", "n", "current", "points")

    def parts(rows) -> tuple[str, ...]:
        return (points(rows["within"].sum(), unit), points(rows["mix"].sum(), unit)) if change else ()

    rows = [(level_words(r[dim]), count(r["n"]), kpi_value(r["value"], unit), *((points(r["within"], unit), points(r["mix"], unit)) if change else ()),
             points(r["points"], unit)) for _, r in kept.iterrows()]  # fmt: skip
    if len(rest):
        rows.append((text("view.others", n=len(rest)), count(rest["n"].sum()), "", *parts(rest), points(rest["points"].sum(), unit)))  # fmt: skip
    rows.append((text("view.total"), count(ordered["n"].sum()), "", *parts(ordered), points(ledger.total, unit)))
    shown = table(keys, rows, keys[1:])
    return dataclasses.replace(shown, columns=(term(dim), *shown.columns[1:]))


def show_biggest_split(trace: Trace) -> View | None:
    """The change or gap by the dimension of the first located cell, else of the clearest single one; None where no dimension divides the rows, or the data stopped the trace."""
    if trace.stopped:
        return None
    splits = {
        key.split("/", 1)[1]: ledger
        for key, ledger in trace.ledgers.items()
        if key.startswith(("change/", "gap/")) and len(ledger.table) > 1
    }
    if not splits:
        return None
    located = [dim for where in trace.where.cells["where"].head(1) for dim in where if dim in splits]
    cells = trace.where.explorer
    cells = cells[cells["dim"].isin(splits)].sort_values("p_value") if len(cells) else cells
    ledger = splits[[*located, *(cells["dim"].head(1) if len(cells) else ()), *splits][0]]
    return show_split(ledger, least=trace.centre.study.privacy.minimum_group)


def show_undecided(trace: Trace) -> View | None:
    """Cells that seem to have moved but may be chance, with the ratings that would decide them."""
    found, unit = trace.where.undecided, trace.asked.caliber.unit
    if found.empty:
        return None
    rows = [(cell_words(r.where), count(r.n), points(r.points, unit), p_value(r.p_adjusted), text("view.about", n=count(r.n_more)))
            for r in found.itertuples()]  # fmt: skip
    return table(("cell", "n", "points_seeming", "p", "n_more"), rows, ("n", "points_seeming", "p", "n_more"))


def show_declared(trace: Trace) -> View | None:
    """Scopes of declared changes that moved although the search did not name them; their points overlap the cells'."""
    if trace.why is None or trace.why.cells.empty:
        return None
    unit, cells = trace.asked.caliber.unit, trace.why.cells
    ids = {cause.cell_rank: cause.id.split(":", 1)[-1] for cause in reversed(trace.why.causes)}
    rows = [(cell_words(r.where), ids.get(r.rank, ""), count(r.n), kpi_value(r.value_baseline, unit), kpi_value(r.value, unit), points(r.points, unit),
             interval(r.lower, r.upper, unit, of="points")) for r in cells[cells["kind"] == "declared"].itertuples()]  # fmt: skip
    if not rows:
        return None
    keys = ("cell", "cause", "n", "baseline", "current", "points", "interval")
    return table(keys, rows, keys[2:])


def show_standing(standing: Standing | None) -> View | None:
    """What costs most over all the periods asked about; the cells overlap and do not add up."""
    if standing is None or standing.table.empty:
        return None
    unit = standing.asked.caliber.unit
    rows = [(cell_words({r.dim: r.level}), count(r.n), kpi_value(r.value, unit), points(r.points, unit), interval(r.lower, r.upper, unit, of="points"),
             percent(r.share_volume), p_value(r.p_adjusted)) for r in standing.table.head(MOST_STANDING).itertuples()]  # fmt: skip
    return stack(sentences([text("view.standing_note", whole=kpi_value(standing.whole, unit))]),
                 table(("cell", "n", "value_all", "points", "interval", "share_volume", "p"), rows, ("n", "value_all", "points", "interval", "share_volume", "p")))  # fmt: skip
