"""Tickets to the back office: repairs, disputes, network tests and complaints, with their steps and chasing calls."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from ccsat.worlds import company as co
from ccsat.worlds.complaints import END, Complaints
from ccsat.worlds.frames import ids, moment, text
from ccsat.worlds.people import Streams
from ccsat.worlds.simulate import Outcome

TYPES = ("onsite_repair", "dispute", "network", "complaint")
DEPTS = ("operations", "network_dept", "back_office", "billing_dept", "product_dept", "complaint_desk")
OWNERS = ("network_dept", "billing_dept", "network_dept", "complaint_desk")  # by type
# Type: its steps, who does each, and the share of the ticket's hours that each takes.
STEPS = {
    "onsite_repair": (("accept", "operations", 0.03), ("dispatch", "network_dept", 0.17), ("approve", "back_office", 0.0),
                      ("visit", "network_dept", 0.70), ("confirm", "operations", 0.10)),
    "dispute": (("accept", "operations", 0.05), ("check", "billing_dept", 0.45), ("approve", "back_office", 0.0),
                ("decide", "product_dept", 0.35), ("confirm", "operations", 0.15)),
    "network": (("accept", "operations", 0.05), ("check", "network_dept", 0.55), ("approve", "back_office", 0.0),
                ("decide", "network_dept", 0.30), ("confirm", "operations", 0.10)),
    "complaint": (("accept", "complaint_desk", 0.05), ("check", "complaint_desk", 0.35), ("approve", "back_office", 0.0),
                  ("decide", "complaint_desk", 0.40), ("confirm", "complaint_desk", 0.20)),
}  # fmt: skip
STEP_NAMES = ("accept", "dispatch", "check", "approve", "visit", "decide", "confirm")
APPROVE = 2  # its position among the steps of a ticket: there only where a story puts it
TICKETED = {"dispute": 0.35, "network": 0.40}  # issues that need a ticket; repairs and complaints always do
MEDIAN_HOURS = {"dispute": 30.0, "network": 40.0}
PROMISED = (0.50, 0.60, 0.40, 1.0)  # a call-back is promised, by type
PROMISE_HOURS = (24.0, 48.0, 48.0, 0.0)
BROKEN, BROKEN_LATE = 0.06, 0.25  # call-backs not made in time: always, and more where the work takes twice the promise
CHASED = (0.020, 0.85)  # calls and messages about a ticket by other ways than agents: factor and power of its hours
OLAS = ("OLA-01", "OLA-02", "OLA-03", "OLA-04")  # by type


@dataclass(frozen=True, kw_only=True)
class Tickets:
    """One entry a ticket, by time of opening; hours from the start of the world, followed past its end."""

    type: np.ndarray
    slot: np.ndarray
    contact: np.ndarray  # position of the contact that opened it
    complaint: np.ndarray  # position of the complaint; -1: none
    opened: np.ndarray
    dwell: np.ndarray  # tickets x steps, hours
    promised: np.ndarray  # NaN: no call-back was promised
    called_back: np.ndarray

    def __len__(self) -> int:
        return len(self.type)

    @property
    def ids(self) -> np.ndarray:
        return ids("W", len(self)).to_numpy()

    @property
    def closed(self) -> np.ndarray:
        return self.opened + self.dwell.sum(axis=1)

    def of_contacts(self, slot: np.ndarray) -> np.ndarray:
        """The ticket of each contact's issue; -1: none. Of two, the one that is no complaint."""
        ticket = np.full(max(slot.max(initial=-1), self.slot.max(initial=-1)) + 1, -1)
        order = np.argsort(self.complaint < 0, kind="stable")
        ticket[self.slot[order]] = order
        return ticket[slot]


def open_tickets(world: Outcome, complaints: Complaints) -> Tickets:
    """Every ticket of a world: an issue's repair takes the hours that the customer felt, a complaint those of its handling."""
    calls, streams = world.calls, Streams(world.scene.seed)
    slot, first = np.unique(calls.slot, return_index=True)  # the first contact of each issue
    issues = int(slot.max(initial=-1)) + 1
    luck = streams("tickets.needed").random(issues)[slot]
    line = calls.line[first]
    l1 = co.PARENT[line]
    kind = np.select([line == co.ONSITE, (l1 == co.L1.index("billing_dispute")) & (luck < TICKETED["dispute"]),
                      (l1 == co.L1.index("mobile_network")) & (luck < TICKETED["network"])], [0, 1, 2], -1)  # fmt: skip
    slot, first, kind = slot[kind >= 0], first[kind >= 0], kind[kind >= 0]
    # Hours of a repair before any patch, by the draws that the contacts had.
    usual = streams("contacts.cycle").lognormal(np.log(co.CYCLE_MEDIAN), co.CYCLE_SIGMA, issues)[slot]
    other = np.array([0.0, MEDIAN_HOURS["dispute"], MEDIAN_HOURS["network"]])[kind]
    other = other * np.exp(0.6 * streams("tickets.hours").standard_normal(issues)[slot])
    hours = np.where(kind == 0, calls.hours[first], other)
    added = np.where((kind == 0) & (hours > usual + 1e-6), hours - usual, 0.0)
    filed = complaints.filed
    kind = np.concatenate([kind, np.full(len(filed), 3)])
    slot, first = np.concatenate([slot, filed.slot]), np.concatenate([first, filed.contact])
    opened = np.concatenate([calls.at[first[: len(hours)]] + 0.1, filed.at])
    complaint = np.concatenate([np.full(len(hours), -1), np.arange(len(filed))])
    dwell = _dwell(kind, np.concatenate([hours - added, complaints.closed - filed.at]), streams)
    dwell[: len(hours), APPROVE] = added
    desk = kind == 3  # accepted and checked until the first reply
    before = (complaints.reply - filed.at)[:, None] * np.array([0.1, 0.9])
    after = (complaints.closed - complaints.reply)[:, None] * np.array([2 / 3, 1 / 3])
    dwell[desk] = np.hstack([before, np.zeros((len(filed), 1)), after])
    promised, called_back = _callbacks(kind, opened, dwell.sum(axis=1), streams)
    promised[desk], called_back[desk] = complaints.promised, complaints.called_back
    order = np.lexsort((slot, opened))
    order = order[opened[order] < END]
    return Tickets(type=kind[order], slot=slot[order], contact=first[order], complaint=complaint[order], opened=opened[order],
                   dwell=dwell[order], promised=promised[order], called_back=called_back[order])  # fmt: skip


