"""The tables of the voice menu: one row an event of a call, and one a self-service item that was started."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from ccsat.worlds import company as co
from ccsat.worlds.frames import ids, moment, text
from ccsat.worlds.ivr import AGENT, LEVELS, OUTCOMES, SERVED, MenuCalls, play_menu
from ccsat.worlds.people import Streams
from ccsat.worlds.simulate import Outcome

NO_INPUT, NO_MATCH = 0.06, 0.05  # of the prompts heard
BRANCHES = ("bill", "plan", "fault", "more")
BRANCH_OF = {"tariff_enquiry": 0, "billing_dispute": 0, "plan_change": 1, "vas": 1, "broadband_fault": 2, "mobile_network": 2,
             "campaign": 3, "complaint": 3, "other": 3}  # fmt: skip
NODES = ("main", *(f"{branch}_{part}" for part in ("menu", "items", "task") for branch in BRANCHES))
UNCLEAR = ("plan_menu", 0.14)  # a label of the story's own menu that many do not understand
AGAIN_ZERO = 0.20  # who presses 0 in vain presses it once more
EVENTS = ("enter", "no_input", "no_match", "press", "to_agent", "exit")
STEPS = (0, 1, 2, 3, 3, 3, 4, 5)  # the event of each step at a level: 0 pressed in vain twice, then a key that leads on
ZERO, ZERO_AGAIN, KEY = 3, 4, 5
SECONDS = np.array([9.0, 6.0, 3.0, 3.0, 1.0, 1.0])  # mean of each event
# Items of each branch with their steps.
TASKS = {"balance_check": 3, "bill_by_message": 4, "plan_switch": 5, "vas_cancel": 4, "line_test": 4, "fault_report": 5,
         "rebate_check": 3, "gift_redeem": 4}  # fmt: skip
ENDS = (
    0.97,
    0.55,
    0.25,
)  # reach the last step: solved (or nobody came back), came back, ended there against their will


@dataclass(frozen=True)
class Stops:
    """One entry a level that a call heard: which call, which level, and whether it was the call's last."""

    call: np.ndarray
    level: np.ndarray
    last: np.ndarray


def ivr_tables(world: Outcome) -> dict[str, pd.DataFrame]:
    """The tables `ivr_paths` and `self_service`."""
    calls, streams = play_menu(world), Streams(world.scene.seed)
    call_id = ids("I", len(calls)).to_numpy()
    customer_id = ids("U", len(world.scene.customers)).to_numpy()
    contact_id = ids("C", len(world.calls)).to_numpy()
    return {
        "ivr_paths": _paths(calls, world, streams, call_id, customer_id, contact_id),
        "self_service": _tasks(calls, streams, call_id, customer_id, contact_id),
    }


def _branch(calls: MenuCalls) -> np.ndarray:
    return np.array([BRANCH_OF[line] for line in co.L1])[co.PARENT[calls.line]]


def _paths(
    calls: MenuCalls,
    world: Outcome,
    streams: Streams,
    call_id: np.ndarray,
    customer_id: np.ndarray,
    contact_id: np.ndarray,
) -> pd.DataFrame:
    stops = _stops(calls)
    branch = _branch(calls)[stops.call]
    node = np.where(stops.level == 1, 0, 1 + (stops.level - 2) * len(BRANCHES) + branch)
    happens = _happens(calls, stops, node, streams)
    stop, step = np.nonzero(happens)
    event, call = np.array(STEPS)[step], stops.call[stop]
    seconds = np.ceil(SECONDS[event] * (0.5 + 0.5 * streams("ivr.seconds").exponential(1.0, len(stop))))
    start = np.cumsum(seconds) - seconds
    first = np.concatenate([[True], np.diff(call) > 0])
    start -= start[first][np.cumsum(first) - 1]
    leads = np.where(stops.last & (calls.outcome[stops.call] == AGENT), 0, 1 + branch)  # 0 is the agent key
    key = np.where(np.isin(step, (ZERO, ZERO_AGAIN)), 0, np.where(step == KEY, leads[stop], -1))
    transferred = np.where(calls.contact >= 0, world.calls.transfer[calls.contact] > 0, False)
    misrouted = (calls.outcome == AGENT) & transferred
    return pd.DataFrame({
        "call_id": text(call, call_id),
        "customer_id": text(calls.customer[call], customer_id),
        "at": moment(calls.at[call] + start / 3600),
        "menu_version": text(calls.other[call].astype(int), ("v4", "v5")),
        "node": text(node[stop], NODES),
        "level": stops.level[stop].astype(np.int8),
        "event": text(event, EVENTS),
        "key": text(key, tuple(map(str, range(1 + len(BRANCHES))))),
        "seconds": seconds.astype(np.int16),
        "outcome": text(calls.outcome[call], OUTCOMES),
        "misrouted": misrouted[call],
        "contact_id": text(calls.contact[call], contact_id),
        "later_contact_id": text(calls.later[call], contact_id),
    })  # fmt: skip


