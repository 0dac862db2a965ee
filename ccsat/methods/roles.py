"""Roles: what each column is to a question, declared once, and the drivers that a role refuses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from ccsat.errors import ColumnError, listing
from ccsat.scales import Column


@dataclass(frozen=True, kw_only=True)
class Roles:
    """What columns are to an outcome.

    Attributes:
        confounders: Move both the driver and the outcome: always held fixed, crude and adjusted side by side.
        mediators: Lie between a driver and the outcome: total and direct effect side by side.
        outcome_side: Happen because of the outcome, or after it (a complaint, a repeat call): never drivers.
        cluster: What holds rows together, e.g. "agent_id"; False: nothing does.
        weights, weight_kind: Column of weights, and its kind.
        time_rank: Column -> when it is known, lowest first; a driver known after the outcome is refused.
    """

    confounders: tuple[str, ...] = ()
    mediators: tuple[str, ...] = ()
    outcome_side: tuple[str, ...] = ()
    cluster: str | None | bool = None
    weights: str | None = None
    weight_kind: str = "sampling"
    time_rank: Mapping[str, float] = field(default_factory=dict)

    def check_drivers(self, drivers: Sequence[Column], outcome: Column) -> None:
        """Refuse drivers that the outcome brings about.

        Raises:
            ColumnError: Names them, and why.
        """
        names = [str(driver) for driver in drivers]
        if after := [name for name in names if name in self.outcome_side]:
            raise ColumnError("role_outcome_side", columns=listing(after), outcome=str(outcome), left=listing(set(names) - set(after)) or "–")
        at = self.time_rank.get(str(outcome))
        if at is not None and (late := [name for name in names if self.time_rank.get(name, at) > at]):
            raise ColumnError("role_late", columns=listing(late), outcome=str(outcome), left=listing(set(names) - set(late)) or "–")
        if both := sorted({*self.confounders, *self.mediators} & {*self.outcome_side}):
            raise ColumnError("role_twice", columns=listing(both))
