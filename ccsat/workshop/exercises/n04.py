"""N04, the deduction ledger: points by reason, what leads and how firmly, whose they are, and which cell holds the gap.

Every account is made again from the team's own tables; only the meeting's statements come from the world's truth.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

import pandas as pd

from ccsat.ledgers import OWNERS, UNSTATED, split_points
from ccsat.question import Question
from ccsat.views import View
from ccsat.wording import LANGUAGES, count, language, percent, term, text
from ccsat.workshop.case import Case, inside
from ccsat.workshop.exercises.claims import fallen_for, owner_of_cause, owner_options, statements
from ccsat.workshop.exercises.item import Exercise, Item, Judgement, Options
from ccsat.workshop.exercises.ladder import RIGHT, is_number
from ccsat.workshop.exercises.n07 import judge_cell

WORDS = "workshop.n04"
CLOSES = 1e-6
NEAR = 5e-4  # five hundredths of a point
SPLITS = ("primary", "equal", "rank", "roc", "model")
HELD = ("row_key", "rating", "deduction", "biz_l1", "biz_l2", "team", "region", "rule_code")
PRODUCT_RULE = -1  # the link of the true chain that the meeting hears
DECOYS = ("attitude", "checks", "complaints", "region")  # in the order of the world's truth

# Ten surveys worked by hand: rating, then the reasons in the order named (DOMAIN 2.7.2).
TEN: Mapping[int, tuple[int, tuple[str, ...]]] = {
    1: (5, ()), 2: (4, ("R03",)), 3: (2, ("R07", "R02")), 4: (1, ("R07",)), 5: (3, ("R03", "R01", "R02")), 6: (2, ()), 7: (5, ("R02",)),
    8: (1, ("R01", "R07")), 9: (5, ()), 10: (4, ("R02",)),
}  # fmt: skip


# Material -------------------------------------------------------------------------------------


def ten_view(case: Case) -> View:
    """The ten surveys, to be worked by hand."""
    labels, rows = reason_words(case), []
    for survey, (rating, reasons) in TEN.items():
        named = text("joined").join(labels[reason][language()] for reason in reasons)
        rows.append((str(survey), str(rating), str(25 * (5 - rating)), named or "–"))
    heads = tuple(text(f"{WORDS}.head.{key}") for key in ("survey", "rating", "deduction", "named"))
    return View(heads, tuple(rows), frozenset({1, 2}))


def ten_surveys(case: Case) -> pd.DataFrame:
    """The ten surveys: `row_key, rating, deduction` out of 100."""
    return pd.DataFrame([(key, rating, 25.0 * (5 - rating)) for key, (rating, _) in TEN.items()],
                        columns=["row_key", "rating", "deduction"])  # fmt: skip


def ten_reasons(case: Case) -> pd.DataFrame:
    """What the ten name: `row_key, reason, rank`."""
    rows = [(key, reason, place) for key, (_, reasons) in TEN.items() for place, reason in enumerate(reasons, 1)]
    return pd.DataFrame(rows, columns=["row_key", "reason", "rank"])


@cache
def losses(case: Case) -> pd.DataFrame:
    """The rated contacts of the current period: what each loses (0 or 1), and where it was."""
    from ccsat.cells import ask
    from ccsat.deductions import deduction_rows

    asked = ask(case.centre, Question.of(case.centre.study))
    rows = deduction_rows(case.centre, asked, window=asked.current, more=HELD[3:])
    return rows[list(HELD)].sort_values("row_key", ignore_index=True)


@cache
def named(case: Case) -> pd.DataFrame:
    """The reasons that these contacts name: `row_key, reason, rank`."""
    reasons = case.centre.reasons[["row_key", "reason", "rank"]]
    return reasons[reasons["row_key"].isin(losses(case)["row_key"])].reset_index(drop=True)


def owners_view(case: Case) -> View:
    """Whose each reason is."""
    rows = tuple((code, words[language()], owner_by_reason(case)[code], term(owner_by_reason(case)[code]))
                 for code, words in reason_words(case).items() if code != UNSTATED)  # fmt: skip
    return View(tuple(text(f"{WORDS}.head.{key}") for key in ("code", "reason", "owner", "owner_words")), rows)


def teams_view(case: Case) -> View:
    """The cell that holds the gap by team, beside the teams' other contacts."""
    rows = losses(case).assign(held=inside(losses(case), case._truth["cells"][0]["where"]))
    seen = 1 - rows.groupby(["team", "held"])["deduction"].mean().unstack()
    n = rows[rows["held"]].groupby("team").size()
    lines = tuple((team, count(n.get(team, 0)), percent(seen.loc[team, True]), percent(seen.loc[team, False])) for team in seen.index)  # fmt: skip
    return View(tuple(text(f"{WORDS}.head.{key}") for key in ("team", "n", "in_cell", "elsewhere")), lines, frozenset({1, 2, 3}))  # fmt: skip