def _stops(calls: MenuCalls) -> Stops:
    call = np.repeat(np.arange(len(calls)), calls.level)
    level = np.arange(len(call)) - np.repeat(np.cumsum(calls.level) - calls.level, calls.level) + 1
    return Stops(call, level, level == calls.level[call])


def _happens(calls: MenuCalls, stops: Stops, node: np.ndarray, streams: Streams) -> np.ndarray:
    """Which steps are taken at each stop, in the order of STEPS."""
    n = len(stops.call)
    outcome, other = calls.outcome[stops.call], calls.other[stops.call]
    unclear, share = UNCLEAR
    no_match = np.where(other & (node == NODES.index(unclear)), share, NO_MATCH)
    to_agent, leaves = stops.last & (outcome == AGENT), stops.last & (outcome == OUTCOMES.index("abandoned"))
    in_vain = other & calls.seeks[stops.call] & (stops.level < LEVELS) & ~to_agent & (leaves | (stops.level < 3))
    happens = np.zeros((n, len(STEPS)), dtype=bool)
    happens[:, 0] = True
    happens[:, 1] = streams("ivr.no_input").random(n) < NO_INPUT
    happens[:, 2] = streams("ivr.no_match").random(n) < no_match
    happens[:, ZERO] = in_vain
    happens[:, ZERO_AGAIN] = in_vain & (streams("ivr.zero").random(n) < AGAIN_ZERO)
    happens[:, KEY] = ~leaves
    happens[:, 6] = to_agent
    happens[:, 7] = leaves
    return happens


def _tasks(
    calls: MenuCalls, streams: Streams, call_id: np.ndarray, customer_id: np.ndarray, contact_id: np.ndarray
) -> pd.DataFrame:
    """Items started: those of the self-served, and of callers who left the last level for an agent or for good."""
    n, served = len(calls), calls.outcome == SERVED
    task = 2 * _branch(calls) + (calls.luck < 0.5)
    total = np.array(list(TASKS.values()))[task]
    ends = np.select([calls.strayed, calls.later >= 0], [ENDS[2], ENDS[1]], ENDS[0])
    completed = served & (streams("self_service.ends").random(n) < ends)
    reached = np.where(completed, total, 1 + (streams("self_service.reached").random(n) * (total - 1)).astype(int))
    kept = served | (calls.level == LEVELS)
    start = calls.at + (12.0 * calls.level + 5 * streams("self_service.start").random(n)) / 3600
    return pd.DataFrame({
        "task_id": ids("K", int(kept.sum())),
        "call_id": text(np.arange(n)[kept], call_id),
        "customer_id": text(calls.customer[kept], customer_id),
        "at": moment(start[kept]),
        "task": text(task[kept], tuple(TASKS)),
        "step_reached": reached[kept].astype(np.int8),
        "steps_total": total[kept].astype(np.int8),
        "completed": completed[kept],
        "later_contact_id": text(calls.later[kept], contact_id),
    })  # fmt: skip


def zero_presses(world: Outcome) -> float:
    """Presses of 0 a call in the current period."""
    calls, streams = play_menu(world), Streams(world.scene.seed)
    stops = _stops(calls)
    happens = _happens(calls, stops, np.zeros(len(stops.call), dtype=int), streams)
    asked = happens[:, ZERO].astype(int) + happens[:, ZERO_AGAIN] + happens[:, 6]
    return float(asked[calls.current[stops.call]].sum() / calls.current.sum())
