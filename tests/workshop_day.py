"""Right answers of a team's day, from the truth of any of its worlds, and the trainer's examples of wrong ones."""

import runpy
from pathlib import Path

from ccsat.estimates import sample_size
from ccsat.tracetable import COLUMNS
from ccsat.workshop.case import Case, uplift
from ccsat.workshop.exercises import team_case, w1, w2, w3, w4, w6, w7
from ccsat.workshop.exercises.item import code_of

SEED = 104


def case_of(exercise: str, world: str, seed: int = SEED, **more) -> Case:
    return Case(exercise, world, seed, "full", vary=True, lang="en", **more)


def right_w1(case: Case, *, legs: bool = True) -> dict:
    truth = team_case.truth_of(case)
    seen, _ = team_case.headline(case)
    return {
        **({"legs": {leg: sorted(states)[0] for leg, states in w1.legs_of(case).items()}} if legs else {}),
        "verdict": truth["verdict"],
        "defects": {row["kind"]: row["n"] for row in truth["defects"]} or {"none": 0},
        "corrected": {"value": truth["corrected"]["value"] if truth.get("corrected") else seen},
    }


def right_w2(case: Case) -> dict:
    truth = team_case.truth_of(case)
    claims, findings = team_case.claims(case), team_case.refutations(case)
    if truth["verdict"] in team_case.STOPS:
        cell = {"stop": truth["verdict"]}
    else:
        true = truth["cells"][0]
        n = team_case.rates(case, true["where"]).n
        ends = [true["points"] - true["tolerance"], true["points"] + true["tolerance"]]
        cell = {"where": true["where"], "n": n, "points": true["points"], "interval": ends}
    return {
        "ledger": w2.reason_points(case),
        "cell": cell,
        "decoy": {code_of(claims, row["claim"]): code_of(findings, row["why_wrong"]) for row in truth["decoys"]},
    }


def right_w3(case: Case) -> dict:
    cause, links = team_case.truth_of(case)["causes"][0], team_case.links(case)
    evidence = {"level": {"same_rule_elsewhere": "C", "agent_voice": "D"}, "mix": {"reweighted": "C", "timing": "D"}}
    return {
        "cause": cause["id"],
        "chain": [code_of(links, words) for words in team_case.chain_of(case)],
        "contrast": {"value": w3.contrast_of(case)},
        "evidence": evidence.get(w3.kind_of(case), {"control_group": "B", "adjusted_dose": "C"}),
        "owner": {"owner": cause["owner"], "gap": cause["gap"]},
    }


def right_w4(case: Case) -> dict:
    truth, actions = team_case.truth_of(case), w4.offered(case)
    cause, best = truth["causes"][0], truth["best_set"]
    size = abs(cause["points"])
    here = team_case.rates(case, team_case.scope_of(case))
    rise = min(truth["best_uplift"], size) / here.share
    to = min(here.inside + rise, (1 + here.inside) / 2)
    return {
        "portfolio": best,
        "expected": {"actions": best, "cause_points": size,
                     "expected": uplift([actions[a] for a in best], {cause["id"]: size}, truth["horizon_days"])},
        "owners": {a: {"owner": actions[a]["owner"], "days": actions[a]["lead_days"]} for a in best},
        "verification": {"design": "staggered", "from": here.inside, "to": to, "n": sample_size(to, here.inside)},
    }  # fmt: skip


def right_w6(case: Case) -> dict:
    now, before = team_case.headline(case)
    truth = team_case.truth_of(case)
    gap = now - (truth["target"] if before is None else before)
    shared = dict.fromkeys(COLUMNS, None) | dict.fromkeys(w6.NEEDED, "x") | {"current": now, "gap": gap}
    rows = [shared | {"no": 1, "points": gap}]
    if truth["verdict"] not in team_case.STOPS:
        cell = shared | dict.fromkeys(w6.OF_A_CELL, "y") | {"no": 1, "points": truth["cells"][0]["points"]}
        rows = [cell, shared | {"no": 2, "points": gap - cell["points"]}]
    words = "Long enough to be read by a manager who was not here; read after 8 weeks, 700 ratings. Grade B."
    return {"table": rows, "report": dict.fromkeys(w6.SECTIONS, words)}


def right_w7(case: Case) -> dict:
    return {"account": w7.shares_of(case)}


def right_w0(case: Case) -> dict:
    asked = case.centre.study.question
    return {
        "roles": {"driver": "a", "navigator": "b", "sceptic": "c", "presenter": "a"},
        "brief": {"kpi": asked.kpi, "compared_with": "baseline" if asked.baseline else "target"},
        "guess": "chance",
    }


RIGHT = {"W0": right_w0, "W1": right_w1, "W2": right_w2, "W3": right_w3, "W4": right_w4, "W6": right_w6, "W7": right_w7}


WRONG = Path(__file__).resolve().parents[1] / "workshop" / "wrong"
NAMES = {"W0": "30_w0_teams", "W1": "31_w1_data", "W2": "32_w2_locate", "W3": "33_w3_trace", "W4": "34_w4_solution",
         "W6": "36_w6_report", "W7": "37_w7_capstone"}  # fmt: skip


def examples(exercise: str) -> dict:
    """The names of a file of examples: `wrong_answers`, and `ELSEWHERE` where a mistake needs another world."""
    return runpy.run_path(str(WRONG / f"{NAMES[exercise]}.py"))


def wrong(exercise: str, case: Case, right: dict) -> dict[str, dict[str, object]]:
    """One example of each mistake that this world allows: item -> message key -> answer."""
    found: dict[str, dict[str, object]] = {}
    for (item, key), answer in examples(exercise)["wrong_answers"](case, right).items():
        found.setdefault(item, {})[key] = answer
    return found