def reason_words(case: Case) -> Options:
    """The reasons by code, and the surveys that name none."""
    labels = case.centre.study.reasons.labels
    words = {code: {lang: getattr(label, lang) for lang in LANGUAGES} for code, label in labels.items()}
    return words | {UNSTATED: {lang: term(UNSTATED, lang) for lang in LANGUAGES}}


def owner_by_reason(case: Case) -> Mapping[str, str]:
    """Reason -> owner class, as the study has it; what nobody stated is nobody's."""
    return {**case.centre.study.owners, UNSTATED: UNSTATED}


# The accounts ---------------------------------------------------------------------------------


@cache
def splits(case: Case) -> pd.DataFrame:
    """Points by reason (the index) under each split, with mentions and the leave-one-out figure."""
    return split_points(losses(case), named(case)).table.set_index("reason")


def lost(case: Case) -> float:
    """Mean deduction: what all reasons together cost."""
    return float(losses(case)["deduction"].mean())


@cache
def whole_points(case: Case) -> pd.Series:
    """The mistake of giving each named reason the whole deduction of its survey."""
    told = named(case).merge(losses(case), on="row_key")
    return told.groupby("reason")["deduction"].sum() / len(losses(case))


def by_owner(case: Case, points: Mapping[str, float]) -> dict[str, float]:
    """Points by owner class."""
    owners = owner_by_reason(case)
    return pd.Series(points).groupby(lambda code: owners[code]).sum().to_dict()


def leader(case: Case, split: str = "equal") -> str:
    """The named reason that costs most."""
    return splits(case)[split].drop(UNSTATED, errors="ignore").idxmax()


def most_named(case: Case) -> str:
    """The reason that most surveys name."""
    return splits(case)["mentions"].drop(UNSTATED, errors="ignore").idxmax()


def _near(answer: Mapping[str, float], other: Mapping[str, float]) -> bool:
    """Whether two accounts say the same, to the third decimal, of what the second holds."""
    return all(abs(answer.get(key, 0.0) - value) <= NEAR for key, value in other.items() if pd.notna(value))


# Judges ---------------------------------------------------------------------------------------


def judge_points(answer: dict, case: Case) -> Judgement:
    """Points by reason under the equal split, closed."""
    table, total = splits(case), lost(case)
    if not all(map(is_number, answer.values())) or set(table.index) - {UNSTATED} - set(answer):
        return Judgement("form", hint=1)
    if UNSTATED not in answer:
        rest = table["equal"].drop(UNSTATED)
        spread = rest * total / rest.sum()
        return Judgement("unstated_spread" if _near(answer, spread) else "unstated_dropped", share=0.4, hint=2)
    if abs(sum(answer.values()) - 1) <= 1e-3 and _near(answer, table["equal"] / total):
        return Judgement("shares", share=0.5, hint=2)
    if abs(sum(answer.values()) - 100 * total) <= 0.1:
        return Judgement("percent", share=0.5, hint=2)
    if _near(answer, table["leave_one_out"].drop(UNSTATED)):
        return Judgement("leave_one_out", hint=2)
    if _near(answer, whole_points(case)):
        return Judgement("counted_twice", share=0.2, hint=2)
    for split in SPLITS:
        if split != "equal" and _near(answer, table[split]):
            return Judgement("other_split", share=0.6, hint=1, values={"split": text(f"{WORDS}.split.{split}")})
    if abs(sum(answer.values()) - total) > CLOSES:
        return Judgement("open", share=0.3, hint=3)
    return RIGHT if _near(answer, table["equal"]) else Judgement("value", share=0.3, hint=3)


