"""Mistakes that the checks of N16 know, an example each: `ccsat workshop check` tries them all."""

from ccsat.workshop.exercises import n16
from ccsat.workshop.exercises.claims import fallen_for, statements


def wrong_answers(case, right):
    """(item, key of the mistake) -> an answer that makes it."""
    whose, before, cost, promise, end = (
        right[key] for key in ("whose", "before_sale", "cost", "promise", "conclusion")
    )
    other = next(name for name in n16.curve(case).cohorts["campaign"] if name != whose["campaign"])
    truth = n16.members(case)
    rows = n16.curve(case).table
    after = rows[(rows["campaign"] == whose["campaign"]) & (rows["lag_from"] == 30)]["difference"].iloc[0]
    decoys = {
        n16.DECOYS[found]: code
        for code in statements(case, n16.SCRIPT)
        if (found := fallen_for(code, case, n16.SCRIPT)) is not None
    }
    return {
        ("whose", "form"): {"campaign": "everyone", "difference": 0.1},
        ("whose", "other"): whose | {"campaign": other},
        ("whose", "percent"): whose | {"difference": 100 * truth["difference"]},
        ("whose", "sign"): whose | {"difference": -truth["difference"]},
        ("whose", "own_baseline"): whose | {"difference": n16.against_before(case)},
        ("whose", "value"): whose | {"difference": -0.9},
        ("before_sale", "form"): {"difference": 0.1},
        ("before_sale", "verdict"): before | {"verdict": "worse"},
        ("before_sale", "percent"): before | {"difference": 100 * n16.just_before(case)},
        ("before_sale", "after"): before | {"difference": float(after)},
        ("before_sale", "value"): before | {"difference": 0.77},
        ("lag", "form"): {"from": 30},
        ("lag", "before"): {"from": -15, "to": -1},
        ("lag", "at_sale"): {"from": 0, "to": 14},
        ("lag", "few"): {"from": 60, "to": 74},
        ("lag", "wide"): {"from": 15, "to": 59},
        ("lag", "value"): {"from": 15, "to": 29},
        ("cost", "form"): {"points": -0.1},
        ("cost", "not_weighted"): cost | {"points": truth["difference"]},
        ("cost", "percent"): cost | {"points": 100 * truth["points"]},
        ("cost", "sign"): cost | {"points": -truth["points"]},
        ("cost", "of_fall"): cost | {"of_fall": 0.1},
        ("cost", "value"): {"points": 0.5, "of_fall": 0.5},
        ("promise", "form"): {"kept": 0.5},
        ("promise", "kept"): promise | {"kept": 1.6},
        ("promise", "agents"): promise | {"owner": "agent"},
        ("promise", "owner"): promise | {"owner": "billing_product"},
        ("promise", "gap"): promise | {"gap": "design"},
        ("conclusion", "form"): {"claim": "f1", "first": "m1"},
        **{("conclusion", key): end | {"claim": code} for key, code in decoys.items()},
        ("conclusion", "partly"): end | {"first": "f5"},
        ("conclusion", "no_cause"): end | {"first": "f4"},
    }
