"""A trace as the tables and sentences that a manager reads; words and rounded numbers only."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

import pandas as pd

from ccsat.cells import Measure
from ccsat.centre import Centre
from ccsat.estimates import Difference
from ccsat.results import Ledger
from ccsat.stages.check import Check
from ccsat.stages.defect_words import correction_sentences, defect_sentence
from ccsat.stages.evidence import Evidence
from ccsat.stages.said import evidence_sentence, ruled_out_sentence
from ccsat.stages.solve import Plan
from ccsat.trace import Trace
from ccsat.tracetable import action_words, cell_words, headers, level_words, link_words, owner_words
from ccsat.wording import count, has, interval, kpi_value, language, p_value, percent, points, term, text


@dataclass(frozen=True)
class View:
    """A small table or a list of sentences, ready to be shown; `columns` empty makes it a list."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    numbers: frozenset[int] = frozenset()  # positions of columns that hold numbers

    def _repr_html_(self) -> str:
        if not self.columns:
            return "<ul>" + "".join(f"<li>{escape(row[0])}</li>" for row in self.rows) + "</ul>"
        style = ["right" if i in self.numbers else "left" for i in range(len(self.columns))]
        rows = [self._row("th", self.columns, style), *(self._row("td", row, style) for row in self.rows)]
        head, body = rows[0], "".join(rows[1:])
        return f'<table class="view"><thead>{head}</thead><tbody>{body}</tbody></table>'

    @staticmethod
    def _row(kind: str, cells: Sequence[str], sides: Sequence[str]) -> str:
        named = {"right": ' class="number"', "left": ""}  # the report's style; notebooks have only the inline one
        parts = (
            f'<{kind}{named[side]} style="text-align:{side}">{escape(cell)}</{kind}>'
            for cell, side in zip(cells, sides, strict=True)
        )
        return f"<tr>{''.join(parts)}</tr>"

    def __repr__(self) -> str:
        return "\n".join(" | ".join(row) for row in ((self.columns,) if self.columns else ()) + self.rows)


def _table(keys: Sequence[str], rows: Sequence[Sequence[str]], numbers: Sequence[str] = ()) -> View:
    return View(tuple(text(f"view.{key}") for key in keys), tuple(tuple(row) for row in rows),
                frozenset(i for i, key in enumerate(keys) if key in numbers))  # fmt: skip


def sentences(words: Sequence[str]) -> View:
    """A list of sentences."""
    return View((), tuple((one,) for one in words))


def show_intake(centre: Centre) -> View:
    """Rows read, kept and set aside, table by table, and what was noted while reading."""
    rows = [(name, text(f"set_aside.{why}") if has(f"set_aside.{why}") else text("view.kept") if why == "kept" else why, count(n))
            for name, why, n in centre.intake.table.itertuples(index=False)]  # fmt: skip
    rows.append((text("view.read"), "", count(centre.intake.read)))
    return _table(("table", "what", "rows"), rows, ("rows",))


def show_notes(centre: Centre) -> View:
    """What was noted while the files were read."""
    return sentences([text(key, **_counted(values)) for key, values in centre.intake.notes])


def _counted(values: dict) -> dict:
    """Whole numbers with thousands separators."""
    return {k: count(v) if isinstance(v, int) and not isinstance(v, bool) else v for k, v in values.items()}


def show_kpis(measures: Sequence[Measure]) -> View:
    """Every indicator with its caliber, value, interval and n."""
    rows = []
    for one in measures:
        unit, now, before = one.asked.caliber.unit, one.headline["current"], one.headline.get("baseline")
        rows.append((term(one.asked.caliber.kpi), text(f"caliber.{one.asked.caliber.key}"), kpi_value(now.value, unit),
                     interval(now.lower, now.upper, unit), count(now.n), kpi_value(before.value, unit) if before else "–"))  # fmt: skip
    return _table(
        ("kpi", "caliber", "value", "interval", "n", "baseline"), rows, ("value", "interval", "n", "baseline")
    )


