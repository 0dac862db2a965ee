"""W3, deep trace: the cause, its chain, a comparison that speaks for it, graded evidence, who can change it."""

from __future__ import annotations

from functools import cache

from ccsat.stages.evidence import GRADES
from ccsat.wording import LANGUAGES, term, text
from ccsat.workshop.case import Case
from ccsat.workshop.exercises.item import Exercise, Item, Judgement, Options, code_of, from_wording
from ccsat.workshop.exercises.ladder import is_number
from ccsat.workshop.exercises.team_case import (
    BLAMING,
    FALSE_LINKS,
    RIGHT,
    TEAM_WORLDS,
    chain_of,
    links,
    near,
    rates,
    scope_of,
    truth_of,
)

WORDS = "workshop.w3"
OTHERS = ("agents", "chance", "hiring", "season")
# Designs of evidence, and the grade each deserves (DOMAIN 2.12).
DESIGNS = {"adjusted_dose": "C", "agent_voice": "D", "control_group": "B", "own_words": "D", "random_holdout": "A",
           "reweighted": "C", "same_rule_elsewhere": "C", "timing": "D"}  # fmt: skip
# What there is to be had: nobody drew lots here, and a level problem has no before.
POSSIBLE = {
    "real": {"adjusted_dose", "agent_voice", "control_group", "own_words", "timing"},
    "level": {"adjusted_dose", "agent_voice", "own_words", "same_rule_elsewhere"},
    "artefact": {"adjusted_dose", "agent_voice", "control_group", "own_words", "timing"},
    "mix": {"agent_voice", "own_words", "reweighted", "timing"},
}
OWNERS = ("agent", "billing_product", "business_process", "business_rule", "centre_process", "intelligent_service", "marketing", "mixed",
          "network")  # fmt: skip
GAPS = ("cognition", "design", "execution", "perception", "promotion", "unexplained")


def kind_of(case: Case) -> str:
    """Which kind of problem the team has: a change of service, a level, an artefact, a change of mix."""
    truth = truth_of(case)
    return "level" if truth["target"] is not None else truth["verdict"]


@cache
def candidates(case: Case) -> Options:
    """What may be named as the cause: the register of changes, the rules and campaigns in the data, and common suspects."""
    offered: dict[str, dict[str, str]] = {}
    for row in case.centre.changes.itertuples():
        offered[f"change:{row.change_id}"] = {lang: getattr(row, f"title_{lang}") for lang in LANGUAGES}
    for code in sorted(case.table("contacts")["rule_code"].dropna().astype(str).unique()):
        if code.strip():
            offered[f"rule:{code}"] = {lang: text(f"{WORDS}.rule", lang, code=code) for lang in LANGUAGES}
    for row in case.table("campaigns").itertuples():
        named = {lang: text(f"{WORDS}.campaign", lang, name=getattr(row, f"name_{lang}")) for lang in LANGUAGES}
        offered[f"campaign:{row.campaign_id}"] = named
    return offered | from_wording(f"{WORDS}.other", OTHERS)(case)


def judge_cause(answer: str, case: Case) -> Judgement:
    """Which change, rule or campaign is behind it?"""
    causes = {cause["id"]: abs(cause["points"]) for cause in truth_of(case)["causes"]}
    main = truth_of(case)["causes"][0]["id"]
    if answer == main or causes.get(answer, 0.0) >= 0.5 * max(causes.values()):
        return RIGHT
    if answer in causes:
        return Judgement("minor", share=0.5, hint=2)
    if answer in ("agents", "hiring"):
        return Judgement("blames_agents", hint=2, anti="blames_agent")
    if answer in OTHERS:
        return Judgement("no_trace", hint=1)
    return Judgement("other_change" if answer.startswith("change:") else "other_scope", hint=3)


def judge_chain(answer: list, case: Case) -> Judgement:
    """Do the links lead from what customers feel, to a decision somebody can change?"""
    offered = links(case)
    truth = [code_of(offered, words) for words in chain_of(case)]
    false = {text(f"workshop.n07.link.{name}", "en") for name in FALSE_LINKS}
    blaming = {text(f"workshop.n07.link.{name}", "en") for name in BLAMING}
    if any(offered[code]["en"] in blaming for code in answer):
        return Judgement("blames_agents", hint=1, anti="blames_agent")
    if strange := [code for code in answer if offered[code]["en"] in false]:
        return Judgement("foreign_link", hint=2, values={"code": strange[0]})
    if answer == truth:
        return RIGHT
    if answer == truth[::-1]:
        return Judgement("reversed", share=0.5, hint=1)
    if sorted(answer) == sorted(truth):
        return Judgement("order", share=0.5, hint=1)
    share = 0.6 * len(set(answer)) / len(truth)
    if len(answer) < 3:
        return Judgement("shallow", share=min(share, 0.2), hint=1)
    if answer == truth[: len(answer)]:
        return Judgement("stops_short", share=share, hint=3)
    return Judgement("missing_link", share=share, hint=2)


