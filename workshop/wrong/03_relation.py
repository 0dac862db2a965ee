"""Mistakes that the checks of N03 know, an example each: `ccsat workshop check` tries them all."""

from ccsat.workshop.exercises import n03


def wrong_answers(case, right):
    """(item, key of the mistake) -> an answer that makes it."""
    pairs, levels, turns = right["coefficients"], right["levels"], right["adjusting"]
    other = lambda code: next(word for word in n03.TURNS if word != turns[code])
    return {
        ("coefficients", "form"): {"p1": {"name": "phi", "value": 0.1}},
        ("coefficients", "codes_as_numbers"): pairs | {"p3": {"name": "pearson", "value": 0.1}},
        ("coefficients", "ordinal_as_interval"): pairs | {"p4": {"name": "pearson", "value": 0.1}},
        ("coefficients", "scale_thrown_away"): pairs | {"p6": {"name": "spearman", "value": 0.1}},
        ("coefficients", "other_name"): pairs | {"p3": {"name": "point_biserial", "value": 0.1}},
        ("coefficients", "value"): pairs | {"p5": {"name": pairs["p5"]["name"], "value": 0.4}},
        ("levels", "form"): {"between": 0.3},
        ("levels", "swapped"): {"between": levels["within"], "within": levels["between"]},
        ("levels", "averages_twice"): {"between": levels["between"], "within": levels["between"]},
        ("levels", "sessions_twice"): {"between": n03.of_sessions(case, "contained"), "within": levels["within"]},
        ("levels", "between"): {"between": -0.5, "within": levels["within"]},
        ("levels", "within"): {"between": levels["between"], "within": 0.3},
        ("adjusting", "form"): {"a1": "flips"},
        ("adjusting", "containment"): turns | {"a1": other("a1")},
        ("adjusting", "latency"): turns | {"a2": other("a2")},
        ("adjusting", "recognition"): turns | {"a3": other("a3")},
        **{("conclusion", word): word for word in n03.SAID_WRONG},
    }
