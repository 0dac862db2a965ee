"""W7, the capstone: of one fall, what is data, what each of two causes costs, and what is left."""

from __future__ import annotations

import math

from ccsat.wording import LANGUAGES, text
from ccsat.workshop.case import Case
from ccsat.workshop.exercises.item import Exercise, Item, Judgement, Options
from ccsat.workshop.exercises.ladder import is_number
from ccsat.workshop.exercises.team_case import CAPSTONE, RIGHT, headline, near, rates, scope_of_survey, truth_of

WORDS = "workshop.w7"
TOLERANCE = 0.004  # each share, in the KPI's unit
DATA, REST = "artefact", "remainder"


def shares_of(case: Case) -> dict[str, float]:
    """The true account: what the survey did, each cause of the service, and what is left of the change that is seen."""
    truth = truth_of(case)
    parts = {DATA: float(truth["ledger"]["data"])}
    parts |= {c["id"]: float(c["points"]) for c in truth["causes"] if c["class"] != "survey_instrument"}
    now, before = headline(case)
    return parts | {REST: (now - (before or 0.0)) - sum(parts.values())}


def tolerances(case: Case) -> dict[str, float]:
    """How near each part must be: .4 points, or the noise of the best comparison that the data allow where that is more."""
    truth, found = truth_of(case), rates(case, scope_of_survey(case))
    p = found.inside
    both = 1.5 / found.n + 1.5 / (found.n / found.share * (1 - found.share))  # the baseline is twice as long
    noise = 1.96 * math.sqrt(p * (1 - p) * both) * found.share
    cells = [cell["tolerance"] for cell in truth["cells"]]
    causes = [c["id"] for c in truth["causes"] if c["class"] != "survey_instrument"]
    return {DATA: max(TOLERANCE, noise)} | {id: max(TOLERANCE, own) for id, own in zip(causes, cells, strict=False)}


def parts(case: Case) -> Options:
    """The rows that an account may have."""
    rows = {DATA: {lang: text(f"{WORDS}.row.{DATA}", lang) for lang in LANGUAGES}}
    for change in case.centre.changes.itertuples():
        rows[f"change:{change.change_id}"] = {lang: getattr(change, f"title_{lang}") for lang in LANGUAGES}
    return rows | {REST: {lang: text(f"{WORDS}.row.{REST}", lang) for lang in LANGUAGES}}


def judge_account(answer: dict, case: Case) -> Judgement:
    """Does the account close, name both causes, and give each its part?"""
    if not all(is_number(value) for value in answer.values()) or not {DATA, REST} <= set(answer) or len(answer) != 4:
        return Judgement("form", hint=1)
    now, before = headline(case)
    total, said, truth = now - (before or 0.0), sum(answer.values()), shares_of(case)
    if near(said / 100, total, 1e-4) and abs(said) > 0.1:
        return Judgement("percent", share=0.5, hint=1)
    if not near(said, total, 1e-4):
        return Judgement("not_closing", share=0.2, hint=1)
    if strange := [code for code in answer if code not in truth]:
        return Judgement("other_cause", share=0.3, hint=2, values={"code": strange[0]})
    if near(answer[DATA], 0.0, 5e-4):
        return Judgement("data_left_out", share=0.3, hint=2)
    room = tolerances(case)
    off = [code for code in truth if code != REST and not near(answer[code], truth[code], room.get(code, TOLERANCE))]
    if not off:
        return RIGHT
    share = 0.9 * (1 - len(off) / 3)
    return Judgement("data_part", share=share, hint=2) if off[0] == DATA else Judgement("cause_part", share=share, hint=3, values={"code": off[0]})  # fmt: skip


EXERCISE = Exercise(
    world=CAPSTONE,
    items={
        "account": Item(20, dict, '{"artefact": -0.001, "change:CH-1": -0.004, "change:CH-2": -0.002, "remainder": 0.0005}', judge_account,
                        ("form", "percent", "not_closing", "other_cause", "data_left_out", "data_part", "cause_part"),
                        options=parts, named=list),
    },
)  # fmt: skip