def judge_mention(answer: str, case: Case) -> Judgement:
    """The reason named most often."""
    if answer == most_named(case):
        return RIGHT
    return Judgement("unstated" if answer == UNSTATED else "by_points" if answer == leader(case) else "other", hint=1)


def judge_leader(answer: str, case: Case) -> Judgement:
    """The named reason that costs most."""
    if answer == leader(case):
        return RIGHT
    return Judgement("unstated" if answer == UNSTATED else "by_mention" if answer == most_named(case) else "other", hint=1)  # fmt: skip


def judge_robust(answer: dict, case: Case) -> Judgement:
    """Which named reason leads under each split, and is it the same under all?"""
    if set(answer) != {*SPLITS, "robust"} or not isinstance(answer["robust"], bool):
        return Judgement("form", hint=1)
    truth = {split: leader(case, split) for split in SPLITS}
    share = sum(answer[split] == truth[split] for split in SPLITS) / len(SPLITS)
    if UNSTATED in answer.values():
        return Judgement("unstated", share=0.5 * share, hint=1)
    if wrong := [split for split in SPLITS if answer[split] != truth[split]]:
        by_mention = all(answer[split] == most_named(case) for split in wrong)
        return Judgement("by_mention" if by_mention else "split", share=0.7 * share, hint=2,
                         values={"split": text(f"{WORDS}.split.{wrong[0]}")})  # fmt: skip
    return RIGHT if answer["robust"] == (len(set(truth.values())) == 1) else Judgement("robust", share=0.7, hint=3)


def judge_owners(answer: dict, case: Case) -> Judgement:
    """Points by owner class, closed on the mean deduction."""
    truth, total = by_owner(case, splits(case)["equal"]), lost(case)
    if not all(map(is_number, answer.values())):
        return Judgement("form", hint=1)
    if UNSTATED not in answer:
        return Judgement("unstated_dropped", share=0.4, hint=2)
    if abs(sum(answer.values()) - 100 * total) <= 0.1:
        return Judgement("percent", share=0.5, hint=2)
    if "mixed" not in answer:
        return Judgement("mixed_assigned", share=0.4, hint=2)
    for split in SPLITS:
        if split != "equal" and _near(answer, by_owner(case, splits(case)[split])):
            return Judgement("other_split", share=0.6, hint=2)
    if abs(sum(answer.values()) - total) > CLOSES:
        return Judgement("open", share=0.3, hint=3)
    return RIGHT if set(answer) == set(truth) and _near(answer, truth) else Judgement("value", share=0.3, hint=3)


def cell_figures(case: Case, where: Mapping) -> dict[str, float]:
    """Of a cell: its part of the gap to the target, of the deduction, of the ratings; and its excess over the average, per gap."""
    rows, target = losses(case), Question.of(case.centre.study).target
    held = rows[inside(rows, where)]
    volume, inner, overall = len(held) / len(rows), float(held["deduction"].mean()), lost(case)
    gap = overall - (1 - target)
    return {"gap": volume * (inner - (1 - target)) / gap, "deduction": volume * inner / overall, "volume": volume,
            "average": volume * (inner - overall) / gap}  # fmt: skip


