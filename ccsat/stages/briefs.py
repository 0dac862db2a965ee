"""One page for each department that can change something: what, where, the evidence, what is asked, by when, and how it is verified."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import pandas as pd

from ccsat.cells import Asked
from ccsat.centre import Centre
from ccsat.deductions import reason_label
from ccsat.results import Ledger
from ccsat.stages.evidence import Cause
from ccsat.stages.explain import Why
from ccsat.stages.ola import Ola, cell_text, fill_ola
from ccsat.stages.solve import Plan
from ccsat.wording import count, has, interval, kpi_value, language, percent, points, term, text

MOST_RULED_OUT = 4  # lines of a page


@dataclass(frozen=True)
class Problem:
    """A cell with its numbers: points with interval, ratings, the value now and before."""

    cell_rank: int
    where: Mapping[str, object]
    n: int
    value: float
    value_baseline: float | None
    points: float
    lower: float
    upper: float
    p_adjusted: float | None
    stability: float | None


@dataclass(frozen=True)
class Ask:
    """An action that is asked of the department: cost, the day by which it works, points with interval, and its verification."""

    action: str
    zh: str
    en: str
    cost: float
    lead_days: float
    due: str | None
    expected_points: float
    lower: float
    upper: float
    relief: bool
    source: str
    causes: tuple[str, ...]
    verification: Mapping[str, object]


@dataclass(frozen=True)
class Brief:
    """What one department is told. Words come from `sentences`; everything else is plain data, points signed like the KPI's change.

    Attributes:
        owner: Owner class. department: Its name where the calendar of changes names one, else None.
        problems: Cells that its causes explain, or that its actions act on. causes: Its own, best supported first.
        asks: What it is asked to do; `by_others`: what others do about its causes, as (action id, owner).
        suggested: Rows of the bundled library (`id, zh, en, cost, lead_days, cause, low, central, high`) where nothing is asked of it.
        target: Its fair part of the reduction: `points, lower, upper, controllable`; None without a target.
        ola: The twelve items and how its tickets kept to them.
        together: Verification of its actions with others of the same cell, where it shows sooner than alone.
        ruled_out: What was looked at in its cells and left out: `{"id", "why", "cell_rank"}`.
    """

    owner: str
    department: str | None
    kpi: str
    caliber: str
    unit: str
    sign: int
    as_of: date | None
    problems: tuple[Problem, ...]
    causes: tuple[Cause, ...]
    asks: tuple[Ask, ...]
    by_others: tuple[tuple[str, str], ...]
    suggested: tuple[Mapping[str, object], ...]
    target: Mapping[str, float] | None
    ola: Ola
    ruled_out: tuple[Mapping[str, object], ...]
    together: tuple[Mapping[str, object], ...]
    caveats: tuple[tuple[str, dict], ...]

    @property
    def title(self) -> str:
        name = term(self.owner) + (text("brief.of_dept", name=self.department) if self.department else "")
        return text("brief.title", owner=name, kpi=term(self.kpi))

    def sentences(self) -> tuple[tuple[str, tuple[str, ...]], ...]:
        """The page in the session's language: headings with their lines. Evidence is under its cause by grade; see `causes` for its numbers."""
        parts = {
            "what": [self._problem(one) for one in self.problems],
            "why": [self._cause(cause) for cause in self.causes] or [text("brief.no_own_cause")],
            "asked": [self._ask(ask) for ask in self.asks]
            + [text("brief.by_others", action=action, owner=term(owner)) for action, owner in self.by_others]
            + [self._suggested(row) for row in self.suggested]
            or [text("brief.nothing_asked")],
            "verified": [
                line
                for plan in (*(ask.verification for ask in self.asks), *self.together)
                for line in verification_words(plan, self.unit)
            ],
            "target": [self._target()] if self.target else [],
            "ola": [item.words() for item in self.ola.items] + [one.words() for one in self.ola.measures],
            "not_it": self._ruled_out(),
            "mind": [text(key, **values) for key, values in self.caveats],
        }
        return tuple((text(f"brief_part.{key}"), tuple(lines)) for key, lines in parts.items() if lines)

    def _ruled_out(self) -> list[str]:
        """The nearest misses first: a change elsewhere says least."""
        nearest = sorted(self.ruled_out, key=lambda one: one["why"] == "scope")
        lines = [
            text("brief.ruled_out", id=one["id"].partition(":")[2] or one["id"], why=text(f"ruled_out.{one['why']}"))
            for one in nearest[:MOST_RULED_OUT]
        ]
        more = len(nearest) - len(lines)
        return lines + ([text("brief.more", n=count(more))] if more else [])

    def _problem(self, one: Problem) -> str:
        before = (
            "" if one.value_baseline is None else text("brief.before", value=kpi_value(one.value_baseline, self.unit))
        )
        return text("brief.problem", cell=cell_text(one.where), n=count(one.n), value=kpi_value(one.value, self.unit), before=before,
                    points=points(one.points, self.unit), interval=interval(one.lower, one.upper, self.unit, of="points"))  # fmt: skip

    def _cause(self, cause: Cause) -> str:
        return text("brief.cause", name=cause_name(cause), wording=text(f"wording.{cause.wording}"), grade=cause.grade,
                    points=points(cause.points, self.unit), n=len(cause.evidence))  # fmt: skip

    def _ask(self, ask: Ask) -> str:
        low, high = sorted((self.sign * ask.lower, self.sign * ask.upper))
        words = text("brief.ask", action=f"{ask.action} {getattr(ask, language())}", due=ask.due or "–", cost=f"{ask.cost:g}",
                     points=points(self.sign * ask.expected_points, self.unit), interval=interval(low, high, self.unit, of="points"))  # fmt: skip
        return (
            words
            + (text("brief.library_value") if ask.source == "default" else "")
            + (text("brief.relief") if ask.relief else "")
        )

    def _suggested(self, row: Mapping) -> str:
        return text("brief.suggested", action=row[language()], days=count(row["lead_days"]), cause=row["cause"])

    def _target(self) -> str:
        return text("brief.target", points=points(self.target["points"], self.unit, sign=False),
                    lower=points(self.target.get("lower"), self.unit, sign=False), upper=points(self.target.get("upper"), self.unit, sign=False),
                    own=points(self.target["controllable"], self.unit, sign=False))  # fmt: skip


