"""Mistakes that the checks of N15 know, an example each: `ccsat workshop check` tries them all."""

from ccsat.workshop.exercises import n15
from ccsat.workshop.exercises.claims import fallen_for, statements


def wrong_answers(case, right):
    """(item, key of the mistake) -> an answer that makes it."""
    attained, missed, chance, parts, fair, end = (right[key] for key in ("attained", "missed_by", "chance", "rate_and_mix", "fair_target", "conclusion"))  # fmt: skip
    rest = n15.rest(case)
    target, _, agreed = n15.adjusted(case)
    decoys = {
        n15.DECOYS[found]: code
        for code in statements(case, n15.PUSH)
        if (found := fallen_for(code, case, n15.PUSH)) is not None
    }
    return {
        ("attained", "form"): {"asa": 1.1},
        ("attained", "percent"): {key: 100 * value for key, value in attained.items()},
        ("attained", "direction"): attained | {"asa": 6 / 7},
        ("attained", "inverse"): {key: 1 / value for key, value in attained.items()},
        ("attained", "value"): dict.fromkeys(attained, 0.5),
        ("missed_by", "form"): {"points": -0.1},
        ("missed_by", "percent"): missed | {"points": -0.33},
        ("missed_by", "sign"): missed | {"points": 0.0033},
        ("missed_by", "of_all"): missed | {"share": 0.0033},
        ("missed_by", "points"): missed | {"points": -0.02},
        ("missed_by", "more"): missed | {"more": 3300},
        ("missed_by", "share"): missed | {"share": 0.5},
        ("chance", "form"): {"with_10000": "noise"},
        ("chance", "always"): chance | {"with_10000": "missed"},
        ("chance", "never"): chance | {"with_30000": "noise"},
        ("chance", "reversed"): chance | {"with_10000": "missed", "with_30000": "noise"},
        ("chance", "enough"): chance | {"enough": 1000},
        ("rest_needs", "form"): float("nan"),
        ("rest_needs", "percent"): 100 * rest["right"],
        **{("rest_needs", key): rest[key] for key in ("target", "twice", "so_far")},
        ("rest_needs", "value"): 0.5,
        ("rate_and_mix", "form"): {"rate": 0.1},
        ("rate_and_mix", "percent"): {key: 100 * value for key, value in parts.items()},
        ("rate_and_mix", "sign"): {key: -value for key, value in parts.items()},
        ("rate_and_mix", "swapped"): {"rate": parts["mix"], "mix": parts["rate"]},
        ("rate_and_mix", "all_service"): {"rate": parts["rate"] + parts["mix"], "mix": 0.0},
        ("rate_and_mix", "open"): parts | {"mix": 0.3},
        ("rate_and_mix", "value"): {"rate": parts["rate"] + 0.1, "mix": parts["mix"] - 0.1},
        ("fair_target", "form"): {"target": 0.9},
        ("fair_target", "percent"): fair | {"target": 100 * target},
        ("fair_target", "agreed"): fair | {"target": agreed},
        ("fair_target", "added"): fair | {"target": 2 * agreed - target},
        ("fair_target", "standing"): fair | {"standing": "missed"},
        ("fair_target", "value"): fair | {"target": 0.5},
        ("conclusion", "form"): {"claim": "j1", "first": "m1"},
        **{("conclusion", key): end | {"claim": code} for key, code in decoys.items()},
        ("conclusion", "no_use"): end | {"first": "j4"},
    }