def show_check(check: Check) -> View:
    """The verdict, its evidence leg by leg, the defects and the corrected figure, as sentences."""
    words = [check.sentence() + text("stop"), text(f"verdict_next.{check.verdict}"), *check.because_in_words()]
    unit = check.asked.caliber.unit
    if check.legs:
        signs = check.legs["instrument"]["signs"]
        words += [text(f"sign.{s['key']}", **_sign(s)) + text("stop") for s in signs] or [
            text("sign.none") + text("stop")
        ]
        scope = check.legs["unchanged_scope"]
        if scope.get("assessed"):
            words.append(text("view.scope", scope="; ".join(scope["scope"]),
                              outside=_move(scope["outside"], unit), inside=_move(scope["inside"], unit)))  # fmt: skip
        if "split" in check.legs:
            split = check.legs["split"]
            words.append(text("view.split", rate=points(split["rate"], unit), mix=points(split["mix"], unit),
                              interval=interval(split["mix_lower"], split["mix_upper"], unit, of="points")))  # fmt: skip
    words += [defect_sentence(defect, unit) + text("stop") for defect in check.defects]
    if check.corrected is not None:
        words += [sentence + text("stop") for sentence in correction_sentences(check.corrected, unit)]
    return sentences(words)


def _sign(sign: dict) -> dict:
    values = {k: v for k, v in sign.items() if k != "key"}
    if "move" in values and sign["key"] != "participation":
        values["move"] = percent(values["move"])
    if sign["key"] == "participation":
        values.update(value=percent(sign["value"]), value_baseline=percent(sign["value_baseline"]))
    return values


def _move(change: Difference, unit: str) -> str:
    return f"{points(change.value, unit)} {interval(change.lower, change.upper, unit, of='points')}"


def show_cells(trace: Trace) -> View:
    """The located cells with points and intervals, then the remainder and the total."""
    unit, rows = trace.asked.caliber.unit, []
    for r in trace.where.cells.itertuples():
        rows.append((str(r.rank), cell_words(r.where), count(r.n), kpi_value(r.value_baseline, unit), kpi_value(r.value, unit), points(r.points, unit),
                     interval(r.lower, r.upper, unit, of="points"), percent(r.share_gap), p_value(r.p_adjusted), percent(r.stability, 0)))  # fmt: skip
    rows.append(("", text("table.remainder"), "", "", "", points(trace.where.remainder, unit), "", "", "", ""))
    rows.append(("", text("view.total"), "", "", "", points(trace.where.total, unit), "", "", "", ""))
    before = "baseline" if trace.asked.is_change else "elsewhere"
    return _table(("rank", "cell", "n", before, "current", "points", "interval", "share_gap", "p", "stability"), rows,
                  ("n", before, "current", "points", "interval", "share_gap", "p", "stability"))  # fmt: skip


def show_split(ledger: Ledger, most: int = 12) -> View:
    """A ledger of the change by cell: rate and mix; or of the gap: share, value and points. The rest is one row, so that it closes."""
    unit, dim = ledger.unit, ledger.table.columns[0]
    table = ledger.table.reindex(ledger.table["points"].abs().sort_values(ascending=False, kind="stable").index)
    change = "within" in table
    keys = ("cell", "n", "current", "rate", "mix", "points") if change else ("cell", "n", "current", "points")
    rows = [(level_words(r[dim]), count(r["n"]), kpi_value(r["value"], unit), *((points(r["within"], unit), points(r["mix"], unit)) if change else ()),
             points(r["points"], unit)) for _, r in table.head(most).iterrows()]  # fmt: skip
    rest = table.iloc[most:]
    if len(rest):
        rows.append((text("view.others", n=len(rest)), count(rest["n"].sum()), "", *((points(rest["within"].sum(), unit), points(rest["mix"].sum(), unit)) if change else ()),
                     points(rest["points"].sum(), unit)))  # fmt: skip
    rows.append((text("view.total"), count(table["n"].sum()), "", *((points(table["within"].sum(), unit), points(table["mix"].sum(), unit)) if change else ()),
                 points(ledger.total, unit)))  # fmt: skip
    shown = _table(keys, rows, keys[1:])
    return dataclasses.replace(shown, columns=(dim, *shown.columns[1:]))


def show_reasons(ledger: Ledger) -> View:
    """The deduction ledger by reason or owner, closed by its total."""
    unit, named = ledger.unit, "label" if "label" in ledger.table else "owner"
    rows = [(term(str(r[named])), count(r["mentions"]) if "mentions" in r else "", points(r["points"], unit, sign=False),
             f"[{points(r['lower'], unit, sign=False)}, {points(r['upper'], unit, sign=False)}]", percent(r["share"]),
             term(r["owner"]) if "label" in r and r["owner"] else "") for _, r in ledger.table.iterrows()]  # fmt: skip
    rows.append((text("view.total"), "", points(ledger.total, unit, sign=False), "", percent(1.0), ""))
    return _table(("reason" if named == "label" else "owner", "mentions", "points_lost", "interval", "share", "owner_class"), rows,
                  ("mentions", "points_lost", "interval", "share"))  # fmt: skip


