"""Answer: what every method says, with what a referee asks of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from ccsat.results import Result, result_class
from ccsat.wording import figure, has, p_words, text

ALPHA = 0.05
FOUR_FIGURES = "{:.4g}".format  # of a shown table; the data keep full precision


@dataclass(frozen=True)
class Effect:
    """An effect size with its interval.

    Attributes:
        name: Its key: `effect.NAME` in the wording, e.g. "cramer_v".
        value, lower, upper: In its own unit; limits are None where no interval is known.
        level: Of the interval.
        null: The value that means "no effect".
    """

    name: str
    value: float
    lower: float | None = None
    upper: float | None = None
    level: float = 0.95
    null: float = 0.0


@dataclass(frozen=True)
class Assumption:
    """One checked assumption: `ok` is None where the data cannot tell. `name` is `assumption.NAME` in the wording."""

    name: str
    ok: bool | None
    values: Mapping[str, object] = field(default_factory=dict)


@result_class
class Answer(Result):
    """What a method found.

    Attributes:
        method: Its key in `catalogue.METHODS`.
        columns: What was asked of: role -> column, e.g. {"outcome": "rating", "by": "channel"}.
        statistic: Test statistics by name; `p_value` among them where there is a test.
        effects: Effect sizes, the one to show first.
        n: Rows used; `n_effective`: what they are worth after weights and clusters.
        cluster, clusters: Column that holds the clusters, and how many.
        weights: Column of weights, and `weight_kind`: "frequency", "sampling" or "precision".
        dropped: Rows that each step left out: (`dropped.STEP` in the wording, n).
        family: What the adjusted p-values of the table are adjusted over (`family.NAME` in the wording).
        assumptions: Checked ones.
        detectable: The smallest effect (in the first effect's unit) that this sample finds in four cases of five; where a
            test finds nothing it is always there.
        casts: Columns whose levels were turned into numbers.
        extra: Matrices and the like, as the method's docstring says.

    The table has one row a group, pair, level or coefficient, as the method's docstring says.
    """

    method: str
    columns: Mapping[str, object] = field(default_factory=dict)
    statistic: Mapping[str, float] = field(default_factory=dict)
    effects: tuple[Effect, ...] = ()
    n: int = 0
    n_effective: float | None = None
    cluster: str | None = None
    clusters: int | None = None
    weights: str | None = None
    weight_kind: str | None = None
    dropped: tuple[tuple[str, int], ...] = ()
    family: str | None = None
    assumptions: tuple[Assumption, ...] = ()
    detectable: float | None = None
    casts: tuple[str, ...] = ()
    extra: Mapping[str, object] = field(default_factory=dict)

    @property
    def p_value(self) -> float | None:
        """Of the method's main test."""
        return self.statistic.get("p_value")

    @property
    def effect(self) -> Effect | None:
        """The effect size to show."""
        return self.effects[0] if self.effects else None

    @property
    def found(self) -> bool | None:
        """Whether the test rejects at 5 %; None without a test."""
        return None if self.p_value is None else bool(self.p_value < ALPHA)

    def sentence(self) -> str:
        """What was found, in one line: the method, n, the effect with its interval, p, and what could have been seen."""
        parts = [text(f"method.{self.method}.name") + text("answer.n", n=f"{self.n:,}")]
        if (shown := self.effect) is not None:
            parts.append(text("answer.effect" if shown.lower is not None else "answer.effect_only", name=text(f"effect.{shown.name}"),
                              value=figure(shown.value), lower=figure(shown.lower), upper=figure(shown.upper)))  # fmt: skip
        if self.p_value is not None:
            parts.append("p " + p_words(self.p_value))
        if self.found is False and self.detectable is not None:
            parts.append(text("answer.detectable", value=figure(self.detectable)))
        return text("answer.between").join(parts) + text("answer.end")

    def notes(self) -> list[str]:
        """Every sentence that must stand beside it: caveats, failed assumptions, dropped rows, the family of p-values, casts."""
        lines = [text(key, **values) for key, values in self.caveats]
        lines += [text(f"assumption.{one.name}", **one.values) for one in self.assumptions if one.ok is False]
        lines += [
            text(f"dropped.{step}", n=n) if has(f"dropped.{step}") else f"{step}: {n}" for step, n in self.dropped if n
        ]
        if self.family is not None and "p_adjusted" in self.table:
            lines.append(
                text(
                    "answer.family", family=text(f"family.{self.family}"), n=int(self.table["p_adjusted"].notna().sum())
                )
            )
        return lines + [text("answer.cast", column=column) for column in self.casts]

    def __repr__(self) -> str:
        notes = "".join(f"\n  - {line}" for line in self.notes())
        return f"{self.sentence()}{notes}\n{self.table.to_string(max_rows=30)}"

    def _repr_html_(self) -> str:
        from html import escape

        notes = "".join(f"<li>{escape(line)}</li>" for line in self.notes())
        listed = f"<ul>{notes}</ul>" if notes else ""
        return f"<p>{escape(self.sentence())}</p>{listed}{self.table.to_html(max_rows=40, border=0, index=False, float_format=FOUR_FIGURES)}"
