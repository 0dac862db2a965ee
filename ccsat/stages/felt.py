"""What customers name, as the step from a symptom to its cause: who owns it, and whom it clears."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import pandas as pd

from ccsat.centre import Centre
from ccsat.deductions import owners_of, reason_label
from ccsat.ledgers import UNSTATED
from ccsat.stages.evidence import SIGNIFICANT, Cause, Link

AGENT = "agent"
NAMED = 0.05  # of the loss, from which a reason of the agents is worth a line


def first_named(centre: Centre, symptom: tuple[Link, ...], named: Sequence[Cause]) -> tuple[tuple[Link, ...], str]:
    """The chain from the symptom through the reason that costs most, and who owns that ("mixed" where nobody alone does).

    Args:
        named: Of `voices.reason_causes`, most points first.
    """
    top = next(iter(named), None)
    if top is None:
        return symptom, "mixed"
    code = top.id.split(":", 1)[1]
    owner = top.owner if top.owner not in ("mixed", UNSTATED) else "mixed"
    return (*symptom, Link("reason", {"label": reason_label(centre, code), "code": code})), owner


def agents_cleared(centre: Centre, moves: pd.DataFrame, roots: Sequence[Cause], kept: Collection[str]) -> list[dict]:
    """Reasons that blame agents, where something else is probable and their part of the loss is no larger than before (or than elsewhere).

    Args:
        moves: Of `voices.reason_moves`. roots: Changes, rules and campaigns at grade C or better.
        kept: Reasons that stand as causes of grade C or better themselves.

    Returns:
        `{"id", "why": "agents_along", "share", "share_before", "p", "n", "root"}`.
    """
    roots = [root for root in roots if root.owner != AGENT]
    if not roots or moves.empty:
        return []
    owners, found = owners_of(centre), []
    for row in moves.itertuples():
        grew = row.share_p_adjusted < SIGNIFICANT and row.share > row.share_reference
        if owners.get(row.reason) == AGENT and row.share >= NAMED and not grew and f"reason:{row.reason}" not in kept:
            found.append({"id": f"reason:{row.reason}", "why": "agents_along", "share": row.share, "share_before": row.share_reference,
                          "p": row.share_p_adjusted, "n": int(row.n), "root": roots[0].id})  # fmt: skip
    return found
