"""Mistakes that the checks of N18 know, an example each: `ccsat workshop check` tries them all."""

from ccsat.stages.ola import ITEMS
from ccsat.workshop.exercises import n18
from ccsat.workshop.exercises.claims import fallen_for, statements


def wrong_answers(case, right):
    """(item, key of the mistake) -> an answer that makes it."""
    ola, targets, hand, end = (right[key] for key in ("agreement", "targets", "in_hand", "conclusion"))
    table = n18.kept(case).table
    other = next(name for name in table["department"] if name != ola["department"])
    known, rest = n18.shares(case), sorted(n18.still_open(case))
    decoys = {
        n18.DECOYS[found]: code
        for code in statements(case, n18.APPROVAL)
        if (found := fallen_for(code, case, n18.APPROVAL)) is not None
    }
    return {
        ("agreement", "form"): {"department": "nobody", "measure": "returned", "change": 0.1},
        ("agreement", "department"): ola | {"department": other},
        ("agreement", "measure"): ola | {"measure": "returned"},
        ("agreement", "percent"): ola | {"change": 100 * ola["change"]},
        ("agreement", "sign"): ola | {"change": -ola["change"]},
        ("agreement", "change"): ola | {"change": -0.9},
        ("targets", "form"): {"the boss": 0.1},
        ("targets", "percent"): {name: 100 * points for name, points in known["right"].items()},
        ("targets", "equal"): known["equal"],
        ("targets", "uncapped"): known["uncapped"],
        ("targets", "rest"): {name: points for name, points in targets.items() if name != n18.UNALLOCATED},
        ("targets", "open"): {name: 2 * points for name, points in targets.items()},
        ("targets", "value"): dict.fromkeys(targets, 0.0) | {"agent": n18.REDUCTION},
        ("in_hand", "form"): float("nan"),
        ("in_hand", "percent"): 100 * hand,
        ("in_hand", "of_named"): n18.in_hand(case)["of_named"],
        ("in_hand", "agents"): n18.in_hand(case)["agents"],
        ("in_hand", "value"): 0.99,
        ("to_agree", "filled"): [*rest, next(item for item in ITEMS if item not in rest)],
        ("to_agree", "missing"): rest[:-1],
        ("conclusion", "form"): {"claim": "e1", "first": "m1"},
        **{("conclusion", key): end | {"claim": code} for key, code in decoys.items()},
        ("conclusion", "partly"): end | {"first": "e3"},
        ("conclusion", "no_cause"): end | {"first": "e4"},
    }
