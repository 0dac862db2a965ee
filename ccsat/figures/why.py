"""Figures of the evidence: what a change is made of, a change's event study, and how ratings answer to a dose."""

from __future__ import annotations

import plotly.graph_objects as go

from ccsat.figures.frame import BETTER, NEUTRAL, TOTAL, WORSE, axis_words, move_words, new_figure, plot, scaled, shorten
from ccsat.figures.traces import plot_cells
from ccsat.stages.check import Check
from ccsat.stages.dose import Doses
from ccsat.stages.dose_words import dose_label
from ccsat.stages.hypotheses import Weighed
from ccsat.trace import Trace
from ccsat.wording import count, has, interval, kpi_value, language, points, term, text

PERIODS = (("baseline", NEUTRAL), ("current", TOTAL))
FLAT = 5e-5  # of the unit: a part that shows as 0.00 is left out


def plot_factors(check: Check) -> go.Figure | None:
    """The change as a waterfall of data, mix, participation and performance; None where it was not split."""
    leg, asked = check.legs.get("factors", {}), check.asked
    if not leg.get("assessed"):
        return None
    unit = asked.caliber.unit
    rows = [row for row in leg["rows"] if max(abs(row[name]) for name in ("points", "lower", "upper")) >= FLAT]
    names = [effect_name(row["effect"]) for row in rows] + [text("leg.headline")]
    base, at = [], 0.0
    for row in rows:
        base.append(at)
        at += row["points"]
    sizes = [row["points"] for row in rows] + [leg["total"]]
    colours = [BETTER if row["points"] * asked.sign > 0 else WORSE for row in rows] + [TOTAL]
    shown = [f"{points(row['points'], unit)} {interval(row['lower'], row['upper'], unit, of='points')}" if row["lower"] != row["upper"] else points(row["points"], unit)
             for row in rows] + [points(leg["total"], unit)]  # fmt: skip
    figure = new_figure(text("figure.factors"), height=130 + 42 * len(names), x=move_words("points", unit))
    figure.add_bar(y=names, x=scaled(sizes, unit), base=scaled([*base, 0.0], unit), orientation="h", marker_color=colours, text=shown, textposition="none",
                   hovertemplate="%{y}<br>%{text}<extra></extra>")  # fmt: skip
    ends = [0.0, *(b + s for b, s in zip([*base, 0.0], sizes, strict=True))]
    low, high = min(ends), max(ends)
    room = (high - low) or 1.0
    for name, start, size, words in zip(names, [*base, 0.0], sizes, shown, strict=True):
        figure.add_annotation(x=scaled([max(start, start + size)], unit)[0], y=name, text=words, showarrow=False, xanchor="left", xshift=6, font={"size": 12})  # fmt: skip
    figure.update_xaxes(range=scaled([low - 0.05 * room, high + 0.55 * room], unit))
    figure.update_yaxes(autorange="reversed")
    figure.add_vline(x=0, line_color="#b6bfcb")
    return figure


def effect_name(effect: str) -> str:
    """One part of the change by name."""
    return text(f"effect.{effect}") if has(f"effect.{effect}") else term(effect)


def plot_first_change(trace: Trace) -> go.Figure | None:
    """The event study of the best supported change: its scope against what lies outside, week by week; None without one."""
    if trace.why is None:
        return None
    known = {one.cause_id: one for one in trace.why.changes}
    first = trace.why.causes[0] if trace.why.causes else None
    weighed = known.get(first.id) if first is not None else None
    return None if weighed is None or weighed.apart is None else plot_weeks(weighed, trace.asked.caliber.unit)


def plot_weeks(weighed: Weighed, unit: str) -> go.Figure:
    """A change's event study: inside its declared scope less outside, against the mean of the weeks before."""
    rows = weighed.apart.weeks
    name = f"{weighed.id} {weighed.titles[language()]}"
    figure = new_figure(
        text("figure.weeks", name=shorten(name)), height=330, x=text("axis.week"), y=move_words("points", unit)
    )
    value = scaled([row["value"] for row in rows], unit)
    words = [f"{points(row['value'], unit)} {interval(row['lower'], row['upper'], unit, of='points')} n={count(row['n'])} / {count(row['n_control'])}" for row in rows]  # fmt: skip
    figure.add_scatter(x=[int(row["week"]) for row in rows], y=value, mode="lines+markers", text=words, hovertemplate="%{x}<br>%{text}<extra></extra>",
                       line={"color": NEUTRAL, "width": 1}, marker={"size": 9, "color": [TOTAL if row["week"] < 0 else WORSE for row in rows]},
                       error_y=_bars(rows, value, unit))  # fmt: skip
    figure.update_xaxes(zeroline=False)
    figure.add_hline(y=0, line_color="#b6bfcb")
    figure.add_vline(x=-0.5, line_color=WORSE, line_dash="dot", annotation_text=f"{text('figure.date_of_change')} {weighed.day}", annotation_position="top right")  # fmt: skip
    return figure


