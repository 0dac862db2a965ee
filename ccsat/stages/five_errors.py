"""From a centre's data to the signs of the five errors, survey by survey."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta

import pandas as pd
from scipy.special import ndtr

from ccsat import registers
from ccsat.cells import Asked, ask
from ccsat.centre import Centre
from ccsat.deductions import deduction_rows
from ccsat.engine import Window
from ccsat.errors import StudyError, listing
from ccsat.estimates import adjust
from ccsat.ledgers.five_errors import ERRORS, FiveErrors, five_error_ledger
from ccsat.question import Question
from ccsat.stages.evidence import GAP_OF_KIND, GAP_OF_OWNER, SIGNIFICANT
from ccsat.stages.records import broken_promises, critical_reviews, late_tickets

TOP = 3  # reasons that count as what matters most to customers
OPEN_OWNERS = ("mixed", "unstated")


def five_errors(
    centre: Centre, question: Question | Asked, order: Sequence[str] | None = None, *, where: Mapping | None = None, changes: Sequence[str] | None = None
) -> FiveErrors:  # fmt: skip
    """Do customers lose points to a promise, to execution, to the design, to wrong priorities, or to perception?

    Every survey of the current period that lost points goes to the first error of which it shows a sign:

    - promotion: names a reason that marketing owns; or belongs to a campaign that delivers less than it promised, and names no other owner's reason.
    - execution: the process was not followed, wording was not the agreed one, a quality review found a critical error, or a ticket of the contact
      broke what the operational level agreement or a call-back promised.
    - design: the process was not known to be broken, and either the customer names a reason whose owner is rule, process or intelligent service; or
      the contact falls under a business rule, or in the scope of a change of such a kind since a date from which this scope lost more than the rest,
      and the customer names no other owner's reason.
    - cognition: names one of customers' three dearest reasons, to which the centre's own weights (`[weights]`) give nothing.
    - perception: every standard that the data hold was met: solved, process followed, no critical error, tickets in time, metrics within
      `[standards]`, and no promise broken.

    Args:
        order: In which order errors are looked for; see `ledgers.five_errors`.
        where: A cell, e.g. `{"channel": "phone"}`.
        changes: Ids of the changes that count, e.g. those a trace supports; by default every change of such a kind whose scope fell against
            the rest at its date (one-sided, Holm over them, 5 %), so that a harmless change with a wide scope takes nothing.

    Returns:
        `FiveErrors`, closing on the mean deduction. `inputs` says which signs the data had; a sign that they lack leaves its points to later errors.

    Raises:
        LedgerError: `order` is no order of the five. StudyError: `[standards]` names something that is no metric.

    Source:
        DOMAIN 2.13; Parasuraman, Zeithaml and Berry (1985), Journal of Marketing 49, 41-50.
    """
    asked = question if isinstance(question, Asked) else ask(centre, question)
    rows, inputs = error_signs(centre, asked, where=where, changes=changes)
    present = inputs[inputs["present"]]
    known = [error for error in ERRORS if (present["error"] == error).any()]
    rows = rows.drop(columns=[error for error in ERRORS if error not in known])
    found = five_error_ledger(rows, order=order, unit=asked.caliber.unit, inputs=inputs, rng=asked.question.seed)
    bare = "perception" in known and not (present["input"] == "standards").any()
    return found.with_caveats(("caveat.errors_standards", {})) if bare else found


def error_signs(
    centre: Centre, asked: Asked, *, where: Mapping | None = None, changes: Sequence[str] | None = None
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The current period's surveys, `row_key, deduction[, customer_id], promotion, ..., perception`, and the inputs: `input, error, present, n`."""
    study, there = centre.study, set(centre.columns)
    standards = list(study.standards)
    if unknown := [metric for metric in standards if metric not in centre.metrics]:
        raise StudyError("standards_metric", names=listing(unknown), known=listing(centre.metrics) or "–")
    flags = [
        name
        for name in ("process_followed", "wording_consistent", "rule_code", "contact_id", "ticket_id", "resolved")
        if name in there
    ]
    campaign = next(
        (
            name
            for name in ("campaign_id", *(d for d in centre.dims if study.dimension(d).column == "campaign_id"))
            if name in there
        ),
        None,
    )
    changes = _design_changes(centre, asked, changes)
    more = dict.fromkeys(
        [*flags, *standards, *([campaign] if campaign else []), *(d for _, scope in changes for d in scope), "at"]
    )
    rows = deduction_rows(
        centre, asked, window=asked.current, where=where, more=[name for name in more if name in there]
    )
    lost, no = rows["deduction"] > 0, pd.Series(False, index=rows.index)
    named = _owners_named(centre, rows)
    inputs: list[tuple] = []

    def sign(name: str, error: str, found: pd.Series | None) -> pd.Series:
        inputs.append((name, error, found is not None, 0 if found is None else int((found & lost).sum())))
        return no if found is None else found

    def only(owners: Sequence[str]) -> pd.Series:
        """Surveys that name reasons of these owners, or none that says whose."""
        return (
            no
            if named is None
            else named["others"].map(lambda who: who <= {*owners, *OPEN_OWNERS})
            if len(rows)
            else no
        )

    own = {error: [o for o, gap in GAP_OF_OWNER.items() if gap == error] for error in ERRORS}
    said = {
        error: None
        if named is None
        else named["others"].map(lambda who, o=frozenset(own[error]): bool(who & o)).astype(bool)
        for error in ERRORS
    }
    broken = broken_promises(centre)
    promised = None if broken is None or campaign is None else rows[campaign].isin(broken)
    if promised is not None and named is not None:
        promised = promised & only((*own["promotion"], "billing_product"))
    promotion = sign("reason_promise", "promotion", said["promotion"]) | sign("campaign_value", "promotion", promised)
    kept = [
        sign(name, "execution", rows[name].eq(0).fillna(False).astype(bool) if name in there else None)
        for name in ("process_followed", "wording_consistent")
    ]
    critical, late = critical_reviews(centre), late_tickets(centre)
    review = sign(
        "qa_critical",
        "execution",
        None if critical is None or "contact_id" not in there else rows["contact_id"].isin(critical),
    )
    ola = None if late is None else _tickets_late(rows, late)
    overdue = sign("ola_breach", "execution", ola)
    execution = kept[0] | kept[1] | review | overdue
    followed = ~(kept[0] | kept[1])
    ruled = rows["rule_code"].notna() & (rows["rule_code"] != "∅") if "rule_code" in there else None
    scoped = _in_scope(rows, changes) if changes else None
    if named is not None:
        ruled, scoped = (
            one if one is None else one & only((*own["design"], "billing_product")) for one in (ruled, scoped)
        )
    design = (
        sign("reason_design", "design", said["design"])
        | sign("rule_code", "design", ruled)
        | sign("change_scope", "design", scoped)
    )
    dear = _dear_unweighted(centre, rows) if study.weights and centre.reasons is not None else None
    cognition = sign("weights", "cognition", dear)
    solved = rows["resolved"].eq(1).fillna(False).astype(bool) if "resolved" in there else None
    within = None
    for metric in standards:
        met = (rows[metric] <= study.standards[metric]).fillna(False).astype(bool)
        within = met if within is None else within & met
    met = (
        sign("resolved", "perception", solved)
        if solved is not None or within is not None
        else sign("resolved", "perception", None)
    )
    inside = sign("standards", "perception", within)
    standard = (met if solved is not None else ~no) & (inside if within is not None else ~no)
    perception = (
        (standard & followed & ~review & ~overdue & ~promotion) if solved is not None or within is not None else no
    )
    rows = rows.assign(
        promotion=promotion, execution=execution, design=design & followed, cognition=cognition, perception=perception
    )
    keep = ["row_key", "deduction", *(c for c in ("customer_id",) if c in rows), *ERRORS]
    return rows[keep], pd.DataFrame(inputs, columns=["input", "error", "present", "n"])


