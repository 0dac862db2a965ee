"""Complaints: who files one, when the first reply comes, whether the promised call-back is made, and who goes higher."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from ccsat.worlds import company as co
from ccsat.worlds.frames import ids, moment, text
from ccsat.worlds.people import Streams, pick
from ccsat.worlds.simulate import Outcome

END = 24.0 * co.DAYS  # hours; nothing later is known
WITHIN = 30 * 24  # an escalation counts within 30 days of the first local complaint
VIA = ("hotline", "shop", "app")
KINDS = ("service_quality", "business")
AUTHORITIES = ("company", "group", "regulator", "consumer_assoc", "hotline", "media")
AUTHORITY_SHARES = (0.30, 0.20, 0.12, 0.32, 0.06)  # of the escalated, all but the company
DIRECT = 0.004  # of unresolved contacts: straight to an authority, past the company

AFTER_REPEATS = 0.08  # of contacts unresolved after two repeats or more: a complaint
DUE_HOURS, REPLY_MEDIAN, REPLY_SIGMA = 24.0, 0.60, 0.50  # first reply: when due, and how far it uses the time given
BROKEN = 0.09  # call-backs not made by the time promised
# Logit of escalation. Set so that 6 % of local complaints escalate within 30 days (12 % of those that follow two
# repeats), and so that a doubled deadline with 31 % broken call-backs makes it 13 %.
ESCALATION = {"intercept": -3.485, "broken": 1.50, "reply": 0.645, "repeated": 0.75}
ESCALATION_DAYS, ESCALATION_SIGMA = 17.0, 0.40  # from the complaint; lognormal, median
# Second levels: what complaints about them are put down to.
CAUSES = {"billing_dispute": "R07", "plan_change": "R04", "broadband_fault": "R12", "mobile_network": "R12", "vas": "R07",
          "campaign": "R08"}  # fmt: skip
LIABLE, REOPENED, ANSWERED = 0.30, 0.05, 0.40


@dataclass(frozen=True, kw_only=True)
class Filed:
    """Local complaints, one an issue, by time of filing. Times in hours from the start of the world."""

    slot: np.ndarray  # the issue
    contact: np.ndarray  # position of the contact that it arose from
    at: np.ndarray
    via: np.ndarray  # position in VIA
    customer: np.ndarray
    line: np.ndarray
    region: np.ndarray
    repeated: np.ndarray  # two repeats or more went before
    service: np.ndarray  # about the service itself

    def __len__(self) -> int:
        return len(self.slot)

    @property
    def current(self) -> np.ndarray:
        return self.at >= 24 * co.first_day(co.FIRST_CURRENT_WEEK)


@dataclass(frozen=True, kw_only=True)
class Complaints:
    """What became of them, followed to the end, which may lie after the end of the calendar."""

    filed: Filed
    due: np.ndarray
    reply: np.ndarray
    closed: np.ndarray
    promised: np.ndarray  # when a call-back was promised for
    broken: np.ndarray  # it was not made by then
    called_back: np.ndarray  # NaN: never
    escalated: np.ndarray  # within 30 days
    escalated_at: np.ndarray  # NaN: not within 30 days


def play_complaints(world: Outcome) -> Complaints:
    """The local complaints of a world: contacts about a complaint, and unresolved contacts that turn into one.

    Every draw belongs to an issue, so that the same scene gives the same draws under any patches. All complaints are
    followed for their full 30 days, past the end of the calendar too: that is what a truth may count and no table shows.
    """
    draw = _draws(Streams(world.scene.seed), int(world.calls.slot.max(initial=-1)) + 1)
    filed = _file(world, draw)
    draw = {name: values[filed.slot] for name, values in draw.items()}
    patches, scene, n = world.patches, world.scene, len(filed)
    due = filed.at + DUE_HOURS * np.broadcast_to(patches.factor("complaint_due_hours", filed, scene), n)
    reply = filed.at + (due - filed.at) * REPLY_MEDIAN * np.exp(REPLY_SIGMA * draw["reply"])
    broken = draw["broken"] < BROKEN * patches.factor("callback_broken", filed, scene)
    promised = np.maximum(due, reply + 4)
    kept = reply + (0.2 + 0.7 * draw["callback"]) * (promised - reply)
    called_back = np.select([~broken, draw["callback"] < 0.4], [kept, promised + 24 + 96 * draw["callback"]], np.nan)
    closed = np.maximum(reply, np.nan_to_num(called_back)) + 60 * np.exp(0.6 * draw["closing"])
    logit = (ESCALATION["intercept"] + ESCALATION["broken"] * broken + ESCALATION["repeated"] * filed.repeated
             + ESCALATION["reply"] * (reply - filed.at) / 24 + patches.shift("escalation", filed, scene))  # fmt: skip
    escalated = draw["escalation"] < co.expit(logit)
    later = 24 * ESCALATION_DAYS * np.exp(ESCALATION_SIGMA * draw["later"])
    later = np.where(later < WITHIN, later, WITHIN * draw["latest"])
    return Complaints(filed=filed, due=due, reply=reply, closed=closed, promised=promised, broken=broken, called_back=called_back,
                      escalated=escalated, escalated_at=np.where(escalated, filed.at + later, np.nan))  # fmt: skip


def _draws(streams: Streams, issues: int) -> dict[str, np.ndarray]:
    """Random numbers by issue; a longer world's begin with a shorter one's."""
    uniform = ("delay", "via", "broken", "callback", "escalation", "latest", "service")
    normal = ("reply", "closing", "later")
    return {"file": streams("complaints.file").random((issues, co.GENERATIONS)),
            **{name: streams(f"complaints.{name}").random(issues) for name in uniform},
            **{name: streams(f"complaints.{name}").standard_normal(issues) for name in normal}}  # fmt: skip


def _file(world: Outcome, draw: dict[str, np.ndarray]) -> Filed:
    """Which contacts lead to a complaint: the first of an issue does."""
    calls = world.calls
    hotline = (co.PARENT[calls.line] == co.L1.index("complaint")) & (calls.turn == 0)
    chance = np.where(calls.turn >= 2, AFTER_REPEATS, 0.0) + world.scene.setting.complaining
    elsewhere = ~calls.resolved & (co.PARENT[calls.line] != co.L1.index("complaint"))
    elsewhere &= draw["file"][calls.slot, calls.turn] < chance
    contact = np.flatnonzero(hotline | elsewhere)
    slot, first = np.unique(calls.slot[contact], return_index=True)
    contact = contact[first]
    line, via = calls.line[contact], np.where(hotline[contact], 0, 1 + (draw["via"][slot] < 0.4))
    at = calls.at[contact] + np.where(via == 0, 0.05, 1 + 30 * draw["delay"][slot])
    service = np.where(via == 0, line == co.L2.index("service_quality"), draw["service"][slot] < 0.25)
    order = np.lexsort((slot, at))
    order = order[at[order] < END]
    return Filed(slot=slot[order], contact=contact[order], at=at[order], via=via[order], customer=calls.customer[contact[order]],
                 line=line[order], region=calls.region[contact[order]], repeated=calls.turn[contact[order]] >= 2,
                 service=service[order].astype(bool))  # fmt: skip


def complaint_levels(world: Outcome, filed: Filed) -> dict[str, tuple[tuple[str, ...], np.ndarray]]:
    """The dimensions that a planted cell of complaints may name."""
    return {
        "region": (co.REGIONS, filed.region), "biz_l1": (co.L1, co.PARENT[filed.line]), "kind": (KINDS, 1 - filed.service),
        "filed_via": (VIA, filed.via), "segment": (co.SEGMENTS, world.scene.customers.segment[filed.customer]),
    }  # fmt: skip


def complaints_table(world: Outcome, played: Complaints, contacts: pd.DataFrame, ticket_id: np.ndarray) -> pd.DataFrame:
    """The table as it stood at the end of the calendar: local complaints, and the escalated as rows of their own."""
    filed, streams = played.filed, Streams(world.scene.seed)
    up = np.flatnonzero(played.escalated_at < END)
    direct, direct_at = _direct(world, filed, streams)
    calls, local, n = world.calls, len(filed), len(filed) + len(up) + len(direct)
    contact = np.concatenate([filed.contact, filed.contact[up], direct])
    at = np.concatenate([filed.at, played.escalated_at[up], direct_at])
    above = np.arange(n) >= local
    later = streams("complaints.above").random((3, n))
    due = np.concatenate([played.due, at[local:] + 7 * 24])
    reply = np.concatenate([played.reply, at[local:] + 6 + 90 * later[0, local:]])
    closed = np.concatenate([played.closed, at[local:] + 120 + 100 * later[1, local:]])
    service = np.concatenate([filed.service, filed.service[up], later[2, local + len(up) :] < 0.3])
    broken = np.concatenate([played.broken, played.broken[up], np.zeros(len(direct), dtype=bool)])
    luck = streams("complaints.outcome").random((4, n))
    known = closed < END
    liable = luck[0] < LIABLE + 0.15 * service + 0.30 * broken
    felt = 3.6 - 1.2 * broken - 0.5 * above - 0.4 * (reply > due) + streams("complaints.felt").normal(0, 1.1, n)
    authority = np.where(above, 1 + pick(streams("complaints.authority").random(n), AUTHORITY_SHARES), 0)
    money = np.where(
        liable & (luck[1] < 0.5), 10 * np.ceil(2 * streams("complaints.money").lognormal(0.8, 0.7, n)), 0.0
    )
    order = np.lexsort((above, at))
    id = np.empty(n, dtype=object)
    id[order] = ids("K", n).to_numpy()
    earlier = np.full(n, None, dtype=object)
    earlier[local : local + len(up)] = id[up]
    ticket = np.full(n, None, dtype=object)
    ticket[:local] = ticket_id
    table = pd.DataFrame({
        "complaint_id": pd.Series(id, dtype="str"),
        "customer_id": contacts["customer_id"].take(contact).reset_index(drop=True),
        "first_contact_id": contacts["contact_id"].take(contact).reset_index(drop=True),
        "ticket_id": pd.Series(ticket, dtype="str"),
        "earlier_complaint_id": pd.Series(earlier, dtype="str"),
        "filed_at": moment(at),
        "filed_via": text(np.concatenate([filed.via, np.full(n - local, -1)]), VIA),
        "level": text(above.astype(int), ("local", "escalated")),
        "authority": text(authority, AUTHORITIES),
        "kind": text(1 - service, KINDS),
        "cause_code": _cause(world, contact, service, luck[2]),
        "region": text(calls.region[contact], co.REGIONS),
        "due_at": moment(due),
        "first_reply_at": moment(np.where(reply < END, reply, np.nan)),
        "closed_at": moment(np.where(known, closed, np.nan)),
        "on_time": pd.Series(reply <= due, dtype="boolean").where((reply < END) | (due < END)),
        "liable": pd.Series(liable, dtype="boolean").where(known),
        "reopened": pd.Series(luck[3] < REOPENED + 0.08 * broken, dtype="boolean").where(known),
        "compensation": pd.Series(money, dtype="Float64").where(known),
        "satisfaction": pd.Series(np.clip(np.round(felt), 1, 5), dtype="Int8").where(known & (luck[1] > 1 - ANSWERED)),
    })  # fmt: skip
    return table.take(order).reset_index(drop=True)


def _direct(world: Outcome, filed: Filed, streams: Streams) -> tuple[np.ndarray, np.ndarray]:
    """Contacts that lead straight to an authority, and when."""
    calls = world.calls
    luck = streams("complaints.direct").random((2, len(calls)))
    contact = np.flatnonzero(~calls.resolved & (luck[0] < DIRECT) & ~np.isin(calls.slot, filed.slot))
    at = calls.at[contact] + 24 * (1 + 6 * luck[1, contact])
    return contact[at < END], at[at < END]


def _cause(world: Outcome, contact: np.ndarray, service: np.ndarray, luck: np.ndarray) -> pd.Series:
    """What the complaint desk puts it down to, as a reason code."""
    line = world.calls.line[contact]
    by_line = np.array([co.REASONS.index(CAUSES.get(co.L1[k], "R04")) for k in range(len(co.L1))])
    code = np.where(luck < 0.8, by_line[co.PARENT[line]], co.REASONS.index("R01"))
    code = np.where((line == co.ONSITE) & (luck < 0.6), co.REASONS.index("R06"), code)
    own = np.array([co.REASONS.index(reason) for reason in ("R02", "R06", "R11", "R03", "R05")])
    return text(np.where(service, own[pick(luck, (0.35, 0.25, 0.2, 0.1, 0.1))], code), co.REASONS)
