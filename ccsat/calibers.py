"""CALIBERS: every indicator under every way of counting it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date

from ccsat.errors import CaliberError, listing

Values = Mapping[int, float]

# The rating scales, worst level first. A level's number is what the data hold.
SCALES: dict[str, tuple[int, ...]] = {
    "five": (1, 2, 3, 4, 5),
    "three": (1, 2, 3),
    "thumb": (0, 1),
    "ten": tuple(range(1, 11)),
    "nps": tuple(range(11)),
    "flag": (0, 1),
}


@dataclass(frozen=True)
class Caliber:
    """One way of counting one indicator.

    A KPI is a total over a count: each counted row adds `values(level)`, the value is the mean. So every KPI,
    cell and ledger follows from counts per level.

    Attributes:
        kpi, id: Its name, e.g. "satisfaction_rate" and "five_level".
        outcome: Column of the facts that holds the level.
        scales: Rating scales it can count.
        values: Level to value, given the scale's levels.
        base: Flag column that must be 1 for a row to count; None counts every row with an outcome.
        better: "high" or "low".
        unit: "rate" (0 to 1), "nps" (-1 to 1), "score" (0 to 100) or "raw" (levels as numbers).
        full: Value of a row that loses nothing.
    """

    kpi: str
    id: str
    outcome: str
    scales: tuple[str, ...]
    values: Callable[[tuple[int, ...]], Values]
    better: str = "high"
    unit: str = "rate"
    base: str | None = None

    @property
    def key(self) -> str:
        return f"{self.kpi}/{self.id}"

    def levels(self, scale: str) -> Values:
        """Value of each level of a scale."""
        if scale not in self.scales:
            raise CaliberError("caliber_scale", caliber=self.key, scale=scale, allowed=listing(self.scales))
        return self.values(SCALES[scale])

    def full(self, scale: str) -> float:
        """What a row is worth that loses nothing: the best value."""
        values = self.levels(scale).values()
        return max(values) if self.better == "high" else min(values)


@dataclass(frozen=True)
class Face:
    """What a centre counts whose facts are no ratings but the rows of another indicator (`kpis.facing`).

    Attributes:
        caliber: The indicator as a caliber of the facts' column `level`, or a rating caliber of some touchpoint's ratings.
        unit: What one row is, e.g. "call" or "agent_day".
        cluster: Column whose rows hang together where neither agent nor customer is there.
        target: The nearest edge of the band of an indicator that is best within one: a level question's target.
        caveats: What a reader of every answer must see.
        immature: Rows left out because they could not be judged yet; `mature_h` is how old they must be.
        days: First and last day of the data, rows that could not be judged yet included.
    """

    caliber: Caliber
    unit: str
    cluster: str | None = None
    target: float | None = None
    caveats: tuple[tuple[str, dict], ...] = ()
    immature: int = 0
    mature_h: float = 0
    days: tuple[date, date] | None = None


def at_least(level: int) -> Callable[[tuple[int, ...]], Values]:
    """1 for this level and better, else 0."""
    return lambda levels: {k: float(k >= level) for k in levels}


def at_most(level: int) -> Callable[[tuple[int, ...]], Values]:
    """1 for this level and worse, else 0."""
    return lambda levels: {k: float(k <= level) for k in levels}


def worth(*values: float) -> Callable[[tuple[int, ...]], Values]:
    """The given values, worst level first."""
    return lambda levels: dict(zip(levels, values, strict=True))


def as_numbers(levels: tuple[int, ...]) -> Values:
    """The levels themselves: the ordinal answer read as interval, a cast that the answer records."""
    return {k: float(k) for k in levels}


def promoters_less_detractors(levels: tuple[int, ...]) -> Values:
    """9-10 add one, 0-6 take one."""
    return {k: float(k >= 9) - float(k <= 6) for k in levels}


def by_key(*rows: Caliber) -> dict[str, Caliber]:
    """Rows under their keys."""
    return {row.key: row for row in rows}


CALIBERS = by_key(
    Caliber("satisfaction_rate", "five_level", "rating", ("five",), at_least(4)),
    Caliber("satisfaction_rate", "three_level", "rating", ("three",), at_least(3)),
    Caliber("satisfaction_rate", "thumbs", "rating", ("thumb",), at_least(1)),
    Caliber("satisfaction_rate", "t10_9", "rating", ("ten",), at_least(9)),
    Caliber("satisfaction_rate", "t10_8", "rating", ("ten",), at_least(8)),
    Caliber("satisfaction_score", "linear", "rating", ("five",), worth(0, 25, 50, 75, 100), unit="score"),
    Caliber("satisfaction_score", "telecom", "rating", ("five",), worth(20, 40, 60, 80, 100), unit="score"),
    Caliber("satisfaction_score", "ten_times", "rating", ("ten",), worth(*range(10, 101, 10)), unit="score"),
    Caliber("satisfaction_score", "raw", "rating", ("five", "three", "ten", "nps"), as_numbers, unit="raw"),
    Caliber("bad_review_rate", "five_level", "rating", ("five",), at_most(2), better="low"),
    Caliber("bad_review_rate", "three_level", "rating", ("three",), at_most(1), better="low"),
    Caliber("bad_review_rate", "thumbs", "rating", ("thumb",), at_most(0), better="low"),
    Caliber("bad_review_rate", "t10_6", "rating", ("ten",), at_most(6), better="low"),
    Caliber("nps", "standard", "rating", ("nps",), promoters_less_detractors, unit="nps"),
    Caliber("resolution_rate", "of_all", "resolved", ("flag",), at_least(1)),
    Caliber("resolution_rate", "of_answered", "resolved", ("flag",), at_least(1), base="answered"),
    Caliber("participation_rate", "of_delivered", "participated", ("flag",), at_least(1), base="delivered"),
    Caliber("participation_rate", "of_pushed", "participated", ("flag",), at_least(1), base="pushed"),
    Caliber("participation_rate", "of_all", "participated", ("flag",), at_least(1)),
    Caliber("push_rate", "of_all", "pushed", ("flag",), at_least(1)),
)

DEFAULTS = {
    ("satisfaction_rate", "five"): "five_level", ("satisfaction_rate", "three"): "three_level",
    ("satisfaction_rate", "thumb"): "thumbs", ("satisfaction_rate", "ten"): "t10_9",
    ("satisfaction_score", "five"): "linear", ("satisfaction_score", "ten"): "ten_times",
    ("bad_review_rate", "five"): "five_level", ("bad_review_rate", "three"): "three_level",
    ("bad_review_rate", "thumb"): "thumbs", ("bad_review_rate", "ten"): "t10_6", ("nps", "nps"): "standard",
}  # fmt: skip


def caliber(kpi: str, id: str | None, scale: str) -> Caliber:
    """The caliber of a KPI: the named one, else the default for the rating's scale.

    Raises:
        CaliberError: No such KPI or caliber, or it does not count this scale.
    """
    rows = [row for row in CALIBERS.values() if row.kpi == kpi]
    if not rows:
        raise CaliberError("kpi_unknown", kpi=kpi, known=listing(sorted({row.kpi for row in CALIBERS.values()})))
    id = id or DEFAULTS.get((kpi, scale)) or rows[0].id
    row = CALIBERS.get(f"{kpi}/{id}")
    if row is None:
        raise CaliberError("caliber_unknown", kpi=kpi, caliber=id, known=listing(row.id for row in rows))
    if row.outcome == "rating":
        row.levels(scale)
    return row