def _owners_named(centre: Centre, rows: pd.DataFrame) -> pd.DataFrame | None:
    """Owner classes of the reasons each survey names, as sets; None where the study names no reasons or no owners."""
    if centre.reasons is None or not centre.study.owners:
        return None
    mine = centre.reasons[centre.reasons["row_key"].isin(rows["row_key"])]
    who = mine["reason"].map(centre.study.owners).fillna("mixed").groupby(mine["row_key"]).agg(frozenset)
    found = rows["row_key"].map(who)
    return pd.DataFrame(
        {"others": [one if isinstance(one, frozenset) else frozenset() for one in found]}, index=rows.index
    )


def _design_changes(centre: Centre, asked: Asked, ids: Sequence[str] | None) -> list[tuple[pd.Timestamp, dict]]:
    """Date and scope of the changes that make rules and processes and count: those named, else those after which their scope lost more."""
    found, p = [], []
    for change in centre.changes.itertuples() if len(centre.changes) else ():
        scope = registers.scope(change.scope)
        early = asked.current is None or change.at < pd.Timestamp(asked.current.last) + pd.Timedelta(days=1)
        design = GAP_OF_KIND.get(change.kind) == "design" if ids is None else change.change_id in ids
        if design and scope and early and set(scope) <= set(centre.dims):
            found.append((change.at, scope))
            p.append(_fell_p(centre, asked, change.at.date(), scope) if ids is None else 0.0)
    return [one for one, p_adjusted in zip(found, adjust(p, "holm"), strict=True) if p_adjusted < SIGNIFICANT]


