"""Roles: what each column is to a question, declared once, and the drivers that a role refuses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pandas as pd

from ccsat.errors import ColumnError, listing
from ccsat.scales import Column, read_column

LATE = 0.05  # share of rows in which a driver may come after the outcome (clocks that differ)


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
        times: Column -> column of the table with the time it happened; a driver that mostly comes after the outcome is refused.
        subject: Who answers, e.g. "customer_id": one in several groups makes them paired.
    """

    confounders: tuple[str, ...] = ()
    mediators: tuple[str, ...] = ()
    outcome_side: tuple[str, ...] = ()
    cluster: str | None | bool = None
    weights: str | None = None
    weight_kind: str = "sampling"
    time_rank: Mapping[str, float] = field(default_factory=dict)
    times: Mapping[str, str] = field(default_factory=dict)
    subject: str | None = None

    def __post_init__(self):
        for name in ("confounders", "mediators", "outcome_side"):
            given = getattr(self, name)
            object.__setattr__(self, name, (given,) if isinstance(given, str) else tuple(given))

    def check_drivers(self, drivers: Sequence[Column], outcome: Column, table: pd.DataFrame | None = None) -> None:
        """Refuse drivers that the outcome brings about.

        Args:
            table: Where `times` are looked up.

        Raises:
            ColumnError: Names them, and why.
        """
        names = [str(driver) for driver in drivers]
        if after := [name for name in names if name in self.outcome_side]:
            raise ColumnError(
                "role_outcome_side",
                columns=listing(after),
                outcome=str(outcome),
                left=listing(set(names) - set(after)) or "–",
            )
        at = self.time_rank.get(str(outcome))
        if at is not None and (late := [name for name in names if self.time_rank.get(name, at) > at]):
            raise ColumnError(
                "role_late", columns=listing(late), outcome=str(outcome), left=listing(set(names) - set(late)) or "–"
            )
        if table is not None and str(outcome) in self.times:
            self._check_times(names, str(outcome), table)
        if both := sorted({*self.confounders, *self.mediators} & {*self.outcome_side}):
            raise ColumnError("role_twice", columns=listing(both))

    @property
    def says_order(self) -> bool:
        """Whether anything was said about what comes before the outcome."""
        return bool(self.outcome_side or self.time_rank or self.times)

    def _check_times(self, names: Sequence[str], outcome: str, table: pd.DataFrame) -> None:
        for name in names:
            if name in self.times:
                driver, answer = (pd.to_datetime(read_column(table, self.times[one])) for one in (name, outcome))
                both = driver.notna() & answer.notna()
                if both.any() and (share := float((driver > answer)[both].mean())) > LATE:
                    raise ColumnError("role_after", column=name, outcome=outcome, share=share, time=self.times[name])
