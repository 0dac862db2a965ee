"""Wrong answers of W6, one for each mistake that its checks know: for the trainer's proof, in no package."""


def wrong_answers(case, right):
    """(item, mistake) -> an answer that makes it, on the notebook's own world."""
    return {(item, key): answer for item, known in _by_item(case, right).items() for key, answer in known.items()}


def _by_item(case, right):
    table, report = right["table"], right["report"]
    first, *rest = table
    return {
        "table": {
            "form": ["x"],
            "columns": [{"no": 1}],
            "no_points": [first | {"points": None}, *rest],
            "not_closing": [first],
            "other_gap": [row | {"gap": 2 * row["gap"], "points": 2 * row["points"]} for row in table],
            "no_cell": [rest[0] | {"points": first["gap"]}],
            "empty": [first | {"root_cause": ""}, *rest],
        },
        "report": {
            "form": {"problem": "x"},
            "short": report | {"cause": "it"},
            "too_sure": report | {"evidence": "comments of some customers, grade c", "cause": "confirmed: the reminder was off"},
            "no_number": report | {"verification": "we shall look again in a while and then see"},
        },
    }  # fmt: skip
