"""Mistakes that the checks of N21 know, an example each: `ccsat workshop check` tries them all."""

from ccsat.workshop.exercises import n21


def wrong_answers(case, right):
    """(item, key of the mistake) -> an answer that makes it."""
    account, leading, order, cures = (right[key] for key in ("account_a", "leading", "order_b", "cures"))
    flagged = n21.account(case).table.set_index("error")["surveys_flagged"].astype(float).to_dict()
    first, second = order
    return {
        ("account_a", "form"): {"promotion": "much"},
        ("account_a", "left_out"): {key: value for key, value in account.items() if key != "unexplained"},
        ("account_a", "percent"): {key: 100 * value for key, value in account.items()},
        ("account_a", "shares"): n21.shares_of(case),
        ("account_a", "counts"): flagged,
        ("account_a", "open"): account | {"design": account["design"] + 0.05},
        ("account_a", "value"): account | {"design": account["promotion"], "promotion": account["design"]},
        ("leading", "form"): {"A": "promotion"},
        ("leading", "level"): n21.by_level(case),
        ("leading", "late"): leading | {"B": "execution"},
        ("leading", "one_for_all"): dict.fromkeys(leading, "design"),
        ("leading", "value"): leading | {"A": "cognition"},
        ("order_b", "form"): {"design_first": 0.1},
        ("order_b", "swapped"): {first: order[second], second: order[first]},
        ("order_b", "percent"): {key: 100 * value for key, value in order.items()},
        ("order_b", "execution"): n21.design_in_b(case, "execution"),
        ("order_b", "same"): dict.fromkeys(order, order["design_first"]),
        ("order_b", "value"): order | {"delivery_first": 0.5},
        ("cures", "form"): {"A": "g5"},
        ("cures", "attitude"): cures | {"C": "g1"},
        ("cures", "eases"): cures | {"B": "g3"},
        ("cures", "mixed_up"): cures | {"A": cures["B"], "B": cures["A"]},
    }  # fmt: skip
