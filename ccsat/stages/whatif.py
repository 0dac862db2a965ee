"""What comes back if one reason, or one cause, is mended alone: three numbers, not one (DOMAIN 2.7.9)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from ccsat.cells import Asked, ask
from ccsat.centre import Centre
from ccsat.deductions import deduction_rows, owners_of, reason_label
from ccsat.errors import DataError
from ccsat.ledgers.reasons import what_if
from ccsat.question import Question
from ccsat.results import Result, result_class
from ccsat.stages.evidence import Cause
from ccsat.wording import points, text

TRUST = {"A": 1.0, "B": 1.0, "C": 0.7, "D": 0.25}  # how much a reading of a cell counts beside another one of it
SOFTER = ("reason", "driver")  # what is felt or measured of a change: nearer the symptom


@result_class
class WhatIf(Result):
    """What mending one thing alone brings: `low` (only what nothing else is named for), `central`, `high` (all that it is named for).

    In the KPI's unit, positive for an improvement. By reason: `reason, label, owner, low, central, high, n`; by cause: `cause, class,
    owner, grade, cell_rank, low, central, high`.
    """

    unit: str
    sign: int

    def sentence(self) -> str:
        if self.table.empty:
            return text("whatif.none")
        first = self.table.iloc[0]
        name = first["label"] if "label" in first else first["cause"]
        low, central, high = (points(self.sign * first[key], self.unit) for key in ("low", "central", "high"))
        return text("whatif.sentence", name=name, low=low, central=central, high=high)


def what_if_reasons(
    centre: Centre, question: Question | Asked, *, where: Mapping | None = None, fraction: float = 1.0
) -> WhatIf:
    """What comes back of the current period's deduction if one reason is mended?

    Args:
        where: A cell. fraction: Part of the reason that is mended, 0 to 1.

    Returns:
        `WhatIf` by reason: low, only surveys that name nothing else; central, the equal split; high, every survey that names it.

    Raises:
        DataError: The study names no reasons.

    Source:
        DOMAIN 2.7.9.
    """
    asked = question if isinstance(question, Asked) else ask(centre, question)
    if centre.reasons is None:
        raise DataError("no_reasons", study=centre.study.name)
    rows = deduction_rows(centre, asked, window=asked.current, where=where)
    found = what_if(rows, centre.reasons, fraction=fraction).table
    owners = owners_of(centre)
    table = found.assign(label=[reason_label(centre, code) for code in found["reason"]], owner=[owners.get(code, "mixed") for code in found["reason"]],
                         n=len(rows))  # fmt: skip
    return WhatIf(table=table, unit=asked.caliber.unit, sign=asked.sign)


def what_if_causes(causes: Sequence[Cause], *, unit: str, sign: int) -> WhatIf:
    """What comes back if one cause is mended?

    Causes of one cell are readings of the same points. Low: what no other cause of the cell can account for. Central: the share that the portfolio
    counts (each point once). High: all that the cause can account for.
    """
    worse = [cause for cause in causes if cause.points * sign < 0]
    central = share_points(worse)
    rows = []
    for cause in worse:
        whole = abs(cause.points)
        others = [abs(c.points) for c in worse if c.cell_rank == cause.cell_rank and c.id != cause.id]
        alone = max(whole - max(others, default=0.0), 0.0)
        rows.append(
            (
                cause.id,
                cause.kind,
                cause.owner,
                cause.grade,
                cause.cell_rank,
                min(alone, central[cause.id]),
                central[cause.id],
                whole,
            )
        )
    table = pd.DataFrame(rows, columns=["cause", "class", "owner", "grade", "cell_rank", "low", "central", "high"])
    table = table.sort_values(["central", "cause"], ascending=[False, True], ignore_index=True)
    return WhatIf(table=table, unit=unit, sign=sign)


def share_points(causes: Sequence[Cause], losses: Mapping[str, float] | None = None) -> dict[str, float]:
    """Each cell's points once: changes share what the best supported of them account for, by how well each is supported, and what a change accounts
    for is not counted again for the reasons and drivers that it is felt by."""
    left = {c.id: abs(c.points) for c in causes} if losses is None else dict(losses)
    for rank in {c.cell_rank for c in causes}:
        of_cell = [c for c in causes if c.cell_rank == rank and c.id in left]
        softer = [c for c in of_cell if c.kind in SOFTER]
        changes = [c for c in of_cell if c.kind not in SOFTER]
        explained = max((left[c.id] for c in changes), default=0.0)
        whole = max((left[c.id] for c in of_cell), default=0.0)
        for group, points_left in ((changes, explained), (softer, whole - explained)):
            weight = {c.id: left[c.id] * TRUST[c.grade] for c in group}
            total = sum(weight.values())
            for id in weight:
                left[id] = weight[id] * points_left / total if total else 0.0
    return left


def draw_points(
    sizes: Mapping[str, float], causes: Sequence[Cause], cells: pd.DataFrame, *, draws: int, rng: int
) -> pd.DataFrame:
    """Points of the causes as the data leave them open, one row a draw.

    The cell's own interval, the same for all its causes; and how much of the cell is the cause's: a normal spread of a quarter of itself, of half at
    grade D.
    """
    generator = np.random.default_rng(rng)
    rows = cells.set_index("rank")
    error = ((rows["upper"] - rows["lower"]) / (2 * 1.959963984540054) / rows["points"].abs()).fillna(0.0)
    of_cell = {rank: generator.normal(1.0, error[rank], draws) for rank in sorted({c.cell_rank for c in causes})}
    found = {c.id: c for c in causes}
    return pd.DataFrame({id: np.maximum(
        size * of_cell[found[id].cell_rank] * generator.normal(1.0, 0.5 if found[id].grade == "D" else 0.25, draws), 0
    ) for id, size in sizes.items()})  # fmt: skip
