"""Bad luck in one place: ordinary noise, handed round so that one cell has more than its part of it."""

from __future__ import annotations

import numpy as np

from ccsat.worlds import company as co
from ccsat.worlds.people import Streams
from ccsat.worlds.places import in_cell
from ccsat.worlds.story import Swing, Where


def chosen(swing: Swing, seed: int) -> Where:
    """Which of its cells a swing hits in the world of a seed."""
    return swing.cells[int(Streams(seed)("swings").integers(0, len(swing.cells)))]


def unlucky(calls, scene, spare: np.ndarray) -> np.ndarray:
    """The noise of first contacts' ratings after every swing of the setting.

    In a cell's weeks, a share of its likely answers (by `other_luck`) swap their noise with as many contacts outside it:
    on the same business line, likely to answer, those with the worst noise. A contact's noise is independent of all else,
    so partners on a line are exchangeable: what the cell loses the rest of its line gains, the noise of the weeks is the same
    numbers as before, and the expected KPI of the whole, of the line and of the weeks does not move.
    """
    noise = calls.noise.copy()
    likely = ~spare & (calls.invite_luck < co.INVITED) & (calls.answer_luck < co.expit(co.ANSWER["intercept"]))
    for swing in scene.setting.swings:
        first, last = swing.weeks
        there = likely & (calls.at >= 24 * co.first_day(first)) & (calls.at < 24 * co.first_day(last + 1))
        cell = in_cell(scene, calls, chosen(swing, scene.seed))
        for line in np.unique(calls.line[there & cell]):
            ours = np.flatnonzero(there & cell & (calls.line == line))
            theirs = np.flatnonzero(there & ~cell & (calls.line == line))
            n = min(round(swing.share * len(ours)), len(theirs))
            ours = ours[np.argsort(calls.other_luck[ours], kind="stable")[:n]]
            theirs = theirs[np.argsort(noise[theirs], kind="stable")[:n]]
            noise[ours], noise[theirs] = noise[theirs], noise[ours]
    return noise
