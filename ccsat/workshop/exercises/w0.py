"""W0, teams and brief: who does what, what is asked, and a first guess to come back to. Nothing here earns points."""

from __future__ import annotations

from ccsat.wording import LANGUAGES, term
from ccsat.workshop.case import Case
from ccsat.workshop.exercises.item import Exercise, Item, Judgement, Options, from_wording
from ccsat.workshop.exercises.team_case import RIGHT, TEAM_WORLDS

WORDS = "workshop.w0"
ROLES = ("driver", "navigator", "sceptic", "presenter")
GUESSES = ("agents", "bot", "campaign", "chance", "mix", "network", "process", "rule", "staffing", "survey")
AGAINST = ("baseline", "target")


def judge_roles(answer: dict, case: Case) -> Judgement:
    """Has every role a person, and not one person all of them?"""
    if strange := [role for role in answer if role not in ROLES]:
        return Judgement("no_role", hint=1, values={"role": strange[0]})
    if set(answer) != set(ROLES) or not all(isinstance(name, str) for name in answer.values()):
        return Judgement("missing_role", hint=1)
    return RIGHT if len(set(answer.values())) > 1 else Judgement("one_person", hint=1)


def kpis(case: Case) -> Options:
    """The indicators that a brief may name, and what they are compared with."""
    from ccsat.calibers import CALIBERS

    named = {row.kpi: {lang: term(row.kpi, lang) for lang in LANGUAGES} for row in CALIBERS.values()}
    return dict(sorted(named.items())) | from_wording(f"{WORDS}.against", AGAINST)(case)


def judge_brief(answer: dict, case: Case) -> Judgement:
    """Which indicator, and compared with what?"""
    if set(answer) != {"kpi", "compared_with"}:
        return Judgement("form", hint=1)
    asked = case.centre.study.question
    if answer["kpi"] != asked.kpi:
        return Judgement("kpi", hint=2)
    return RIGHT if answer["compared_with"] == ("baseline" if asked.baseline else "target") else Judgement("against", hint=2)  # fmt: skip


def judge_guess(answer: str, case: Case) -> Judgement:
    """A guess is only written down."""
    return RIGHT


EXERCISE = Exercise(
    world="S03",
    others=TEAM_WORLDS,
    items={
        "roles": Item(0, dict, '{"driver": "…", "navigator": "…", "sceptic": "…", "presenter": "…"}', judge_roles,
                      ("no_role", "missing_role", "one_person")),
        "brief": Item(0, dict, '{"kpi": "nps", "compared_with": "target"}', judge_brief, ("form", "kpi", "against"),
                      options=kpis, named=lambda answer: list(answer.values())),
        "guess": Item(0, str, '"chance"', judge_guess, (), options=from_wording(f"{WORDS}.guess_code", GUESSES)),
    },
)  # fmt: skip
