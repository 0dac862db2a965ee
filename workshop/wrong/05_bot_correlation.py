"""Mistakes that the checks of N05 know, an example each: `ccsat workshop check` tries them all."""

from ccsat.workshop.exercises import n05
from ccsat.workshop.exercises.claims import statements
from ccsat.workshop.exercises.n03 import of_sessions


def wrong_answers(case, right):
    """(item, key of the mistake) -> an answer that makes it."""
    between, latency, split, conclusion = (right[key] for key in ("between_r", "latency_partial", "split_recognition_handoff", "conclusion"))  # fmt: skip
    accounts = n05.accounts(case)
    decoys = {n05.DECOYS[found]: code for code in statements(case, n05.TWO_CHANGES) if (found := n05.fallen_for(code, case, n05.TWO_CHANGES)) is not None}  # fmt: skip
    one, two = right["two_intents"]
    return {
        ("between_r", "form"): {"r": "high", "about": "intents"},
        ("between_r", "percent"): between | {"r": 82},
        ("between_r", "of_sessions"): {"r": of_sessions(case, "contained"), "about": "customers"},
        ("between_r", "of_weeks"): {"r": n05.by_week(case), "about": "release"},
        ("between_r", "about"): between | {"about": "customers"},
        ("between_r", "value"): between | {"r": 0.4},
        ("within_r", "form"): {"r": 0.1},
        ("within_r", "percent"): right["within_r"] | {"r": 12},
        ("within_r", "of_averages"): between,
        ("within_r", "about"): right["within_r"] | {"about": "release"},
        ("within_r", "value"): right["within_r"] | {"r": 0.4},
        ("latency_partial", "form"): {"raw": 0.1},
        ("latency_partial", "swapped"): latency | {"raw": latency["partial"], "partial": latency["raw"]},
        ("latency_partial", "raw_twice"): latency | {"partial": latency["raw"]},
        ("latency_partial", "raw"): latency | {"raw": 0.2},
        ("latency_partial", "partial"): latency | {"partial": 0.2},
        ("latency_partial", "moved_ms"): latency | {"moved_ms": 100.0},
        ("drivers_top2", "two"): ["recognised"],
        ("drivers_top2", "same_moment"): ["recognised", "stated_solved"],
        ("drivers_top2", "later"): ["recognised", "came_back"],
        ("drivers_top2", "latency"): ["recognised", "latency_ms"],
        ("drivers_top2", "containment"): ["contained", "turns"],
        ("two_intents", "lowest"): list(n05.fallen_most(case)),
        ("two_intents", "too_many"): [one, two, "vas_order"],
        ("two_intents", "one"): [one],
        ("two_intents", "half"): [one, "vas_order"],
        ("two_intents", "others"): ["vas_order", "gift_query"],
        ("split_recognition_handoff", "form"): {"recognition": -0.01},
        **{("split_recognition_handoff", key): accounts[key] for key in ("no_control", "not_weighted", "one_cause", "swapped")},
        ("split_recognition_handoff", "percent"): {key: 100 * value for key, value in accounts["right"].items()},
        ("split_recognition_handoff", "sign"): {key: -value for key, value in accounts["right"].items()},
        ("split_recognition_handoff", "open"): split | {"handoff_rule": -0.05},
        ("split_recognition_handoff", "value"): {"recognition": split["recognition"] + 0.015, "handoff_rule": split["handoff_rule"] - 0.015},
        ("conclusion", "form"): {"claim": "i1", "first": "m1"},
        **{("conclusion", key): conclusion | {"claim": code} for key, code in decoys.items()},
        ("conclusion", "partly"): conclusion | {"first": "i3"},
        ("conclusion", "no_cause"): conclusion | {"first": "i4"},
    }  # fmt: skip