def judge_gap(answer: dict, case: Case) -> Judgement:
    """Which cell holds the gap, and what part of it?"""
    if set(answer) != {"cell", "share"} or not isinstance(answer["cell"], dict) or not is_number(answer["share"]):
        return Judgement("form", hint=1)
    found = judge_cell(answer["cell"], case)
    if found.key != "right":
        return found
    figures, share = cell_figures(case, case._truth["cells"][0]["where"]), float(answer["share"])
    if abs(share - figures["gap"]) <= 0.01:
        return RIGHT
    if abs(share - 100 * figures["gap"]) <= 1:
        return Judgement("percent", share=0.7, hint=3)
    for key in ("deduction", "volume", "average"):
        if abs(share - figures[key]) <= 0.005:
            return Judgement(f"of_{key}", share=0.6, hint=2)
    return Judgement("share", share=0.5, hint=3)


def conclusions(case: Case) -> Options:
    """What is said in the meeting, and who might have to act."""
    return statements(case, PRODUCT_RULE) | owner_options(OWNERS)


def judge_conclusion(answer: dict, case: Case) -> Judgement:
    """Which statement do the accounts bear out, and who can change it?"""
    if set(answer) != {"claim", "owner"} or answer["claim"] not in statements(case, PRODUCT_RULE) or answer["owner"] not in OWNERS:  # fmt: skip
        return Judgement("form", hint=1)
    decoy = fallen_for(answer["claim"], case, PRODUCT_RULE)
    if decoy is not None:
        return Judgement(DECOYS[decoy], hint=2)
    if answer["owner"] == owner_of_cause(case):
        return RIGHT
    near = {"agent": "blames_agents", "mixed": "leaves_open", UNSTATED: "leaves_open"}
    return Judgement(near.get(answer["owner"], "other_owner"), share=0.5, hint=3)


_CELL = ("no_dimension", "empty", "too_wide", "too_narrow", "elsewhere")
EXERCISE = Exercise(
    world="S01",
    items={
        "points": Item(20, dict, '{"R01": 0.012, "R02": 0.034, "unstated": 0.005}', judge_points,
                       ("form", "unstated_dropped", "unstated_spread", "shares", "percent", "leave_one_out", "counted_twice", "other_split", "open", "value"),
                       options=reason_words, named=list),
        "top_by_mention": Item(5, str, '"R01"', judge_mention, ("unstated", "by_points", "other"), options=reason_words),
        "top_by_points": Item(10, str, '"R01"', judge_leader, ("unstated", "by_mention", "other"), options=reason_words),
        "split_robust": Item(15, dict, '{"primary": "R01", "equal": "R01", "rank": "R01", "roc": "R01", "model": "R01", "robust": True}', judge_robust,
                             ("form", "unstated", "by_mention", "split", "robust"), options=reason_words,
                             named=lambda answer: [code for key, code in answer.items() if key in SPLITS]),
        "owner_points": Item(15, dict, '{"agent": 0.012, "mixed": 0.034, "unstated": 0.005}', judge_owners,
                             ("form", "unstated_dropped", "mixed_assigned", "percent", "other_split", "open", "value"),
                             options=lambda case: owner_options(OWNERS), named=list),
        "gap_share_of_cell": Item(20, dict, '{"cell": {"channel": "phone"}, "share": 0.25}', judge_gap,
                                  ("form", *_CELL, "percent", "of_deduction", "of_volume", "of_average", "share")),
        "conclusion": Item(15, dict, '{"claim": "m1", "owner": "network"}', judge_conclusion,
                           ("form", *DECOYS, "blames_agents", "leaves_open", "other_owner"), options=conclusions,
                           named=lambda answer: [answer[key] for key in ("claim", "owner") if key in answer]),
    },
    materials={"ten_shown": ten_view, "ten_surveys": ten_surveys, "ten_reasons": ten_reasons, "losses": losses, "named": named, "owners": owners_view,
               "by_team": teams_view},
)  # fmt: skip
