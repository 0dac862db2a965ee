"""Wrong answers of W0, one for each mistake that its checks know: for the trainer's proof, in no package."""


def wrong_answers(case, right):
    """(item, mistake) -> an answer that makes it, on the notebook's own world."""
    return {(item, key): answer for item, known in _by_item(case, right).items() for key, answer in known.items()}


def _by_item(case, right):
    return {
        "roles": {"no_role": {"boss": "a"}, "missing_role": {"driver": "a"}, "one_person": dict.fromkeys(right["roles"], "a")},
        "brief": {"form": {"kpi": "nps"}, "kpi": {**right["brief"], "kpi": "nps"}, "against": {**right["brief"], "compared_with": "target"}},
        "guess": {},
    }  # fmt: skip
