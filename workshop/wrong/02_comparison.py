"""Mistakes that the checks of N02 know, an example each: `ccsat workshop check` tries them all."""

from ccsat.workshop.exercises import ladder, n02


def wrong_answers(case, right):
    """(item, key of the mistake) -> an answer that makes it."""
    channel, service, site, talk = (right[name] for name in n02.GAPS)
    value, (low, high) = site["difference"], site["interval"]
    return {
        ("channel_gap", "form"): {"test": "two_proportions"},
        ("channel_gap", "codes_as_numbers"): channel | {"test": "welch_t"},
        ("channel_gap", "percent"): channel | {"difference": 100 * channel["difference"]},
        ("channel_gap", "reversed"): channel
        | {"difference": -channel["difference"], "interval": [-x for x in channel["interval"][::-1]]},
        ("channel_gap", "verdict_missed"): channel | {"verdict": "not_shown"},
        ("service_gap", "ordinal_as_interval"): service | {"test": "welch_anova"},
        ("service_gap", "cut_after_looking"): service | {"test": "chi_square"},
        ("service_gap", "other_shape"): service | {"test": "mann_whitney"},
        ("site_gap", "number"): site | {"difference": value + 0.2},
        ("site_gap", "interval"): site | {"interval": [low - 0.1, high]},
        ("site_gap", "cut_after_looking"): site | {"test": "two_proportions"},
        ("site_gap", "verdict_over"): site | {"verdict": "different"},
        ("talk_gap", "no_clusters"): gap(case, "talk_gap", talk["test"], alone=True),
        ("talk_gap", "weaker"): talk | {"test": "mann_whitney"},
        ("real_change", "widest"): widest(case),
        ("real_change", "chance"): next(
            code for code in n02.five(case) if code not in (right["real_change"], widest(case))
        ),
    }


def gap(case, name, test, alone=False):
    """An answer as this test gives it; `alone`: as if every row stood alone."""
    found = ladder.answer_of(case, n02.GAPS[name], test, alone=alone)
    shown = found.effect
    return {"test": found.method, "difference": shown.value, "interval": [shown.lower, shown.upper],
            "verdict": "different" if found.found else "not_shown"}  # fmt: skip


def widest(case):
    """The change with the largest difference of all."""
    shares = n02.changes(case).groupby(["change", "period"], observed=True)["satisfied"].mean().unstack()
    return (shares["after"] - shares["before"]).abs().idxmax()
