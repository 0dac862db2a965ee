"""Mistakes that the checks of N14 know, an example each: `ccsat workshop check` tries them all."""

from ccsat.touchpoints.complaint_rows import local_complaints
from ccsat.workshop.exercises import n14
from ccsat.workshop.exercises.claims import fallen_for, statements


def wrong_answers(case, right):
    """(item, key of the mistake) -> an answer that makes it."""
    rate, month, late, pool, end = (
        right[key] for key in ("mature_rate", "last_month", "deadline", "preventable", "conclusion")
    )
    rates = {key: {"rate": value, "n": n} for key, (value, n) in n14.rates(case).items()}
    decoys = {
        n14.DECOYS[found]: code
        for code in statements(case, n14.DEADLINE)
        if (found := fallen_for(code, case, n14.DEADLINE)) is not None
    }
    truly = n14.region(case)
    low = n14.lowest_satisfaction(case)
    rest = next(
        level for level in sorted(local_complaints(case.centre)["region"].unique()) if level not in (truly, low)
    )
    return {
        ("mature_rate", "form"): {"rate": 0.1},
        ("mature_rate", "percent"): rate | {"rate": 6.5},
        **{("mature_rate", key): rates[key] for key in ("naive", "mixed", "direct")},
        ("mature_rate", "n"): rate | {"n": 77},
        ("mature_rate", "value"): {"rate": 0.5, "n": 77},
        ("last_month", "form"): {"plain": 0.1},
        ("last_month", "percent"): {key: 100 * value for key, value in month.items()},
        ("last_month", "sign"): {key: -value for key, value in month.items()},
        ("last_month", "swapped"): {"plain": month["same_age"], "same_age": month["plain"]},
        ("last_month", "twice"): {"plain": month["plain"], "same_age": month["plain"]},
        ("last_month", "plain"): month | {"plain": 0.2},
        ("last_month", "same_age"): month | {"same_age": 0.2},
        ("where", "form"): {"dim": "region"},
        ("where", "other_dim"): {"dim": "kind", "level": "business"},
        ("where", "lowest"): {"dim": "region", "level": low},
        ("where", "other"): {"dim": "region", "level": rest},
        ("deadline", "form"): {"own": 0.1},
        ("deadline", "percent"): {key: 100 * value for key, value in late.items()},
        ("deadline", "sign"): {key: -value for key, value in late.items()},
        ("deadline", "whole"): n14.deadline(case, "all"),
        ("deadline", "swapped"): {"own": late["standard"], "standard": late["own"]},
        ("deadline", "own"): late | {"own": 0.3},
        ("deadline", "standard"): late | {"standard": 0.3},
        ("preventable", "form"): {"n": 3},
        ("preventable", "percent"): pool | {"share": 100 * pool["share"]},
        ("preventable", "share"): pool | {"share": 0.9},
        ("preventable", "one"): dict(zip(("n", "share"), n14.pool(case, 1), strict=True)),
        ("preventable", "value"): {"n": 9999, "share": 0.5},
        ("conclusion", "form"): {"claim": "k1", "first": "m1"},
        **{("conclusion", key): end | {"claim": code} for key, code in decoys.items()},
        ("conclusion", "no_cause"): end | {"first": "k4"},
    }