def _fell_p(centre: Centre, asked: Asked, day: date, scope: Mapping) -> float:
    """One-sided p of "from this day on the scope lost no more than the rest", over all days up to the current period's end; 1 where it cannot be told."""
    if centre.days is None:
        return 1.0
    last = asked.current.last if asked.current else centre.days[1]
    windows = [Window("before", centre.days[0], day - timedelta(days=1)), Window("after", day, last)]
    if windows[0].first > windows[0].last or windows[1].first > windows[1].last:
        return 1.0
    move, error = 0.0, 0.0
    counts = [centre.engine.marginals(centre.facts, [()], outcome=asked.caliber.outcome, windows=windows, where={**(asked.where or {}), **cell})[()]
              for cell in (scope, {})]  # fmt: skip
    for name, sign in (("after", 1), ("before", -1)):
        held, whole = (part[part["period"] == name].set_index("level")["n"] for part in counts)
        for n, side in ((held, 1), (whole.sub(held, fill_value=0), -1)):
            lost = abs(asked.full - n.index.map(asked.values).to_numpy(float))
            if n.sum() < 2:
                return 1.0
            mean = float(n @ lost) / n.sum()
            move += sign * side * mean
            error += (float(n @ lost**2) / n.sum() - mean**2) / n.sum()
    return float(ndtr(-move / error**0.5)) if error > 0 else 1.0


def _in_scope(rows: pd.DataFrame, changes: list[tuple[pd.Timestamp, dict]]) -> pd.Series:
    found = pd.Series(False, index=rows.index)
    for at, scope in changes:
        here = rows["at"] >= at if "at" in rows else ~found
        for dim, levels in scope.items():
            here = here & rows[dim].isin(levels if isinstance(levels, (list, tuple)) else [levels])
        found |= here
    return found


def _tickets_late(rows: pd.DataFrame, late: Mapping[str, frozenset]) -> pd.Series | None:
    keys = [key for key in late if key in rows]
    return pd.concat([rows[key].isin(late[key]) for key in keys], axis=1).any(axis=1) if keys else None


def _dear_unweighted(centre: Centre, rows: pd.DataFrame) -> pd.Series:
    """Surveys that name one of the three reasons that cost most, where the centre's weights give it nothing."""
    from ccsat.ledgers import UNSTATED, reason_ledger

    ledger = reason_ledger(rows[["row_key", "deduction"]], centre.reasons, draws=1).table
    dear = ledger.loc[(ledger["reason"] != UNSTATED) & (ledger["points"] > 0), "reason"].head(TOP)
    unweighted = {reason for reason in dear if not centre.study.weights.get(reason)}
    naming = centre.reasons.loc[centre.reasons["reason"].isin(unweighted), "row_key"]
    return rows["row_key"].isin(naming)
