"""Mistakes that the checks of N01 know, an example each: `ccsat workshop check` tries them all."""

from ccsat.workshop.exercises import n01


def wrong_answers(case, right):
    """(item, key of the mistake) -> an answer that makes it."""
    scales, methods, mistakes, codes = right["scale_of"], right["allowed"], right["mistakes"], n01.line_codes(case)
    nominal, ordinal, interval = ([name for name, scale in scales.items() if scale == one] for one in n01.SCALES)
    first = next(iter(mistakes))
    return {
        ("scale_of", "columns"): {"channel": "nominal"},
        ("scale_of", "codes_as_numbers"): scales | dict.fromkeys(nominal[:4], "interval"),
        ("scale_of", "ordinal_as_interval"): scales | dict.fromkeys(ordinal, "interval"),
        ("scale_of", "order_lost"): scales | dict.fromkeys(ordinal[:3], "nominal"),
        ("scale_of", "distance_lost"): scales | dict.fromkeys(interval[:3], "ordinal"),
        ("allowed", "form"): {"q1": "welch_t"},
        ("allowed", "mean_of_codes"): methods | {"q2": "welch_t"},
        ("allowed", "ordinal_as_interval"): methods | {"q3": "welch_t"},
        ("allowed", "cut_after_looking"): methods | {"q3": "two_proportions"},
        ("allowed", "refuses"): methods | {"q7": "none"},
        ("allowed", "other_mode"): methods | {"q6": "mann_whitney"},
        ("allowed", "other_shape"): methods | {"q4": "mann_whitney"},
        ("mistakes", "accuses_right"): mistakes | {codes["participation"]: "wrong_denominator"},
        ("mistakes", "declared"): mistakes | {codes["score"]: "score_of_levels"},
        ("mistakes", "complement"): mistakes | {codes["bad_reviews"]: "not_complement"},
        ("mistakes", "other_mistake"): mistakes | {first: "not_complement"},
        ("mistakes", "one_left"): {first: mistakes[first]},
    }