def show_fair(ledger: Ledger) -> View:
    """What each owner would have to win for the target, closed by what nobody can be asked for."""
    unit = ledger.unit
    rows = [
        (term(r.owner), points(r.controllable, unit, sign=False), percent(r.controllable_share), points(r.points, unit))
        for r in ledger.table.itertuples()
    ]
    rows.append((text("view.total"), "", "", points(ledger.total, unit)))
    return _table(("owner", "points_lost", "share", "to_win"), rows, ("points_lost", "share", "to_win"))


def show_causes(trace: Trace) -> View:
    """Causes, best supported first: chain, evidence, grade, owner, gap type, points."""
    unit = trace.asked.caliber.unit
    rows = [(str(i), f"{text(f'wording.{c.wording}')} ({c.grade})", " → ".join(link_words(link) for link in c.chain),
             text("joined").join(evidence_words(e, unit) for e in c.evidence), owner_words(c),
             term(c.gap_type), points(c.points, unit) if c.points else "–") for i, c in enumerate(trace.why.causes if trace.why else (), 1)]  # fmt: skip
    return _table(("rank", "grade", "chain", "evidence", "owner", "gap_type", "points"), rows, ("points",))


def evidence_words(evidence: Evidence, unit: str) -> str:
    """One piece of evidence in words."""
    return evidence_sentence(evidence, unit)


def show_ruled_out(trace: Trace) -> View:
    """Changes looked at and left out, with the reason."""
    found = trace.why.ruled_out if trace.why else ()
    titles = {}
    for row in trace.centre.changes.itertuples():
        titles[f"change:{row.change_id}"] = getattr(row, f"title_{language()}") or ""
    unit = trace.asked.caliber.unit
    rows = dict.fromkeys(
        (one["id"].split(":", 1)[1], titles.get(one["id"], ""), ruled_out_sentence(one, unit)) for one in found
    )
    return _table(("cause", "title", "why"), list(rows))


def show_plan(trace: Trace) -> View:
    """The chosen actions with owner, cost, lead time and expected points; then all together, the runner-up and how firm it is."""
    plan = trace.plan
    rows = [
        (action_words(r), term(str(r.owner)), f"{r.cost:g}", text("table.days", n=int(r.lead_days)), *_won(plan, r))
        for r in plan.table.itertuples()
    ]
    spent = f"{plan.table['cost'].sum():g} / {plan.budget:g}"
    rows.append((text("figure.together"), "", spent, "", *_won(plan, plan)))
    if plan.runner_up:
        words = text("view.runner_up", actions=", ".join(plan.runner_up["actions"]))
        rows.append((words, "", "", "", points(plan.sign * plan.runner_up["expected_points"], plan.unit), ""))
    rows.append((text("view.firm", share=percent(plan.stability, 0)), "", "", "", "", ""))
    return _table(("action", "owner", "cost", "lead", "expected", "interval"), rows, ("cost", "expected", "interval"))


def _won(plan: Plan, row: object) -> tuple[str, str]:
    """Expected points with their interval, signed like the KPI's move."""
    low, high = sorted((plan.sign * row.lower, plan.sign * row.upper))
    return points(plan.sign * row.expected_points, plan.unit), interval(low, high, plan.unit, of="points")


def show_trace_table(table: pd.DataFrame, unit: str) -> View:
    """The trace table in the session's language, one column a problem; the fields that hold something."""
    at = {"zh": 0, "en": 1}[language()]
    names = headers()
    kept = [
        c
        for c in table.columns
        if table[c].notna().any() and c not in ("found_on", "as_of", "kpi", "caliber", "period")
    ]
    shows = {
        "points": points,
        "gap": points,
        "expected_points": points,
        "current": kpi_value,
        "baseline": kpi_value,
        "target": kpi_value,
    }

    def words(column: str, value: object) -> str:
        if value is None or pd.isna(value):
            return ""
        if column in shows:
            return shows[column](value, unit)
        if column in ("share_volume", "share_gap"):
            return percent(value)
        return f"{value:.2f}" if column == "lift" else count(value) if column == "n_cell" else str(value)

    problems = [row for _, row in table.iterrows()]
    rows = tuple((names[c][at], *(words(c, row[c]) for row in problems)) for c in kept if c != "no")
    return View((names["no"][at], *(str(row["no"]) for row in problems)), rows)


def show_caveats(trace: Trace) -> View:
    """Every caveat of the trace, once."""
    return sentences([text(key, **_counted(values)) for key, values in trace.caveats])