def _dwell(kind: np.ndarray, hours: np.ndarray, streams: Streams) -> np.ndarray:
    """Hours in each step; they add up to the ticket's."""
    share = np.array([[step[2] for step in STEPS[name]] for name in TYPES])[kind]
    share = share * np.exp(0.35 * streams("tickets.dwell").standard_normal(share.shape))
    return hours[:, None] * share / share.sum(axis=1, keepdims=True)


def _callbacks(
    kind: np.ndarray, opened: np.ndarray, hours: np.ndarray, streams: Streams
) -> tuple[np.ndarray, np.ndarray]:
    """When a call-back was promised for and made; NaN where there was none."""
    luck = streams("tickets.callback").random((4, len(kind)))
    due = np.array(PROMISE_HOURS)[kind]
    broken = luck[1] < BROKEN + BROKEN_LATE * (hours > 2 * due)
    late = np.where(luck[2] < 0.5, due + 4 + 60 * luck[3], np.nan)
    wanted = luck[0] < np.array(PROMISED)[kind]
    made = np.where(broken, late, due * (0.3 + 0.7 * luck[3]))
    return np.where(wanted, opened + due, np.nan), np.where(wanted, opened + made, np.nan)


def ticket_tables(world: Outcome, tickets: Tickets, contact_id: np.ndarray) -> dict[str, pd.DataFrame]:
    """The tables `tickets` and `ticket_steps` as they stood at the end of the calendar."""
    streams, n = Streams(world.scene.seed), len(tickets)
    left = tickets.opened[:, None] + np.cumsum(tickets.dwell, axis=1)
    entered = np.hstack([tickets.opened[:, None], left[:, :-1]])
    there = (tickets.dwell > 0) & (entered < END)
    known = lambda hours: moment(np.where(hours < END, hours, np.nan))
    done = tickets.called_back < END
    missing = streams("tickets.missing").poisson(0.25, n)
    solved = streams("tickets.solved").random(n) < np.where(world.calls.resolved[tickets.contact], 0.95, 0.70)
    name = tickets.ids
    table = pd.DataFrame({
        "ticket_id": pd.Series(name, dtype="str"),
        "contact_id": pd.Series(contact_id[tickets.contact], dtype="str"),
        "type": text(tickets.type, TYPES),
        "owner_dept": text(tickets.type, OWNERS),
        "created_at": moment(tickets.opened),
        "first_reply_at": known(left[:, 1]),
        "closed_at": known(left[:, -1]),
        "steps": there.sum(axis=1).astype(np.int8),
        "returned_n": streams("tickets.returned").poisson(0.06 + 0.25 * missing).astype(np.int8),
        "fields_missing": missing.astype(np.int8),
        "urged_n": _urged(world, tickets, streams).astype(np.int8),
        "callback_promised_at": moment(tickets.promised),
        "callback_done_at": known(tickets.called_back),
        "callback_resolved": pd.Series(solved, dtype="boolean").where(done),
        "ola_id": text(tickets.type, OLAS),
    })  # fmt: skip
    which, step = np.nonzero(there)
    names = np.array([[STEP_NAMES.index(one[0]) for one in STEPS[kind]] for kind in TYPES])
    depts = np.array([[DEPTS.index(one[1]) for one in STEPS[kind]] for kind in TYPES])
    steps = pd.DataFrame({
        "ticket_id": pd.Series(name[which], dtype="str"),
        "step": text(names[tickets.type[which], step], STEP_NAMES),
        "dept": text(depts[tickets.type[which], step], DEPTS),
        "entered_at": moment(entered[which, step]),
        "left_at": known(left[which, step]),
    })  # fmt: skip
    return {"tickets": table, "ticket_steps": steps}


def _urged(world: Outcome, tickets: Tickets, streams: Streams) -> np.ndarray:
    """How often the customer chased the ticket: contacts on the issue while it was open, and by other ways."""
    until = np.minimum(tickets.closed, END)
    other = streams("tickets.urged").poisson(CHASED[0] * np.minimum(until - tickets.opened, 240) ** CHASED[1])
    calls = world.calls
    of = tickets.of_contacts(calls.slot)
    chasing = (of >= 0) & (calls.at > tickets.opened[of]) & (calls.at < until[of])
    return other + np.bincount(of[chasing], minlength=len(tickets))
