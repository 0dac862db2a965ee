"""W1, data analysis and data problem: the three legs, the verdict, the defects with counts, the corrected KPI."""

from __future__ import annotations

from functools import cache

from ccsat.views import View
from ccsat.wording import count, text
from ccsat.workshop.case import Case
from ccsat.workshop.exercises.item import Exercise, Item, Judgement, from_wording
from ccsat.workshop.exercises.ladder import is_number
from ccsat.workshop.exercises.team_case import RIGHT, TEAM_WORLDS, VERDICTS, headline, near, truth_of

WORDS = "workshop.w1"
LEGS = ("instrument", "unchanged_scope", "operational")
STATES = ("flat", "moved", "not_assessed")
DEFECTS = ("default_filled", "duplicate", "instrument", "late_arrival", "none", "off_scale", "selective_invitation")
COUNTED = {"duplicate": 0.05, "default_filled": 0.10}  # counts that can be exact, and how exact they must be


@cache
def legs_of(case: Case) -> dict[str, set[str]]:
    """What may be said of each leg: the survey by the truth, the operational leg as stage 1 finds it on the team's data."""
    truth = truth_of(case)
    changed = any(row["kind"] == "instrument" for row in truth["defects"])
    if truth["target"] is not None:
        return {
            "instrument": {"flat", "not_assessed"},
            "unchanged_scope": {"not_assessed"},
            "operational": {"not_assessed"},
        }
    leg = _checked(case).legs["operational"]
    moved = "not_assessed" if not leg.get("assessed") else "moved" if leg["moved"] else "flat"
    return {
        "instrument": {"moved" if changed else "flat"},
        "unchanged_scope": {"flat" if changed else "not_assessed"},
        "operational": {moved},
    }


@cache
def _checked(case: Case):
    from ccsat.question import Question
    from ccsat.stages.check import check_data

    return check_data(case.centre, Question.of(case.centre.study))


def legs_view(case: Case) -> View:
    """What stage 1 sees of each leg: whether it can be judged, and whether it moved."""
    seen, rows = _checked(case).legs or {}, []
    for leg in LEGS:
        part = seen.get(leg, {})
        able = bool(part) if leg == "instrument" else bool(part.get("assessed"))
        moved = part.get("moved") if leg != "unchanged_scope" or not able else _excludes_zero(part["outside"])
        rows.append((leg, text(f"{WORDS}.leg.{leg}"), text("workshop.yes" if able else "workshop.no"), text("workshop.yes" if moved else "workshop.no") if able else "–"))  # fmt: skip
    return View(tuple(text(f"{WORDS}.head.{key}") for key in ("code", "leg", "able", "moved")), tuple(rows))


def traces_view(case: Case) -> View:
    """What defects leave behind, counted on the table as it lies in the folder."""
    surveys = case.table("surveys")
    rated = surveys["rating"].notna()
    rows = [
        (text(f"{WORDS}.trace.surveys"), count(len(surveys))),
        (text(f"{WORDS}.trace.repeated"), count(int(surveys["survey_id"].duplicated().sum()))),
        (text(f"{WORDS}.trace.no_time"), count(int((rated & surveys["answered_at"].isna()).sum()))),
    ]
    rows += [
        (text(f"{WORDS}.trace.mode", mode=mode), count(n))
        for mode, n in surveys["mode"].value_counts().sort_index().items()
    ]
    return View((text("workshop.help.head.what"), text(f"{WORDS}.head.rows")), tuple(rows), frozenset({1}))


def _excludes_zero(change) -> bool:
    return change.lower > 0 or change.upper < 0


def judge_legs(answer: dict, case: Case) -> Judgement:
    """Which of the three legs moved?"""
    if set(answer) != set(LEGS):
        return Judgement("form", hint=1)
    truth = legs_of(case)
    wrong = [leg for leg in LEGS if answer[leg] not in truth[leg]]
    if not wrong:
        return RIGHT
    key = {"instrument": "survey", "unchanged_scope": "scope", "operational": "operational"}[wrong[0]]
    return Judgement(key, share=(3 - len(wrong)) / 3, hint=2)


def judge_verdict(answer: str, case: Case) -> Judgement:
    """Real, an artefact, a change of mix, or nothing?"""
    if answer == truth_of(case)["verdict"]:
        return RIGHT
    return Judgement(f"said_{answer}", hint=2)


def judge_defects(answer: dict, case: Case) -> Judgement:
    """Which defects, each with how many rows?"""
    if not all(is_number(n) for n in answer.values()) or ("none" in answer and len(answer) > 1):
        return Judgement("form", hint=1)
    truth = {row["kind"]: row["n"] for row in truth_of(case)["defects"]}
    if not truth:
        return RIGHT if set(answer) == {"none"} else Judgement("false_alarm", hint=2)
    if "none" in answer:
        return Judgement("overlooked", hint=1)
    found = [kind for kind in truth if kind in answer]
    share = len(found) / len(truth)
    if extra := [kind for kind in answer if kind not in truth]:
        return Judgement("not_there", share=0.5 * share, hint=2, values={"kind": extra[0]})
    if share < 0.8:
        return Judgement("missing", share=0.8 * share, hint=2)
    off = [kind for kind in found if not _counted(kind, answer[kind], truth[kind])]
    return Judgement("count", share=0.7, hint=3, values={"kind": off[0]}) if off else RIGHT


def _counted(kind: str, said: float, true: int) -> bool:
    """Exact where rows are marked; where they must be estimated or can be counted in several ways, only that there are some."""
    return near(said, true, max(2, COUNTED[kind] * true)) if kind in COUNTED else said > 0


def judge_corrected(answer: dict, case: Case) -> Judgement:
    """The KPI of the current period without the defects."""
    if set(answer) != {"value"} or not is_number(answer["value"]):
        return Judgement("form", hint=1)
    said, (seen, _) = float(answer["value"]), headline(case)
    if near(said / 100, seen, 0.05):
        return Judgement("percent", share=0.5, hint=1)
    true = truth_of(case).get("corrected")
    if true is None:
        return RIGHT if near(said, seen, 0.001) else Judgement("nothing_to_correct", hint=2)
    if near(said, seen, 2e-4) and not near(true["value"], seen, 4e-4):
        return Judgement("uncorrected", share=0.2, hint=2)
    return RIGHT if near(said, true["value"], 0.01) else Judgement("off", share=0.3, hint=3)


EXERCISE = Exercise(
    world="S03",
    others=TEAM_WORLDS,
    materials={"legs": legs_view, "traces": traces_view},
    items={
        "legs": Item(5, dict, '{"instrument": "moved", "unchanged_scope": "moved", "operational": "moved"}', judge_legs,
                     ("form", "survey", "scope", "operational"),
                     options=from_wording(f"{WORDS}.state", STATES), named=lambda answer: list(answer.values())),
        "verdict": Item(6, str, '"insufficient"', judge_verdict, tuple(f"said_{word}" for word in VERDICTS),
                        options=from_wording("workshop.n07.said", VERDICTS)),
        "defects": Item(5, dict, '{"off_scale": 12}', judge_defects,
                        ("form", "false_alarm", "overlooked", "not_there", "missing", "count"),
                        options=from_wording(f"{WORDS}.defect", DEFECTS), named=list,
                        helps=lambda case: {"n": len(truth_of(case)["defects"])}),
        "corrected": Item(4, dict, '{"value": 0.9123}', judge_corrected,
                          ("form", "percent", "nothing_to_correct", "uncorrected", "off")),
    },
)  # fmt: skip
