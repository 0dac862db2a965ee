"""Mistakes that the checks of N07 know, an example each: `ccsat workshop check` tries them all."""

from ccsat.workshop.exercises import n07


def wrong_answers(case, right):
    """(item, key of the mistake) -> an answer that makes it."""
    chain, decoy, links = right["depth_chain"], right["decoy"], n07.links(case)
    false = {words["en"]: code for code, words in links.items() if code not in chain}
    agents, press = (next(code for words, code in false.items() if word in words) for word in ("explain", "press"))
    true_claim = next(code for code in n07.claims(case) if code not in decoy)
    first = next(iter(decoy))
    examples = {
        "verdict": {f"said_{word}": word for word in ("artefact", "mix", "none", "insufficient")},
        "cell": {
            "no_dimension": {"biz": "vas_charge"},
            "empty": {"biz_l2": "vas charge"},
            "too_wide": {"biz_l1": "billing_dispute"},
            "too_narrow": {"biz_l2": "vas_charge", "region": "R1"},
            "elsewhere": {"region": "R4"},
        },
        "decoy": {
            "rejects_true": {**decoy, true_claim: decoy[first]},
            "wrong_reason": dict(zip(decoy, [*list(decoy.values())[1:], decoy[first]], strict=True)),
            "accepts_decoy": {first: decoy[first]},
        },
        "depth_chain": {
            "blames_agents": [chain[0], agents],
            "foreign_link": [chain[0], press],
            "reversed": chain[::-1],
            "order": [chain[1], chain[0], *chain[2:]],
            "stops_short": chain[:3],
            "missing_link": [chain[0], *chain[2:]],
        },
        "evidence": {
            "no_grade": {"region_control": "E"},
            "overstated": {"event_timing": "C", "region_control": "B"},
            "understated": {"region_control": "C"},
            "only_timing": {"event_timing": "D"},
            "no_control": {"reminder_dose": "C", "event_timing": "D"},
        },
        "action_set": {
            "over_budget": ["b1", "b2", "b3", "b5", "a4"],
            "wrong_lever": ["b4", "a4"],
            "worth_more": ["b5"],
        },
        "power": {
            "form": {"ratings": 3},
            "same_outcome": {**right["power"], "use": "cell_satisfaction"},
            "outcome": {**right["power"], "use": "overall_satisfaction"},
            "ratings": {**right["power"], "ratings": 3},
        },
    }
    return {(item, key): answer for item, mistakes in examples.items() for key, answer in mistakes.items()}
