"""From the legs to the verdict, and which leg decided."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import StrEnum

from ccsat.cells import Asked
from ccsat.estimates import Difference
from ccsat.stages.legs import flat
from ccsat.stages.located import Located
from ccsat.wording import count, p_words, percent, points, text

SURE = 0.01  # chance of any false cell below which a cell makes a change real although the whole is within its noise
ENOUGH_TO_TELL = 30
SHARES = ("share", "move", "value", "value_baseline")
Because = tuple[str, dict]


class Verdict(StrEnum):
    """What stage 1 found."""

    REAL = "real"
    ARTEFACT = "artefact"
    MIX = "mix"
    NONE = "none"
    INSUFFICIENT = "insufficient"

    @property
    def stops(self) -> bool:
        """Whether nothing may be traced: the data, not the service, are the finding."""
        return self in (Verdict.ARTEFACT, Verdict.INSUFFICIENT)


def judge_level(asked: Asked, n: Mapping[str, float], change: Difference) -> tuple[Verdict, list[Because]]:
    """A gap to a target: is the target outside the interval?"""
    least = max(asked.question.min_n, ENOUGH_TO_TELL)
    if any(one < least for one in n.values()):
        return Verdict.INSUFFICIENT, [("because.few", {"n": min(n.values()), "least": least})]
    key = "because.level_none" if flat(change) else "because.level_real"
    return (Verdict.NONE if flat(change) else Verdict.REAL), [(key, _told(change))]


def judge_change(
    asked: Asked,
    n: Mapping[str, float],
    change: Difference,
    clean: Difference,
    legs: dict,
    search: Callable[[], Located],
) -> tuple[Verdict, list[Because]]:
    """Real, artefact, mix, none or insufficient, with the reasons in the order in which they decided.

    Args:
        n: Ratings of each period. change: As the data have it. clean: Without ratings that nobody gave.
        search: Gives what the localiser says of cells and mix; asked only where it can decide.
    """
    least = max(asked.question.min_n, ENOUGH_TO_TELL)
    if any(one < least for one in n.values()):
        return Verdict.INSUFFICIENT, [("because.few", {"n": min(n.values()), "least": least})]
    because: list[Because] = [("because.flat" if flat(change) else "because.moved", _told(change))]
    if not flat(change) and flat(clean):
        return Verdict.ARTEFACT, [*because, ("because.filled", _told(clean))]
    if legs["instrument"]["moved"]:
        verdict, told = _judge_instrument(clean, legs)
        because += told
        if verdict is not None:
            return verdict, because
    if flat(change) and flat(clean):
        return _judge_flat(change, legs, search(), because)
    mix = _judge_mix(change, search())
    if mix is not None:
        return Verdict.MIX, [*because, mix]
    return Verdict.REAL, [*because, *_supports(asked, change, legs)]


def _judge_flat(change: Difference, legs: dict, found: Located, because: list[Because]) -> tuple[Verdict, list[Because]]:
    """The whole is within its noise: a cell that moved beyond doubt, or a mix that alone would have taken the whole out of it."""
    cells = found.cells
    sure = cells[(cells["kind"] == "rate") & (cells["p_adjusted"] <= SURE)]
    if len(sure) and not legs["instrument"]["hard"]:
        row = sure.iloc[0]
        return Verdict.REAL, [
            *because,
            (
                "because.hidden_cell",
                {"points": float(row["points"]), "p": float(row["p_adjusted"]), "n": float(row["n"])},
            ),
        ]
    if abs(found.mix) > (change.upper - change.lower) / 2 and (mix := _judge_mix(change, found)) is not None:
        return Verdict.MIX, [*because, mix]
    return Verdict.NONE, because


def _judge_instrument(clean: Difference, legs: dict) -> tuple[Verdict | None, list[Because]]:
    """What the contacts that a change of the survey did not touch say; None where the change shows there too, or nothing moved."""
    leg, scope, operational = legs["instrument"], legs["unchanged_scope"], legs["operational"]
    told: list[Because] = [
        ("because.instrument" if leg["hard"] else "because.participation", {"signs": len(leg["signs"])})
    ]
    if not scope["assessed"]:
        return _without_scope(clean, legs, told)
    outside, inside, between = scope["outside"], scope["inside"], scope["apart"]
    told.append(("because.outside", _told(outside)))
    if not flat(clean) and not flat(outside) and outside.value * clean.value > 0:
        told.append(("because.outside_moved", {}))
        return None, told
    told.append(("because.inside", _told(inside)))
    if flat(between) or flat(inside) or between.value * inside.value <= 0:  # the two do not differ
        if flat(clean):
            return None, told
        if _along(operational, clean):
            return Verdict.REAL, [*told, ("because.operational", _expected(operational))]
        return Verdict.INSUFFICIENT, [*told, ("because.not_apart", _told(between))]
    expected = operational.get("inside")
    along = expected is not None and not flat(expected) and expected.value * inside.value > 0
    if along:
        told.append(("because.operational_inside", _told(expected)))
        # A survey that changed and operations that got worse in the same contacts cannot be told apart; where only participation
        # moved, upset customers who speak up are the plainer reading.
        return (Verdict.INSUFFICIENT if leg["hard"] else Verdict.REAL), told
    if not leg["hard"] and (why := legs["participation"].get("inside")) and why["more_bad"]:
        return Verdict.REAL, [*told, ("because.more_bad", {"value": why["bad"], "value_baseline": why["bad_baseline"]})]
    if not leg["hard"] and why and why["risen"]:
        return Verdict.INSUFFICIENT, [
            *told,
            ("because.risen", {"value": why["answer"], "value_baseline": why["answer_baseline"]}),
        ]
    if operational["assessed"]:
        told.append(("because.operational_flat", _expected(operational)))
    return Verdict.ARTEFACT, [*told, ("because.apart", _told(between))]


def _without_scope(clean: Difference, legs: dict, told: list[Because]) -> tuple[Verdict | None, list[Because]]:
    """The survey changed for everybody: the days of one way of asking, then operations, may still tell."""
    if flat(clean):
        return None, told
    time, operational = legs["same_time"], legs["operational"]
    if time["assessed"]:
        told.append((f"because.same_time_{time['side']}", {**_told(time["change"]), "day": time["day"]}))
        if not flat(time["change"]) and time["change"].value * clean.value > 0:
            return Verdict.REAL, told
        if (
            time["side"] == "after"
            and time["change"].lower <= 0 <= time["change"].upper
            and not _holds(time["change"], clean.value)
        ):
            return Verdict.ARTEFACT, told
    if _along(operational, clean):
        return Verdict.REAL, [*told, ("because.operational", _expected(operational))]
    why = legs["participation"].get("inside")
    if not legs["instrument"]["hard"] and why and why["more_bad"]:
        return Verdict.REAL, [*told, ("because.more_bad", {"value": why["bad"], "value_baseline": why["bad_baseline"]})]
    return Verdict.INSUFFICIENT, [*told, ("because.no_scope", {})]


def _holds(change: Difference, value: float) -> bool:
    return change.lower <= value <= change.upper


def _along(operational: dict, change: Difference) -> bool:
    return operational["assessed"] and operational["moved"] and operational["expected_change"] * change.value > 0


def mix_and_rate(found: Located) -> dict:
    """The split of the change into mix and rate, as a leg."""
    return {"mix": found.mix, "mix_lower": found.mix_lower, "mix_upper": found.mix_upper, "rate": found.rate,
            "rate_lower": found.total_lower - found.mix, "rate_upper": found.total_upper - found.mix}  # fmt: skip


def _judge_mix(change: Difference, found: Located) -> Because | None:
    """Whether changed shares are the larger part and nothing shows a change of rates."""
    split = mix_and_rate(found)
    moved = {part: not split[f"{part}_lower"] <= 0 <= split[f"{part}_upper"] and split[part] * change.value > 0
             for part in ("mix", "rate")}  # fmt: skip
    mostly = abs(split["mix"]) >= abs(split["rate"]) or split["rate"] * change.value < 0
    if moved["mix"] and mostly and not moved["rate"] and found.verdict == "mix":
        return "because.mix", {"mix": split["mix"], "rate": split["rate"]}
    return None


def _supports(asked: Asked, change: Difference, legs: dict) -> list[Because]:
    """What else speaks for a real change."""
    told: list[Because] = []
    if asked.caliber.outcome == "level":
        told.append(("because.no_survey", {}))
    elif not legs["instrument"]["moved"]:
        told.append(("because.same_survey", {"looked": len(legs["instrument"]["assessed"])}))
    if _along(legs["operational"], change):
        told.append(("because.operational", _expected(legs["operational"])))
    return told


def _told(change: Difference) -> dict:
    return {"points": change.value, "lower": change.lower, "upper": change.upper, "n": change.n}


def _expected(leg: dict) -> dict:
    return {"points": leg["expected_change"], "lower": leg["lower"], "upper": leg["upper"], "n": leg["n"]}


def because_words(because: tuple[Because, ...], unit: str) -> list[str]:
    """The reasons as sentences, in the order in which they decided."""
    said = []
    for key, values in because:
        shown = {}
        for name, value in values.items():
            if name in ("points", "lower", "upper", "mix", "rate"):
                shown[name] = points(value, unit)
            elif name in SHARES:
                shown[name] = percent(value)
            elif name == "p":
                shown[name] = p_words(value)
            else:
                shown[name] = count(value) if isinstance(value, (int, float)) else value
        said.append(text(key, **shown))
    return said
