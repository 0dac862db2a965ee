"""Wrong answers of W4, one for each mistake that its checks know: for the trainer's proof, in no package."""

from ccsat.workshop.exercises import team_case, w4


def wrong_answers(case, right):
    """(item, mistake) -> an answer that makes it, on the notebook's own world."""
    return {(item, key): answer for item, known in _by_item(case, right).items() for key, answer in known.items()}


def _by_item(case, right):
    expected, check, actions = right["expected"], right["verification"], w4.offered(case)
    cause, points = team_case.truth_of(case)["causes"][0]["id"], right["expected"]["cause_points"]
    phis = [(actions[a]["p"], actions[a]["phi"].get(cause, 0.0)) for a in expected["actions"]]
    certain = 1.0
    for _, phi in phis:
        certain *= 1 - phi
    first = next(iter(right["owners"]))
    return {
        "portfolio": {"over_budget": list(actions), "trains_agents": ["b4", "a4"], "wrong_lever": ["a5"], "worth_more": ["b5"]},
        "expected": {
            "form": {"expected": 0.01},
            "percent": expected | {"cause_points": 100 * points, "expected": 100 * expected["expected"]},
            "cause_points": expected | {"cause_points": 4 * points},
            "added_up": expected | {"expected": points * sum(p * phi for p, phi in phis)},
            "certain": expected | {"expected": points * (1 - certain)},
            "expected": expected | {"expected": 0.1 * points},
        },
        "owners": {
            "form": {first: {"owner": "centre_process"}},
            "owner": right["owners"] | {first: {**right["owners"][first], "owner": "centre_process"}},
            "blames_agents": right["owners"] | {first: {**right["owners"][first], "owner": "agent"}},
            "days": right["owners"] | {first: {**right["owners"][first], "days": 999}},
        },
        "verification": {
            "form": {"design": "holdout"},
            "before_after": check | {"design": "before_after"},
            "percent": check | {"from": 100 * check["from"], "to": 100 * check["to"]},
            "start": check | {"from": check["from"] - 0.05},
            "effect": check | {"to": check["from"] + 0.001},
            "both_groups": check | {"n": 2 * check["n"]},
            "no_power": check | {"n": 0.49 * check["n"]},
            "n": check | {"n": 10 * check["n"]},
        },
    }  # fmt: skip
