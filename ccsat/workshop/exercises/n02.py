"""N02, comparison: four comparisons on the right rung, and the one change of five that is more than chance.

Tests, differences and intervals are those of the ladder on the team's own rows; which change is real is planted.
"""

from __future__ import annotations

from functools import cache
from itertools import combinations

import pandas as pd

from ccsat.methods.mean_compare import welch_t
from ccsat.methods.nominal_shares import two_proportions
from ccsat.tracetable import cell_words
from ccsat.views import View
from ccsat.wording import LANGUAGES, count, language, percent, speaking, text
from ccsat.workshop.case import Case, inside
from ccsat.workshop.exercises.item import Exercise, Item, Judgement, Options
from ccsat.workshop.exercises.ladder import (
    RIGHT,
    VERDICTS,
    WRONG,
    Comparison,
    dealt,
    judge_comparison,
    method_options,
    rated,
    weeks,
)

WORDS = "workshop.n02"
# Where the changes that are mere chance are looked for: large units, and one so small that it swings widest of all.
DRAWS = (("region",), ("team",), ("tenure_band",), ("region", "biz_l1"))
LEAST = 15  # ratings in each period of a change
UNSURE = 0.10  # a change that is mere chance also looks so, once it is tested

GAPS = {
    "channel_gap": Comparison(rated, "satisfied", "channel"),
    "service_gap": Comparison(rated, "rating", "service_type"),
    "site_gap": Comparison(rated, "rating", "site"),
    "talk_gap": Comparison(lambda case: two_teams(case), "talk_s", "team"),
}


# Two teams ------------------------------------------------------------------------------------


@cache
def two_teams(case: Case) -> pd.DataFrame:
    """All contacts of two teams, `team, agent_id, talk_s`: apart if every call stood alone, not when its agent counts."""
    contacts = case.table("contacts")[["agent_id", "talk_s"]].dropna()
    contacts["team"] = contacts["agent_id"].map(case.table("agents").set_index("agent_id")["team"])
    contacts["talk_s"] = contacts["talk_s"].astype(float)
    best, chosen = None, None
    for pair in combinations(sorted(contacts["team"].dropna().unique()), 2):
        rows = contacts[contacts["team"].isin(pair)]
        alone, held = (
            float(welch_t(rows, "talk_s", "team", cluster=cluster).p_value) for cluster in (False, "agent_id")
        )
        rank = (alone < 0.05 <= held, held / max(alone, 1e-300) if held >= 0.05 else 0.0)
        if best is None or rank > best:
            best, chosen = rank, rows
    return chosen[["team", "agent_id", "talk_s"]].reset_index(drop=True)


# Five changes ---------------------------------------------------------------------------------


def changes(case: Case) -> pd.DataFrame:
    """The ratings behind five changes of two weeks against the two before: `change, period, satisfied, agent_id`."""
    parts = []
    for code, (_, _, rows) in five(case).items():
        parts.append(rows.assign(change=code)[["change", "period", "satisfied", "agent_id"]])
    return pd.concat(parts, ignore_index=True)


def changes_view(case: Case) -> View:
    """The five changes as a weekly report shows them."""
    lines = []
    for code, (where, first, rows) in five(case).items():
        before, after = (rows[rows["period"] == period]["satisfied"] for period in ("before", "after"))
        lines.append((code, where[language()], text(f"{WORDS}.weeks", first=first, last=first + 1, then=first + 2, end=first + 3),
                      percent(before.mean()), count(len(before)), percent(after.mean()), count(len(after))))  # fmt: skip
    heads = tuple(
        text(f"{WORDS}.head.{key}") for key in ("code", "where", "weeks", "before", "n_before", "after", "n_after")
    )
    return View(heads, tuple(lines), frozenset(range(3, 7)))


def change_words(case: Case) -> Options:
    """The changes by code."""
    return {code: where for code, (where, _, _) in five(case).items()}


@cache
def five(case: Case) -> dict[str, tuple[dict[str, str], int, pd.DataFrame]]:
    """Code -> where, first of the four weeks, and the ratings with their period."""
    rows = rated(case).assign(week=lambda table: weeks(table["at"]))
    start = pd.Timestamp(str(case._truth["windows"]["current"]).split("/")[0])
    onset = int(rows.loc[rows["at"] >= start, "week"].min())
    where = case._truth["cells"][0]["where"]
    found = [_chance(rows, dims, onset, where) for dims in DRAWS]
    found.append((where, onset - 2, _windows(rows[inside(rows, where)], onset - 2)))
    return dealt(
        case, "w", [({lang: _where(one[0], lang) for lang in LANGUAGES}, *one[1:]) for one in found if one is not None]
    )


def _chance(rows: pd.DataFrame, dims: tuple[str, ...], onset: int, planted: dict) -> tuple[dict, int, pd.DataFrame]:
    """The widest change of a kind of cell before anything happened that a test does not take for more than chance."""
    best, found = -1.0, None
    for level, part in rows.groupby(list(dims), observed=True):
        where = dict(zip(dims, level, strict=True))
        if any(dim in planted for dim in dims) and inside(part, planted).any():
            continue
        for first in range(1, onset - 3):
            seen = _windows(part, first)
            sizes = seen["period"].value_counts()
            if sizes.min() < LEAST or seen["satisfied"].nunique() < 2:
                continue
            shares = seen.groupby("period", observed=True)["satisfied"].mean()
            apart = abs(float(shares["after"] - shares["before"]))
            if apart > best and two_proportions(seen, "satisfied", "period", cluster=False).p_value > UNSURE:
                best, found = apart, (where, first, seen)
    return found


def _windows(rows: pd.DataFrame, first: int) -> pd.DataFrame:
    held = rows[rows["week"].between(first, first + 3)]
    period = pd.Categorical(
        ["before" if week < first + 2 else "after" for week in held["week"]],
        categories=["before", "after"],
        ordered=True,
    )
    return held.assign(period=period)


def _where(where: dict, lang: str) -> str:
    with speaking(lang):
        return cell_words(where)


def real_code(case: Case) -> str:
    """The code of the change that was planted."""
    words = {lang: _where(case._truth["cells"][0]["where"], lang) for lang in LANGUAGES}
    return next(code for code, (where, _, _) in five(case).items() if where == words)


def judge_change(answer: str, case: Case) -> Judgement:
    """Which of the five is more than chance?"""
    real = real_code(case)
    if answer == real:
        return RIGHT
    moves = {}
    for code, (_, _, rows) in five(case).items():
        shares = rows.groupby("period", observed=True)["satisfied"].mean()
        moves[code] = abs(float(shares["after"] - shares["before"]))
    return Judgement("widest" if moves[answer] >= max(moves.values()) else "chance", hint=2)


CHECKED = {"test": "mann_whitney", "difference": 0.51, "interval": [0.49, 0.53], "verdict": "not_shown"}


def _gap(name: str) -> Item:
    return Item(20, dict, str(CHECKED).replace("'", '"'), judge_comparison(GAPS[name]), WRONG, words="ladder.gap",
                options=method_options("compare", VERDICTS), named=lambda answer: [answer[key] for key in ("test", "verdict") if key in answer])  # fmt: skip


EXERCISE = Exercise(
    world="S03",
    items={
        **{name: _gap(name) for name in GAPS},
        "real_change": Item(20, str, '"w1"', judge_change, ("widest", "chance"), options=change_words),
    },
    materials={"two_teams": two_teams, "changes": changes, "changes_shown": changes_view},
)