def contrast_of(case: Case) -> float:
    """The comparison that the task asks for: the cell against the rest; of a mix, what would have happened with the old mix."""
    if kind_of(case) != "mix":
        return rates(case, scope_of(case)).contrast
    from ccsat.question import Question
    from ccsat.trace import split_change

    split = split_change(case.centre, Question.of(case.centre.study), by="biz_l1")
    return float(split.table["within"].sum())


def judge_contrast(answer: dict, case: Case) -> Judgement:
    """The cell's change less the change of everything else."""
    if set(answer) != {"value"} or not is_number(answer["value"]):
        return Judgement("form", hint=1)
    said, true = float(answer["value"]), contrast_of(case)
    if near(said, true, 0.002):
        return RIGHT
    if near(said / 100, true, 0.002):
        return Judgement("percent", share=0.5, hint=1)
    if near(-said, true, 0.002):
        return Judgement("reversed", share=0.5, hint=1)
    if kind_of(case) == "mix":
        return Judgement("mix_left_in", share=0.2, hint=2)
    found = rates(case, scope_of(case))
    if found.inside_baseline is not None and near(said, found.inside - found.inside_baseline, 0.002):
        return Judgement("before_after", share=0.4, hint=2)
    if found.inside_baseline is not None and near(said, found.inside - found.outside, 0.002):
        return Judgement("level_only", share=0.3, hint=2)
    return Judgement("number", share=0.1, hint=3)


def judge_evidence(answer: dict, case: Case) -> Judgement:
    """Two pieces at least, each there to be had, graded as its design deserves, one of them carrying the cause."""
    if unknown := [grade for grade in answer.values() if grade not in GRADES]:
        return Judgement("no_grade", hint=1, values={"grade": unknown[0]})
    if missing := [code for code in answer if code not in POSSIBLE[kind_of(case)]]:
        return Judgement("not_there", share=0.2, hint=2, values={"code": missing[0]})
    if over := [code for code, grade in answer.items() if grade < DESIGNS[code]]:
        return Judgement("overstated", share=0.3, hint=1, values={"code": over[0], "grade": answer[over[0]]})
    if under := [code for code, grade in answer.items() if grade > DESIGNS[code]]:
        return Judgement("understated", share=0.5, hint=1, values={"code": under[0], "grade": answer[under[0]]})
    if set(answer) == {"timing"}:
        return Judgement("only_timing", share=0.2, hint=2, anti="timing_only")
    if len(answer) < 2:
        return Judgement("one_piece", share=0.5, hint=1)
    if min(answer.values()) > "C":
        return Judgement("no_support", share=0.4, hint=3)
    if "control_group" in POSSIBLE[kind_of(case)] and min(answer.values()) > "B":
        return Judgement("no_control", share=0.8, hint=3)
    return RIGHT


def owners_and_gaps(case: Case) -> Options:
    """Owner classes and kinds of service error."""
    owners = {code: {lang: term(code, lang) for lang in LANGUAGES} for code in OWNERS}
    return owners | from_wording(f"{WORDS}.gap_code", GAPS)(case)


def judge_owner(answer: dict, case: Case) -> Judgement:
    """Who can change it, and which kind of error is it?"""
    if set(answer) != {"owner", "gap"} or answer["owner"] not in OWNERS or answer["gap"] not in GAPS:
        return Judgement("form", hint=1)
    cause = truth_of(case)["causes"][0]
    gaps = {cause["gap"]} | ({"unexplained"} if truth_of(case)["verdict"] == "artefact" else set())
    if answer["owner"] == "agent" != cause["owner"]:
        return Judgement("blames_agents", hint=1, anti="blames_agent")
    if answer["owner"] != cause["owner"]:
        return Judgement("owner", share=0.5 if answer["gap"] in gaps else 0.0, hint=2)
    return RIGHT if answer["gap"] in gaps else Judgement("gap", share=0.5, hint=2)


EXERCISE = Exercise(
    world="S03",
    others=TEAM_WORLDS,
    items={
        "cause": Item(5, str, '"season"', judge_cause, ("minor", "blames_agents", "no_trace", "other_change", "other_scope"),
                      options=candidates),
        "chain": Item(8, list, '["k1", "k2"]', judge_chain,
                      ("blames_agents", "foreign_link", "reversed", "order", "shallow", "stops_short", "missing_link"),
                      options=links, named=lambda answer: answer, helps=lambda case: {"n": len(chain_of(case))}),
        "contrast": Item(5, dict, '{"value": -0.0456}', judge_contrast,
                         ("form", "percent", "reversed", "mix_left_in", "before_after", "level_only", "number")),
        "evidence": Item(4, dict, '{"agent_voice": "D"}', judge_evidence,
                         ("no_grade", "not_there", "overstated", "understated", "only_timing", "one_piece", "no_support", "no_control"),
                         options=from_wording(f"{WORDS}.design", DESIGNS), named=list),
        "owner": Item(3, dict, '{"owner": "network", "gap": "cognition"}', judge_owner, ("form", "blames_agents", "owner", "gap"),
                      options=owners_and_gaps, named=lambda answer: list(answer.values())),
    },
)  # fmt: skip
