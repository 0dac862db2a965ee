"""What the exercises of a team's day share: the worlds, codes dealt by the team's seed, and rates inside and outside a cell."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from ccsat.wording import LANGUAGES, text
from ccsat.workshop.case import Case
from ccsat.workshop.exercises.item import Judgement, Options
from ccsat.workshop.exercises.ladder import dealt

RIGHT = Judgement("right")
TEAM_WORLDS = ("S01", "S03", "S04", "S05", "S06", "S07", "S08", "S10")
CAPSTONE = "S12"
FALSE_LINKS = ("agents_explain_badly", "attitude", "price_news")  # offered beside the true links
BLAMING = {"agents_explain_badly", "attitude"}
VERDICTS = ("real", "artefact", "mix", "none", "insufficient")
STOPS = ("artefact", "mix")  # verdicts after which no cell of the service is named


@cache
def truth_of(case: Case) -> Mapping:
    """The truth of the team's own world."""
    return case._truth


def chain_of(case: Case) -> list[Mapping[str, str]]:
    """The links of the main cause, from symptom to root."""
    return list(truth_of(case)["causes"][0]["depth_chain"])


def links(case: Case) -> Options:
    """The links a chain may be built of, in an order that the seed deals."""
    false = [{lang: text(f"workshop.n07.link.{name}", lang) for lang in LANGUAGES} for name in FALSE_LINKS]
    return dealt(case, "k", [*chain_of(case), *false])


def claims(case: Case) -> Options:
    """What people in the meeting say: the decoys, and one claim that is true."""
    return dealt(case, "m", [*(row["claim"] for row in truth_of(case)["decoys"]), chain_of(case)[-2]])


def refutations(case: Case) -> Options:
    """The findings that refute the decoys."""
    return dealt(case, "r", [row["why_wrong"] for row in truth_of(case)["decoys"]])


def library(case: Case) -> Options:
    """The actions on offer."""
    return {action["id"]: {"zh": action["zh"], "en": action["en"]} for action in truth_of(case)["actions"]}


def scope_of(case: Case) -> Mapping | None:
    """The contacts that the answer is about: the planted cell, of a data problem where the survey changed; None: all of them."""
    truth = truth_of(case)
    return truth["cells"][0]["where"] if truth["cells"] else scope_of_survey(case)


def scope_of_survey(case: Case) -> Mapping | None:
    """Where the survey changed; None where it did not."""
    truth = truth_of(case)
    changed = [row["where"] for row in truth["defects"] if row["kind"] == "instrument"]
    return changed[0] if changed else None


@dataclass(frozen=True)
class Rates:
    """The KPI inside a cell and outside, with counts; the baseline None where there is none. `share` is the cell's of the rated contacts."""

    inside: float
    outside: float
    inside_baseline: float | None
    outside_baseline: float | None
    n: int
    share: float

    @property
    def contrast(self) -> float:
        """The cell's change less that of the rest; without a baseline the cell less the rest."""
        if self.inside_baseline is None:
            return self.inside - self.outside
        return (self.inside - self.inside_baseline) - (self.outside - self.outside_baseline)


def rates(case: Case, where: Mapping | None) -> Rates:
    """The KPI of the team's question inside and outside of a cell, counted on the team's own data."""
    return _rates(case, repr(where), tuple(where or ()))


@cache
def _rates(case: Case, where_words: str, dims: tuple[str, ...]) -> Rates:
    from ast import literal_eval

    from ccsat.cells import ask, count_cells
    from ccsat.question import Question
    from ccsat.workshop.case import inside

    where = literal_eval(where_words) or {}
    asked = ask(case.centre, Question.of(case.centre.study))
    counts = count_cells(case.centre, asked, dims)
    counts = counts.assign(hit=counts["n"] * counts["level"].map(dict(asked.values)).astype(float))
    here = inside(counts, where) if where else counts["n"] >= 0

    def rate(period: str, mask) -> tuple[float | None, int]:
        part = counts[mask & (counts["period"] == period)]
        n = int(part["n"].sum())
        return (float(part["hit"].sum() / n) if n else None), n

    (now, n), (rest, others) = rate("current", here), rate("current", ~here)
    return Rates(
        now if now is not None else 0.0,
        rest if rest is not None else now or 0.0,
        rate("baseline", here)[0],
        rate("baseline", ~here)[0] if others else rate("baseline", here)[0],
        n,
        n / max(n + others, 1),
    )


def headline(case: Case) -> tuple[float, float | None]:
    """The KPI of the current period and of the baseline, as counted."""
    whole = rates(case, None)
    return whole.inside, whole.inside_baseline


def near(value: float, true: float, tolerance: float) -> bool:
    """Whether a number is within a tolerance."""
    return abs(value - true) <= tolerance
