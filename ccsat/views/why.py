"""Stage 3 in tables and sentences: causes, their evidence, what was ruled out, and how ratings answer to doses."""

from __future__ import annotations

from collections.abc import Mapping

from ccsat.deductions import reason_label
from ccsat.stages.briefs import cause_name
from ccsat.stages.dose_words import dose_words
from ccsat.stages.evidence import Cause, Evidence
from ccsat.stages.said import evidence_sentence, ruled_out_sentence
from ccsat.trace import Trace
from ccsat.tracetable import cell_words, link_words, owner_words
from ccsat.views.view import Fold, View, fold, full_stop, sentences, stack, table
from ccsat.wording import language, points, term, text

MOST_CAUSES = 6
MOST_DOSES = 4
SHORT = {"change", "rule", "campaign"}  # ids that people know by their number


def show_causes(trace: Trace) -> View:
    """Causes, best supported first: standing, cell, what it is, who owns it, points it can account for at most."""
    if trace.why is None:
        return sentences([text("view.not_reached", verdict=text(f"verdict_short.{trace.check.verdict}"))])
    if not trace.why.causes:
        return sentences([trace.why.sentence() + text("stop")])
    unit, shown = trace.asked.caliber.unit, trace.why.causes[:MOST_CAUSES]
    where = cells_of(trace)
    rows = [(str(i), standing_words(c), cause_title(c), where.get(c.cell_rank, "–") + (text("view.and_others") if spans_cells(trace, c) else ""), owner_words(c), text("yes" if c.controllable else "no"),
             term(gap_key(c.gap_type)), points(c.points, unit) if c.points else "–") for i, c in enumerate(shown, 1)]  # fmt: skip
    return table(
        ("rank", "grade", "cause_named", "cell", "owner", "own_hands", "gap_type", "at_most"), rows, ("at_most",)
    )


def spans_cells(trace: Trace, cause: Cause) -> bool:
    """Whether a cause stands once for several cells, with the points of all of them."""
    own = next((row.points for row in trace.why.cells.itertuples() if row.rank == cause.cell_rank), cause.points)
    return abs(cause.points) > abs(own) * (1 + 1e-6)


def standing_words(cause: Cause) -> str:
    """How sure a cause is: "confirmed (B)"."""
    return text("view.standing", wording=text(f"wording.{cause.wording}"), grade=cause.grade)


def cause_title(cause: Cause) -> str:
    """What a cause is called."""
    return cause_name(cause) if cause.id.partition(":")[0] in SHORT else link_words(cause.root) if cause.root else cause.id  # fmt: skip


def gap_key(gap: str) -> str:
    """The glossary's key of a gap type."""
    return gap if gap in ("unexplained", "") else f"{gap}_gap"


def cells_of(trace: Trace) -> dict[int, str]:
    """Rank of what was explained to its words."""
    return {row.rank: cell_words(row.where) for row in trace.why.cells.itertuples()}


def show_first_cause(trace: Trace) -> Fold | None:
    """The best supported cause link by link, and the evidence for it."""
    if trace.why is None or not trace.why.causes:
        return None
    return cause_page(trace.why.causes[0], trace.asked.caliber.unit)


def cause_page(cause: Cause, unit: str) -> Fold:
    """A cause's chain, from the symptom to the last link that somebody can change, and its evidence by grade."""
    chain = sentences([link_words(link) for link in cause.chain], title=text("view.chain"), ordered=True)
    pieces = sorted(cause.evidence, key=lambda piece: piece.grade)
    said = sentences([text("view.graded", said=full_stop(evidence_words(one, unit)), grade=one.grade) for one in pieces], title=text("view.evidence"))  # fmt: skip
    return stack(chain, said)


def show_evidence(trace: Trace) -> Fold | None:
    """The other causes, each with its chain and evidence, folded."""
    if trace.why is None:
        return None
    unit, where = trace.asked.caliber.unit, cells_of(trace)
    pages = [fold("cause", cause_page(c, unit), i=i, name=cause_title(c), standing=standing_words(c), cell=where.get(c.cell_rank, "–"))
             for i, c in enumerate(trace.why.causes, 1) if i > 1]  # fmt: skip
    return fold("other_causes", *pages, n=len(pages)) if pages else None


def evidence_words(evidence: Evidence, unit: str) -> str:
    """One piece of evidence in words."""
    return evidence_sentence(evidence, unit)


def show_ruled_out(trace: Trace) -> Fold | View | None:
    """What was looked at and left out, with the reason; what does not even meet the cells is one line."""
    found = trace.why.ruled_out if trace.why else ()
    titles = titles_of(trace)
    unit = trace.asked.caliber.unit
    near = [one for one in found if one["why"] != "scope"]
    named = {one["id"] for one in near}
    far = dict.fromkeys(one["id"] for one in found if one["why"] == "scope" and one["id"] not in named)
    rows = dict.fromkeys((plain_id(one), titles.get(one["id"], ""), ruled_out_sentence(one, unit)) for one in near)
    shown = table(("cause", "title", "why"), list(rows)) if rows else None
    line = sentences([text("view.ruled_out_scope", n=len(far), ids=text("words.between").join(one.split(":", 1)[-1] for one in far))]) if far else None  # fmt: skip
    return stack(shown, line)


def plain_id(one: Mapping) -> str:
    """A hypothesis by its own name."""
    return str(one["id"]).split(":", 1)[-1]


def titles_of(trace: Trace) -> dict[str, str]:
    """What changes and reasons are called, by cause id."""
    found = {
        f"change:{row.change_id}": getattr(row, f"title_{language()}") or ""
        for row in trace.centre.changes.itertuples()
    }
    for one in trace.why.ruled_out if trace.why else ():
        kind, _, name = str(one["id"]).partition(":")
        if kind == "reason":
            found[one["id"]] = reason_label(trace.centre, name)
    return found


def show_doses(trace: Trace) -> View | None:
    """How ratings answer to process metrics, beyond chance: associations."""
    doses = trace.why.doses if trace.why else None
    if doses is None or doses.found.empty:
        return None
    where = {0: text("table.everything"), **cells_of(trace)}
    unit = trace.asked.caliber.unit
    return sentences([text("view.dose_in", cell=where.get(row.cell_rank, "–"), said=dose_words(row, unit)) for row in doses.found.sort_values("p_adjusted", kind="stable").head(MOST_DOSES).itertuples()])  # fmt: skip
