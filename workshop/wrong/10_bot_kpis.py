"""Mistakes that the checks of N10 know, an example each: `ccsat workshop check` tries them all."""

from ccsat.workshop.exercises import n10


def wrong_answers(case, right):
    """(item, key of the mistake) -> an answer that makes it."""
    hand, sheet = n10.by_hand(case), right["whole_sheet"]
    return {
        ("by_hand", "form"): {"containment": 0.5},
        ("by_hand", "percent"): {key: 100 * value for key, value in right["by_hand"].items()},
        **{("by_hand", key): hand[key] for key in ("naive", "mixed", "of_contained", "bot_alone", "swapped")},
        ("by_hand", "value"): right["by_hand"] | {"journey": 0.5},
        ("whole_sheet", "form"): {"containment_rate/bot": "high"},
        ("whole_sheet", "missing"): {key: sheet[key] for key in list(sheet)[:5]},
        ("whole_sheet", "percent"): {key: 100 * value for key, value in sheet.items()},
        ("whole_sheet", "before"): n10.other_values(case)["before"],
        ("whole_sheet", "period"): n10.other_values(case)["period"],
        ("whole_sheet", "value"): sheet | {"containment_rate/bot": 0.5},
        ("trio", "three"): ["containment_rate", "journey_resolution_rate"],
        ("trio", "mirror"): ["containment_rate", "true_resolution_rate", "repeat_contact"],
        ("trio", "no_headline"): ["containment_rate", "true_resolution_rate", "recognition_rate"],
        ("trio", "transfers"): ["containment_rate", "transfer_to_human_rate", "journey_resolution_rate"],
        ("trio", "others"): ["containment_rate", "intent_accuracy", "journey_resolution_rate"],
        ("why", "form"): {"why": "blocked"},
        **{("why", key): {"why": key, "report": "journey_resolution_rate"} for key in n10.WHY if key != "blocked"},
        ("why", "report"): {"why": "blocked", "report": "containment_rate"},
    }
