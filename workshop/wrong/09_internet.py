"""Mistakes that the checks of N09 know, an example each: `ccsat workshop check` tries them all."""

from ccsat.workshop.exercises import n09


def wrong_answers(case, right):
    """(item, key of the mistake) -> an answer that makes it."""
    done, step, later, first = (right[key] for key in ("completion", "largest_step", "later_rate", "first_response"))
    return {
        ("completion", "form"): {"now": 0.5},
        ("completion", "percent"): {key: 100 * value for key, value in done.items()},
        ("completion", "swapped"): {"now": done["before"], "before": done["now"]},
        ("completion", "lost"): {key: 1 - value for key, value in done.items()},
        ("completion", "value"): done | {"now": 0.5},
        ("largest_step", "form"): {"step": "first", "clear": "yes"},
        ("largest_step", "rate"): step | {"step": n09.steepest(case)},
        ("largest_step", "step"): step | {"step": 4},
        ("largest_step", "chance"): step | {"clear": "no" if step["clear"] == "yes" else "yes"},
        ("later_rate", "form"): {"h24": 0.1},
        ("later_rate", "percent"): {key: 100 * value for key, value in later.items()},
        ("later_rate", "given_up"): n09.rates(case, completed=False),
        ("later_rate", "all_tasks"): n09.rates(case, completed=None),
        ("later_rate", "swapped"): {"h24": later["h48"], "h48": later["h24"]},
        ("later_rate", "value"): later | {"h48": 0.9},
        ("first_response", "form"): {"odds": first["odds"], "direction": "down"},
        ("first_response", "direction"): first | {"direction": next(one for one in n09.DIRECTIONS if one != first["direction"])},
        ("first_response", "inverse"): first | {"odds": 1 / first["odds"]},
        ("first_response", "value"): first | {"odds": 3.0},
        ("claim", "volume"): "u1",
        ("claim", "promised"): "u3",
        ("claim", "one_step"): "u4",
    }  # fmt: skip