def _bars(rows, value: list, unit: str) -> dict:
    """Error bars of rows with `lower` and `upper`."""
    low, high = scaled([row["lower"] for row in rows], unit), scaled([row["upper"] for row in rows], unit)
    return {"type": "data", "symmetric": False, "color": NEUTRAL, "thickness": 1.5, "width": 4,
            "array": [None if h is None or v is None else h - v for h, v in zip(high, value, strict=True)],
            "arrayminus": [None if b is None or v is None else v - b for b, v in zip(low, value, strict=True)]}  # fmt: skip


def plot_explorer(trace: Trace) -> go.Figure | None:
    """Every single cell that differs most; None where there is none, or the data stopped the trace."""
    return None if trace.stopped or trace.where.explorer.empty else plot_cells(trace.where)


def plot_reasons(trace: Trace) -> go.Figure | None:
    """Points lost by reason; None without reasons, or where the data stopped the trace."""
    ledger = trace.ledgers.get("reason")
    return None if ledger is None or ledger.table.empty or trace.stopped else plot(ledger)


def plot_controllable(trace: Trace) -> go.Figure | None:
    """The bad-review rate by who can change it; None where the study names no owners, or the data stopped the trace."""
    ledger = trace.ledgers.get("controllable")
    if ledger is None or trace.stopped or set(ledger.table["owner"]) <= {"mixed", "unstated"}:
        return None
    return plot(ledger)


def plot_dose(trace: Trace) -> go.Figure | None:
    """How ratings answer to the dose that goes with them most clearly; None where none goes with them beyond chance."""
    doses = trace.why.doses if trace.why is not None else None
    return None if doses is None or doses.found.empty else plot(doses)


@plot.register
def _(answer: Doses) -> go.Figure:
    """How the KPI answers to the dose that goes with it most clearly, band by band, in both periods."""
    unit = answer.asked.caliber.unit
    row = next(answer.found.sort_values("p_adjusted", kind="stable").itertuples())
    bins = answer.table[(answer.table["cell_rank"] == row.cell_rank) & (answer.table["metric"] == row.metric)]
    ends = bins.groupby("bin").agg(start=("dose_from", "min"), end=("dose_to", "max"))
    named = {one: _band(r.start, r.end, row.unit) for one, r in ends.iterrows()}
    cell = text("table.everything") if row.cell_rank == 0 else text("figure.of_cell", n=row.cell_rank)
    figure = new_figure(text("figure.dose", metric=row.metric, kpi=term(answer.asked.caliber.kpi), cell=cell), height=360, x=text("axis.dose", metric=row.metric),
                        y=axis_words(unit))  # fmt: skip
    for period, colour in PERIODS:
        mine = bins[bins["period"] == period].sort_values("bin").to_dict("records")
        if not mine:
            continue
        value = scaled([r["value"] for r in mine], unit)
        words = [f"{kpi_value(r['value'], unit)} {interval(r['lower'], r['upper'], unit)} n={count(r['n'])}" for r in mine]  # fmt: skip
        figure.add_scatter(x=[named[r["bin"]] for r in mine], y=value, mode="lines+markers", name=text(f"period.{period}"), text=words,
                           hovertemplate="%{x}<br>%{text}<extra></extra>", line={"color": colour, "width": 2}, marker={"size": 8}, error_y=_bars(mine, value, unit))  # fmt: skip
    order = [named[one] for one in sorted(named)]
    figure.update_xaxes(type="category", categoryorder="array", categoryarray=order)
    figure.update_layout(showlegend=True, legend={"orientation": "h", "x": 1, "xanchor": "right", "y": 1.08})
    return figure


def _band(start: float, end: float, unit: str) -> str:
    """A band of doses in words."""
    if unit == "yes_no":
        return text("yes" if end >= 1 and start > 0 else "no")
    if start == end:
        return dose_label(start, unit)
    return f"{dose_label(start, unit)} – {dose_label(end, unit)}"
