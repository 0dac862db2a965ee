"""Bad luck in one place: ordinary luck, handed round so that one cell has more than its part of the bad."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ccsat.worlds import company as co
from ccsat.worlds.patches import Swing, Where
from ccsat.worlds.people import Streams
from ccsat.worlds.places import in_cell

LUCK = ("resolved", "attitude", "noise")  # draws of a contact that are independent of all else about it


def chosen(swing: Swing, seed: int) -> Where:
    """Which of its cells a swing hits in the world of a seed."""
    return swing.cells[int(Streams(seed)("swings").integers(0, len(swing.cells)))]


def unlucky(calls, scene, spare: np.ndarray):
    """First contacts after every swing of the setting; `resolved` holds a uniform draw, `attitude` the contact's own part.

    In a cell's weeks, a share of its likely answers (by `other_luck`) swap their luck with as many contacts outside it: on
    the same first-level line (as hard, and rated alike), likely to answer, those with the worst luck. Luck is independent
    of who calls, where and when, so these are exchangeable: what the cell loses the rest of its line gains, the draws of
    the weeks are the same numbers as before, and the expected KPI of the whole and of the line does not move.
    """
    luck = {name: getattr(calls, name).copy() for name in LUCK}
    likely = ~spare & (calls.invite_luck < co.INVITED) & (calls.answer_luck < co.expit(co.ANSWER["intercept"]))
    for swing in scene.setting.swings:
        first, last = swing.weeks
        there = likely & (calls.at >= 24 * co.first_day(first)) & (calls.at < 24 * co.first_day(last + 1))
        cell, rank = in_cell(scene, calls, chosen(swing, scene.seed)), _rank(luck, calls.line)
        for line in np.unique(calls.l1[there & cell]):
            ours = np.flatnonzero(there & cell & (calls.l1 == line))
            theirs = np.flatnonzero(there & ~cell & (calls.l1 == line))
            n = min(round(swing.share * len(ours)), len(theirs))
            ours = ours[np.argsort(calls.other_luck[ours], kind="stable")[:n]]
            theirs = theirs[np.argsort(rank[theirs], kind="stable")[:n]]
            for values in luck.values():
                values[ours], values[theirs] = values[theirs], values[ours]
    return replace(calls, **luck)


def _rank(luck: dict[str, np.ndarray], line: np.ndarray) -> np.ndarray:
    """What a contact's luck adds to its latent satisfaction."""
    solved = luck["resolved"] < co.expit(co.RESOLVED["intercept"] + co.RESOLVED["complexity"] * co.COMPLEXITY[line])
    return luck["noise"] + co.ETA["attitude"] * luck["attitude"] + co.ETA["resolved"] * solved
