"""Mistakes that the checks of N13 know, an example each: `ccsat workshop check` tries them all."""

from ccsat.workshop.exercises import n13
from ccsat.workshop.exercises.claims import statements


def wrong_answers(case, right):
    """(item, key of the mistake) -> an answer that makes it."""
    four, days, losses, cell, conclusion = (
        right[key] for key in ("calibers", "last_days", "losses", "cell", "conclusion")
    )
    leading, table = n13.leading(case), n13.losses(case).table.set_index("topic")
    decoys = {
        n13.DECOYS[found]: code
        for code in statements(case, n13.MISROUTED)
        if (found := n13.fallen_for(code, case, n13.MISROUTED)) is not None
    }
    other = next(topic for topic in table.index if topic not in leading.values())
    mature = n13.last_days(case)["mature"]
    return {
        ("calibers", "form"): {"48h": 0.9},
        ("calibers", "percent"): {key: 100 * value for key, value in four.items()},
        ("calibers", "baseline"): n13.calibers(case, "baseline"),
        ("calibers", "rolling"): n13.calibers(case, "current", "rolling"),
        ("calibers", "swapped"): four | {"48h-customer": four["48h-gross"], "48h-gross": four["48h-customer"]},
        ("calibers", "value"): four | {"24h": 0.5},
        ("last_days", "form"): {"km": 0.9},
        ("last_days", "percent"): {key: value if key == "show" else 100 * value for key, value in days.items()},
        ("last_days", "not_mixed"): days | {"mixed": mature},
        ("last_days", "swapped"): days | {"mixed": days["naive"], "naive": days["mixed"]},
        ("last_days", "value"): days | {"naive": 0.5},
        ("last_days", "show_naive"): days | {"show": "naive"},
        ("last_days", "show_mixed"): days | {"show": "mixed"},
        ("last_days", "show_mature"): days | {"show": "mature"},
        ("losses", "form"): {"most": losses["most"]},
        ("losses", "rate"): losses | {"most": leading["lowest"]},
        ("losses", "most"): losses | {"most": other},
        ("losses", "same"): losses | {"avoidable": leading["most"]},
        ("losses", "avoidable"): losses | {"avoidable": other},
        ("losses", "percent"): losses | {"share": 100 * losses["share"]},
        ("losses", "of_all"): losses | {"share": float(table.loc[leading["most"], "points"])},
        ("losses", "share"): losses | {"share": 0.9},
        ("cell", "form"): {"fell": "team"},
        ("cell", "percent"): cell | {key: 100 * cell[key] for key in ("novice_complex", "novice_simple")},
        ("cell", "sign"): cell | {key: -cell[key] for key in ("novice_complex", "novice_simple")},
        ("cell", "swapped"): cell | {"novice_complex": cell["novice_simple"], "novice_simple": cell["novice_complex"]},
        ("cell", "value"): cell | {"novice_simple": 0.5},
        **{("cell", key): cell | {"fell": key} for key in ("everyone", "novice_all", "team")},
        ("conclusion", "form"): {"claim": "d1", "first": "m1"},
        **{("conclusion", key): conclusion | {"claim": code} for key, code in decoys.items()},
        ("conclusion", "partly"): conclusion | {"first": "d3"},
        ("conclusion", "no_cause"): conclusion | {"first": "d5"},
    }  # fmt: skip
