"""Wrong answers of W1, one for each mistake that its checks know: for the trainer's proof, in no package."""

from ccsat.workshop.exercises import team_case


def wrong_answers(case, right):
    """(item, mistake) -> an answer that makes it, on the notebook's own world."""
    return {(item, key): answer for item, known in _by_item(case, right).items() for key, answer in known.items()}


def _by_item(case, right):
    legs, value = right["legs"], right["corrected"]["value"]
    moved = {"flat": "moved", "moved": "flat", "not_assessed": "moved"}
    return {
        "legs": {
            "form": {"instrument": "flat"},
            "survey": legs | {"instrument": moved[legs["instrument"]]},
            "scope": legs | {"unchanged_scope": moved[legs["unchanged_scope"]]},
            "operational": legs | {"operational": "moved" if legs["operational"] == "flat" else "flat"},
        },
        "verdict": {f"said_{word}": word for word in team_case.VERDICTS if word != right["verdict"]},
        "defects": {"form": {"none": 0, "duplicate": 3}, "false_alarm": {"duplicate": 30}},
        "corrected": {"form": {"x": 1}, "percent": {"value": 100 * value}, "nothing_to_correct": {"value": value - 0.02}},
    }  # fmt: skip


def _on_s08(case):
    """Mistakes that only data with defects allow."""
    truth, seen = team_case.truth_of(case), team_case.headline(case)[0]
    defects = {row["kind"]: row["n"] for row in truth["defects"]}
    return {
        ("verdict", "said_real"): "real",
        ("defects", "overlooked"): {"none": 0},
        ("defects", "not_there"): defects | {"off_scale": 5},
        ("defects", "missing"): {"duplicate": defects["duplicate"]},
        ("defects", "count"): defects | {"duplicate": 3},
        ("corrected", "uncorrected"): {"value": seen},
        ("corrected", "off"): {"value": seen - 0.05},
    }


ELSEWHERE = {"S08": _on_s08}
