"""The five gaps in movement: which of them took the points that were lost since the baseline, in one cell or in all."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from ccsat.cells import Asked, ask
from ccsat.centre import Centre
from ccsat.errors import StudyError
from ccsat.ledgers.five_errors import UNEXPLAINED, FiveErrors
from ccsat.question import Question
from ccsat.results import Ledger, result_class
from ccsat.stages.five_errors import five_errors
from ccsat.wording import interval, points, term, text

Z95 = 1.959963984540054
ORDERS = {
    "delivery_first": ("promotion", "execution", "design", "cognition", "perception"),
    "design_first": ("promotion", "design", "execution", "cognition", "perception"),
}  # the second where the standard itself was changed: a promise broken inside its scope is the design's doing


@result_class
class GapMovement(Ledger):
    """Points lost more than in the baseline, by gap; they add up to the whole's.

    The table in the order of looking, "unexplained" last: `gap, n, n_baseline` (surveys)`, points_now, points_before, points` (now less before; above 0: more is lost)`,
    lower, upper` (95 %)`, share` (of the total).

    Attributes:
        leading: The named gap that grew most. clear: Whether its interval leaves out every other named gap's growth. order: Of looking.
    """

    leading: str
    clear: bool
    order: tuple[str, ...]
    now: FiveErrors
    before: FiveErrors

    def sentence(self) -> str:
        row = self.table.set_index("gap").loc[self.leading]
        return text("service.gaps", total=points(self.total, self.unit), gap=term(f"{self.leading}_gap"), points=points(row["points"], self.unit),
                    interval=interval(row["lower"], row["upper"], self.unit, of="points"), n=int(row["n"])) + text("service.gaps_clear" if self.clear else "service.gaps_close")  # fmt: skip


def gap_movement(
    centre: Centre, question: Question | Asked, *, where: Mapping | None = None, order: Sequence[str] = ORDERS["design_first"], changes: Sequence[str] | None = None
) -> GapMovement:  # fmt: skip
    """Which of the five gaps grew since the baseline?

    The level of a gap is full of what was always so; what has changed is in its movement, and inside the cell where the loss is.

    Args:
        question: Needs a baseline.
        where: A cell, e.g. the first one that a trace located.
        order: In which order errors are looked for. By default design before execution: a deadline broken because the process itself was lengthened is design.
        changes: As `stages.five_errors.five_errors`.

    Returns:
        `GapMovement`; each survey counts once, so points add up to the change of the mean deduction.

    Raises:
        StudyError: No baseline.

    Assumes:
        Signs were recorded alike in both periods. Intervals take the periods as independent.

    Source:
        DOMAIN 2.13; Parasuraman, Zeithaml and Berry (1985), Journal of Marketing 49, 41-50.
    """
    asked = question if isinstance(question, Asked) else ask(centre, question)
    if asked.baseline is None:
        raise StudyError("gaps_baseline", kpi=asked.caliber.kpi)
    now = five_errors(centre, asked, order, where=where, changes=changes)
    before_asked = dataclasses.replace(
        asked, current=dataclasses.replace(asked.baseline, label="current"), baseline=None
    )
    before = five_errors(centre, before_asked, order, where=where, changes=changes)
    a, b = (one.table.set_index("error") for one in (now, before))
    move = a["points"] - b["points"]
    error = np.sqrt((a["upper"] - a["lower"]) ** 2 + (b["upper"] - b["lower"]) ** 2) / (2 * Z95)
    total = now.total - before.total
    table = pd.DataFrame({"gap": a.index, "n": a["n"].to_numpy(), "n_baseline": b["n"].to_numpy(), "points_now": a["points"].to_numpy(), "points_before": b["points"].to_numpy(),
                          "points": move.to_numpy(), "lower": (move - Z95 * error).to_numpy(), "upper": (move + Z95 * error).to_numpy(), "share": (move / total).to_numpy() if total else np.nan})  # fmt: skip
    named = table[table["gap"] != UNEXPLAINED].set_index("gap")
    leading = str(named["points"].idxmax())
    rest = named.drop(index=leading)["points"].max()
    return GapMovement(table=table, key="gap_movement", total=float(table["points"].sum()), unit=now.unit, leading=leading, clear=bool(named.loc[leading, "lower"] > max(rest, 0.0)),
                       order=tuple(order), now=now, before=before, caveats=now.caveats)  # fmt: skip
