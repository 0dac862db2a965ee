"""What a verification says, in fields and in sentences."""

from __future__ import annotations

from enum import StrEnum

from ccsat.results import Result, result_class
from ccsat.wording import count, interval, p_words, points, text

UNFAIR = ("drift", "unlike")  # reasons for which a comparison tells nothing


class Told(StrEnum):
    """What a verification says."""

    WORKS = "works"
    NO_EFFECT = "no_effect"
    CANNOT_TELL = "cannot_tell"


@result_class
class Verified(Result):
    """Whether an action worked; one row a week: `week, starts_on, n, value, n_control, value_control, gap, error, after`.

    `effect` is in the metric's unit inside the action's scope (a relative change for "volume"), better being positive; `points` is the
    same on the whole KPI (None for "volume"). `n`, `n_control` and `weeks` are since the start. `detectable` is the effect that would be seen with
    80 % power; `more_weeks` how many further weeks at the present flow the predicted effect needs (0: enough; None: over two years, or no effect was predicted).
    """

    id: str
    metric: str
    unit: str
    design: str
    grade: str
    told: Told
    because: str
    effect: float
    lower: float
    upper: float
    detectable: float
    points: float | None
    points_lower: float | None
    points_upper: float | None
    predicted_points: float | None
    predicted_effect: float | None
    p_before: float | None
    n: int
    n_control: int
    weeks: int
    more_weeks: int | None

    def sentence(self) -> str:
        """What is told, with n, interval and why."""
        bounds = (
            (self.lower, self.upper) if self.metric == "kpi" else (-self.upper, -self.lower)
        )  # of contacts: fewer is better
        effect = points(self.effect if self.metric == "kpi" else -self.effect, self.unit)
        return text(f"verified.{self.told}", id=self.id, effect=text(f"verified_effect.{self.metric}", effect=effect), n=count(self.n),
                    interval=interval(*bounds, self.unit, of="points"), because=text(f"verified_because.{self.because}"))  # fmt: skip

    def sentences(self) -> list[str]:
        """What is told; then the comparison, the promise against it, what would be seen, and how long to wait."""
        design = text(f"verified_design.{self.design}", n=count(self.n_control), weeks=self.weeks, grade=self.grade)
        said = [self.sentence(), design]
        if self.p_before is not None:
            said.append(
                text(
                    "verified.before" if self.because not in UNFAIR else "verified.before_unlike",
                    p=p_words(self.p_before),
                )
            )
        if self.predicted_points is not None and self.points is not None:
            said.append(text("verified.promise", predicted=points(self.predicted_points, self.unit), found=points(self.points, self.unit),
                             interval=interval(self.points_lower, self.points_upper, self.unit, of="points")))  # fmt: skip
        said.append(text(f"verified.detectable_{self.metric}", effect=points(self.detectable, self.unit, sign=False)))
        if self.told is Told.CANNOT_TELL and self.predicted_effect is not None and self.because not in UNFAIR:
            key = "never" if self.more_weeks is None else "wait" if self.more_weeks else "enough"
            said.append(text(f"verified.{key}", weeks=self.more_weeks, effect=points(self.predicted_effect, self.unit)))
        return [*said, *(text(key, **values) for key, values in self.caveats)]
