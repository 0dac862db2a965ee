"""Wrong answers of W2, one for each mistake that its checks know: for the trainer's proof, in no package."""

from ccsat.workshop.exercises import team_case


def wrong_answers(case, right):
    """(item, mistake) -> an answer that makes it, on the notebook's own world."""
    return {(item, key): answer for item, known in _by_item(case, right).items() for key, answer in known.items()}


def _by_item(case, right):
    ledger, cell, decoy = right["ledger"], right["cell"], right["decoy"]
    total = sum(ledger.values())
    first = next(iter(decoy))
    true_claim = next(code for code in team_case.claims(case) if code not in decoy)
    where = cell["where"]
    counts = case.cell_counts({"biz_l2": 0, "team": 0, "shift": 0})
    small = counts[counts["n"].between(1, 20)].iloc[0].drop("n").to_dict()
    n = cell["n"]
    return {
        "ledger": {
            "form": {"R01": "much"},
            "no_reason": {"attitude": 0.01},
            "percent": {reason: 100 * value for reason, value in ledger.items()},
            "shares": {reason: value / total for reason, value in ledger.items()},
            "no_unstated": {reason: value for reason, value in ledger.items() if reason != "unstated"},
            "counted_whole": {reason: 1.4 * value for reason, value in ledger.items()},
            "not_closing": ledger | {"R01": ledger["R01"] - 0.002},
            "row_missing": {"R01": ledger["R01"] + ledger["R99"]} | {r: v for r, v in ledger.items() if r not in ("R01", "R99")},
            "other_split": ledger | {"R01": ledger["R01"] + 0.001, "R02": ledger["R02"] - 0.001},
        },
        "cell": {
            "form": {"where": where},
            "no_dimension": {**cell, "where": {"biz": "x"}},
            "empty": {**cell, "where": {"biz_l2": "over age"}},
            "below_min_n": {**cell, "where": small},
            "too_wide": {**cell, "where": {"biz_l1": "billing_dispute"}},
            "too_narrow": {**cell, "where": {**where, "channel": "phone"}},
            "elsewhere": {**cell, "where": {"region": "R4"}},
            "stopped": {"stop": "mix"},
            "n": {**cell, "n": n + 1},
            "percent": {**cell, "points": 100 * cell["points"]},
            "sign": {**cell, "points": -cell["points"]},
            "points": {**cell, "points": 3 * cell["points"]},
            "interval": {**cell, "interval": [cell["points"] - 1e-5, cell["points"] + 1e-5]},
        },
        "decoy": {
            "rejects_true": {**decoy, true_claim: decoy[first]},
            "wrong_reason": dict(zip(decoy, [*list(decoy.values())[1:], decoy[first]], strict=True)),
            "accepts_decoy": {first: decoy[first]},
        },
    }  # fmt: skip


def _on_s08(case):
    """Mistakes after a data problem, where no cell may be named."""
    cell = {"where": {"region": "R2"}, "n": 3, "points": -0.1, "interval": [-0.2, 0.0]}
    return {("cell", "should_stop"): cell, ("cell", "stop_reason"): {"stop": "mix"}}


ELSEWHERE = {"S08": _on_s08}