def cause_name(cause: Cause) -> str:
    """What a cause is called: its change, rule or campaign, else its reason or metric."""
    kind, _, name = cause.id.partition(":")
    link = next((link for link in reversed(cause.chain) if link.key == kind), None)
    if link is None or not has(f"cause_name.{kind}"):
        return cause.id
    values = {"id": name, "title": "", **link.values}
    values["title"] = values.get(f"title_{language()}") or values["title"]
    return text(f"cause_name.{kind}", **values)


def verification_words(plan: Mapping, unit: str) -> tuple[str, ...]:
    """A verification plan in words: design and start, how long it takes, what to look at instead, and when to stop."""
    head = [" + ".join(plan["actions"]) if "actions" in plan else plan["action"], text(f"verify.{plan['design']}")] + (
        [text("verify.start", start=plan["start"])] if plan["start"] else []
    )
    left = max(int(plan["n_available"] / plan["per_day"]), 0) if plan["per_day"] else 0
    shown = {
        "days": count(plan["days_needed"]),
        "n": count(plan["n_needed"]),
        "arm": count(plan["n_per_arm"]),
        "read_out": plan["read_out"] or "–",
        "left": count(left),
        "power": percent(plan["power"], 0),
    }
    lines = [text("joined").join(head), text("verify.effect", cell=cell_text(plan["cell"]), value=kpi_value(plan["value"], unit),
                                             expected=kpi_value(plan["value_expected"], unit)), text(f"verify.{plan['verdict']}", **shown)]  # fmt: skip
    other = plan["alternative"]
    if other and other["within_horizon"]:
        lines.append(text("verify.alternative", metric=text(f"verify_metric.{other['metric']}"), value=f"{other['value']:.3g}",
                          effect=f"{abs(other['effect']):.2g}", days=count(other["days_needed"])))  # fmt: skip
    stop = plan["stop"]
    if plan["verdict"] == "in_time":
        lines.append(text("verify.stop", n=count(stop["n"]), days=count(stop["days"]), look=count(stop["look_days"])))
    return tuple(lines)


def briefs(
    why: Why, plan: Plan, *, centre: Centre | None = None, targets: Ledger | None = None, as_of: date | None = None
) -> tuple[Brief, ...]:
    """What is each department told, on one page?

    One brief an owner that has a cause or is asked for an action, the one with most points first. Owners "mixed" and "unstated" get one only where they
    are all there is: nobody can be asked.

    Args:
        targets: Fair targets by owner (`fair_targets`, with or without interval).
        as_of: Day of the data; the period's last day by default.
    """
    asked, sign = why.asked, why.asked.sign
    worse = [c for c in why.causes if c.points * sign < 0]
    weight: dict[str, float] = {}
    central = dict(zip(plan.what_if["cause"], plan.what_if["central"], strict=True))
    for cause in worse:
        weight[cause.owner] = weight.get(cause.owner, 0.0) + central.get(cause.id, 0.0)
    for row in plan.table.itertuples():
        if isinstance(row.owner, str) and row.owner:
            weight.setdefault(row.owner, 0.0)
    named = [owner for owner in weight if owner not in ("mixed", "unstated")]
    order = sorted(named or weight, key=lambda owner: (-weight[owner], owner))
    day = as_of or (asked.current.last if asked.current is not None else None)
    return tuple(_brief(owner, worse, why, plan, asked, centre, targets, day) for owner in order)


