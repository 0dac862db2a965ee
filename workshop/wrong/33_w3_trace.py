"""Wrong answers of W3, one for each mistake that its checks know: for the trainer's proof, in no package."""

from ccsat.workshop.exercises import team_case


def wrong_answers(case, right):
    """(item, mistake) -> an answer that makes it, on the notebook's own world."""
    return {(item, key): answer for item, known in _by_item(case, right).items() for key, answer in known.items()}


def _by_item(case, right):
    chain, links, found = right["chain"], team_case.links(case), team_case.rates(case, team_case.scope_of(case))
    false = {words["en"]: code for code, words in links.items() if code not in chain}
    agents, press = (next(code for words, code in false.items() if word in words) for word in ("explain", "press"))
    true = right["contrast"]["value"]
    return {
        "cause": {"blames_agents": "agents", "no_trace": "season", "other_change": "change:CH-112", "other_scope": "campaign:C02"},
        "chain": {
            "blames_agents": [chain[0], agents],
            "foreign_link": [chain[0], press],
            "reversed": chain[::-1],
            "order": [chain[1], chain[0], *chain[2:]],
            "shallow": chain[:2],
            "stops_short": chain[:3],
            "missing_link": [chain[0], *chain[2:]],
        },
        "contrast": {
            "form": {"x": 1},
            "percent": {"value": 100 * true},
            "reversed": {"value": -true},
            "level_only": {"value": found.inside - found.outside},
            "number": {"value": true - 0.3},
        },
        "evidence": {
            "no_grade": {"control_group": "E"},
            "not_there": {"random_holdout": "A", "control_group": "B"},
            "overstated": {"timing": "C", "control_group": "B"},
            "understated": {"control_group": "C", "timing": "D"},
            "only_timing": {"timing": "D"},
            "one_piece": {"control_group": "B"},
            "no_support": {"timing": "D", "agent_voice": "D"},
            "no_control": {"adjusted_dose": "C", "timing": "D"},
        },
        "owner": {
            "form": {"owner": "network"},
            "blames_agents": {**right["owner"], "owner": "agent"},
            "owner": {**right["owner"], "owner": "network"},
            "gap": {**right["owner"], "gap": "cognition"},
        },
    }  # fmt: skip


def _on_s08(case):
    """Mistakes where several causes act, and where before and after differ from the comparison."""
    causes = sorted(team_case.truth_of(case)["causes"][1:], key=lambda cause: abs(cause["points"]))
    small = next(cause["id"] for cause in causes if cause["id"].startswith("change:"))
    found = team_case.rates(case, team_case.scope_of(case))
    return {("cause", "minor"): small, ("contrast", "before_after"): {"value": found.inside - found.inside_baseline}}


def _on_s10(case):
    """Mistakes after a shift of the mix."""
    return {("contrast", "mix_left_in"): {"value": -0.5}}


ELSEWHERE = {"S08": _on_s08, "S10": _on_s10}
