"""Mistakes that the checks of N08 know, an example each: `ccsat workshop check` tries them all."""

from ccsat.workshop.exercises import n08


def wrong_answers(case, right):
    """(item, key of the mistake) -> an answer that makes it."""
    rates, points, rankable, gaps = (right[key] for key in ("type_rates", "type_points", "rankable", "newcomers"))
    lost = sorted(points)
    ranked = n08.ranking(case).table["agent"].tolist()
    stand_out = [agent for agent in rankable["apart"] if agent != n08.NOBODY]
    other = next(agent for agent in reversed(ranked) if agent not in stand_out)
    missed = {("rankable", "missed"): rankable | {"apart": [n08.NOBODY]}} if stand_out else {}
    return {
        ("type_rates", "form"): {"consult": 0.9},
        ("type_rates", "percent"): {key: 100 * value for key, value in rates.items()},
        ("type_rates", "column"): n08.shares(case),
        ("type_rates", "channel"): n08.rates_everywhere(case),
        ("type_rates", "value"): rates | {"complaint": 0.5},
        ("type_points", "form"): {"consult": "much"},
        ("type_points", "percent"): {key: 100 * value for key, value in points.items()},
        ("type_points", "severity"): n08.severities(case),
        ("type_points", "shares"): n08.shares(case, "points_share"),
        ("type_points", "open"): points | {"complaint": 0.2},
        ("type_points", "value"): points | {lost[0]: points[lost[1]], lost[1]: points[lost[0]]},
        ("rankable", "form"): {"rankable": "few"},
        ("rankable", "everybody"): {"rankable": n08.ranking(case).counts["agents"], "not_rankable": 0, "apart": ["none"]},
        ("rankable", "swapped"): rankable | {"rankable": rankable["not_rankable"], "not_rankable": rankable["rankable"]},
        ("rankable", "numbers"): rankable | {"rankable": rankable["rankable"] + 1},
        ("rankable", "plain"): rankable | {"apart": [*stand_out, other]},
        **missed,
        ("newcomers", "form"): {"all": 0.1},
        ("newcomers", "sign"): {key: -value for key, value in gaps.items()},
        ("newcomers", "percent"): {key: 100 * value for key, value in gaps.items()},
        ("newcomers", "swapped"): gaps | {"simple": gaps["complex"], "complex": gaps["simple"]},
        ("newcomers", "unweighted"): gaps | {"all": n08.unweighted(case)},
        ("newcomers", "all"): gaps | {"all": 0.3},
        ("newcomers", "pooled"): dict.fromkeys(gaps, gaps["all"]),
        ("newcomers", "value"): gaps | {"complex": 0.4, "all": 0.4},
        ("plan", "two"): ["d1"],
        ("plan", "owner"): ["d1", "o1"],
        ("plan", "blame"): ["d1", "d4"],
        ("plan", "symptom"): ["d1", "a4"],
        ("plan", "partly"): ["d1", "d3"],
    }  # fmt: skip