def _brief(owner: str, worse: Sequence[Cause], why: Why, plan: Plan, asked: Asked, centre, targets, day) -> Brief:
    own = tuple(c for c in worse if c.owner == owner)
    ids = {c.id for c in own}
    department = next((c.owner_dept for c in own if c.owner_dept), None)
    verified = {one["action"]: one for one in plan.verification}
    asks = tuple(Ask(row.id, row.zh, row.en, float(row.cost), float(row.lead_days), row.due, row.expected_points, row.lower, row.upper, bool(row.relief),
                     row.source, tuple(plan.touches[row.id]), verified[row.id]) for row in plan.table.itertuples() if row.owner == owner)  # fmt: skip
    others = tuple(
        (row.id, str(row.owner))
        for row in plan.table.itertuples()
        if row.owner != owner and ids & set(plan.touches[row.id])
    )
    ranks = {c.cell_rank for c in own} | {c.cell_rank for c in worse for ask in asks if c.id in ask.causes}
    cells = why.cells[why.cells["rank"].isin(ranks)]
    problems = tuple(_problem(row) for row in cells.itertuples())
    suggested = tuple(
        row for row in plan.suggested.to_dict("records") if row["cause"] in ids and row["owner"] in (owner, "mixed")
    )
    topics = (
        [reason_label(centre, c.id.split(":", 1)[1]) for c in own if c.kind == "reason"] if centre is not None else []
    )
    return Brief(owner=owner, department=department, kpi=asked.caliber.kpi, caliber=asked.caliber.key, unit=asked.caliber.unit, sign=asked.sign, as_of=day,
                 together=tuple(one for one in plan.verified_together if {ask.action for ask in asks} & set(one["actions"])), problems=problems, causes=own, asks=asks, by_others=others, suggested=() if asks else suggested, target=_target_of(targets, owner),
                 ola=fill_ola(centre, asked, resolving_department(centre, asked, department, problems) or department or owner, cells=[one.where for one in problems], topics=topics),
                 ruled_out=tuple(one for one in why.ruled_out if one["cell_rank"] in ranks), caveats=plan.caveats)  # fmt: skip


def resolving_department(
    centre: Centre | None, asked: Asked, department: str | None, problems: Sequence[Problem]
) -> str | None:
    """Who resolves what the cells' contacts opened: the department itself where the agreements know it, else the one with most of their tickets."""
    if centre is None or "contact_id" not in centre.columns:
        return None
    agreed = centre.beside("ola", {"resolving_dept": "text"})
    if agreed is not None and department is not None and "resolving_dept" in agreed.roles:
        known = centre.engine.query(f"SELECT DISTINCT resolving_dept FROM ({agreed.sql}) t")["resolving_dept"]
        return department if department in set(known) else None
    tickets = centre.beside("tickets", {"contact_id": "id", "owner_dept": "text"})
    if tickets is None or not {"contact_id", "owner_dept"} <= set(tickets.roles) or not problems:
        return None
    source = f"SELECT f.*, t.owner_dept AS resolving_dept FROM ({centre.facts}) f JOIN ({tickets.sql}) t ON f.contact_id = t.contact_id"
    windows = [asked.current] if asked.current is not None else []
    found = centre.engine.marginals(
        source, [("resolving_dept",)], outcome=None, windows=windows, where=dict(problems[0].where)
    )[("resolving_dept",)]
    found = found[found["resolving_dept"].notna()]
    return None if found.empty else str(found.groupby("resolving_dept")["n"].sum().idxmax())


def _problem(row) -> Problem:
    def known(value) -> float | None:
        return None if pd.isna(value) else float(value)

    return Problem(int(row.rank), dict(row.where), int(row.n), float(row.value), known(row.value_baseline), float(row.points), float(row.lower),
                   float(row.upper), known(row.p_adjusted), known(row.stability))  # fmt: skip


def _target_of(targets: Ledger | None, owner: str) -> Mapping[str, float] | None:
    rows = targets.table[targets.table["owner"] == owner] if targets is not None else ()
    if not len(rows):
        return None
    row = rows.iloc[0]
    return {
        key: float(row[key])
        for key in ("points", "lower", "upper", "controllable")
        if key in row and pd.notna(row[key])
    }
