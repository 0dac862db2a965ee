"""The table of contacts: what the agents' systems record of each."""

from __future__ import annotations

import numpy as np
import pandas as pd

from ccsat.worlds import company as co
from ccsat.worlds.frames import ids, moment, text
from ccsat.worlds.knowledge import ARTICLES, L3, third_level, used_article
from ccsat.worlds.people import Streams, pick
from ccsat.worlds.simulate import Outcome
from ccsat.worlds.tickets import Tickets

PURPOSES = {
    "inbound": 0.985,
    "callback": 0.006,
    "care": 0.004,
    "retention": 0.003,
    "survey": 0.001,
    "collection": 0.001,
}
MENUS, MENU_SHARES = ("key0", "bill_menu", "fault_menu"), (0.55, 0.30, 0.15)
ENDS = {"normal": 0.965, "dropped": 0.02, "abandoned": 0.015}
# What agents note about a contact: rarely, and by what they see.
VOICES = ("rule_rigid", "no_authority", "back_office_slow", "promise_unclear", "fee_unclear", "network_fault", "system_slow",
          "knowledge_missing", "customer_emotion")  # fmt: skip
VOICED_UNRESOLVED, VOICED_RESOLVED, TO_THE_POINT = 0.45, 0.03, 0.60
TOPIC = {"billing_dispute": "fee_unclear", "mobile_network": "network_fault", "broadband_fault": "network_fault",
         "campaign": "promise_unclear", "plan_change": "no_authority", "complaint": "no_authority"}  # fmt: skip
NOTED = ("billing_dispute", "plan_change", "tariff_enquiry")  # a member's campaign is noted in some of these
CONSISTENT = 0.95
HANDOVERS = np.array([6, 12, 18])  # when shifts change


def contacts_table(world: Outcome, customers: np.ndarray, tickets: Tickets, duty: np.ndarray) -> tuple[pd.DataFrame, np.ndarray, np.ndarray]:  # fmt: skip
    """The contacts, the hour at which each ended, and the position of the article used in each.

    Args:
        customers: Ids of the customers.
        tickets: Every ticket: a contact has that of its issue.
        duty: Agents x days: who is scheduled; the other contacts are overtime.
    """
    calls, streams, n = world.calls, Streams(world.scene.seed), len(world.calls)
    novice, complexity = world.scene.agents.novice[calls.agent], co.COMPLEXITY[calls.line]
    slow = (1 + 0.5 * complexity) * (1 + 0.35 * novice) * world.patches.factor("handle", calls, world.scene)
    talk = streams("contacts.talk").lognormal(np.log(180 * slow), 0.5)
    held = streams("contacts.held").random(n) < 0.35
    hold = np.where(held, streams("contacts.hold").lognormal(np.log(25 * slow), 0.6), 0.0)
    acw = streams("contacts.acw").lognormal(np.log(40 * slow), 0.5)
    ring = 2 + streams("contacts.ring").gamma(2.0, 1.5, n)
    ended = calls.at + (ring + talk + hold) / 3600
    hour = calls.at % 24
    level = np.digitize(complexity, [0.2, 0.8]) + pick(streams("contacts.complexity").random(n), (0.1, 0.8, 0.1)) - 1
    tagged = streams("contacts.tag").random(n) < np.where(calls.resolved, 0.97, 0.40)
    line, fine = np.array(co.L1)[co.PARENT[calls.line]], np.array(co.L2)[calls.line]
    service = np.select([line == "complaint", (line == "campaign") | (fine == "subscribe")], [2, 1], 0)
    purpose = np.where(calls.turn > 0, 0, pick(streams("contacts.purpose").random(n), tuple(PURPOSES.values())))
    menu = np.where(calls.online, -1, pick(streams("contacts.menu").random(n), MENU_SHARES))
    version = np.broadcast_to(world.patches.new_menu(calls, world.scene), n).astype(int)
    third = third_level(calls, streams)
    article = used_article(third, streams)
    followed = co.FOLLOWED * world.patches.factor("followed", calls, world.scene)
    ruled, rule = _rules(world, streams("contacts.rule").random(n))
    table = pd.DataFrame({
        "contact_id": ids("C", n),
        "customer_id": pd.Series(customers[calls.customer], dtype="str"),
        "agent_id": text(calls.agent, world.scene.agents.names),
        "started_at": moment(calls.at),
        "ended_at": moment(ended),
        "channel": text(calls.online.astype(int), co.CHANNELS),
        "service_type": text(service, ("consult", "marketing", "complaint")),
        "contact_purpose": text(purpose, tuple(PURPOSES)),
        "biz_l1": text(co.PARENT[calls.line], co.L1),
        "biz_l2": text(calls.line, co.L2),
        "biz_l3": text(third, L3),
        "complexity": (np.clip(level, 0, 2) + 1).astype(np.int8),
        "ivr_entry_menu": text(menu, MENUS),
        "menu_version": text(np.where(calls.online, -1, version), ("v4", "v5")),
        "queue_wait_s": np.round(calls.wait).astype(np.int32),
        "ring_s": np.round(ring).astype(np.int32),
        "talk_s": np.round(talk).astype(np.int32),
        "hold_s": np.round(hold).astype(np.int32),
        "acw_s": np.round(acw).astype(np.int32),
        "transfers": calls.transfer.astype(np.int8),
        "end_reason": text(pick(streams("contacts.end").random(n), tuple(ENDS.values())), tuple(ENDS)),
        "systems_used": (1 + streams("contacts.systems").poisson(0.4 + 0.6 * complexity)).astype(np.int8),
        "resolved_tag": tagged,
        "agent_voice": text(_voices(world, ruled, streams), VOICES),
        "rule_code": rule,
        "campaign_id": text(_campaign(world, streams), co.campaign_names(world.scene.setting.campaigns)),
        "ticket_id": text(tickets.of_contacts(calls.slot), tickets.ids),
        "knowledge_id": text(article, ARTICLES),
        "process_followed": streams("contacts.followed").random(n) < followed,
        "wording_consistent": streams("contacts.wording").random(n) < CONSISTENT,
        "shift": text(co.shift_of(hour), co.SHIFTS),
        "is_shift_handover": (np.abs(hour[:, None] - HANDOVERS) <= 0.25).any(axis=1),
        "is_peak": ((hour >= 10) & (hour < 12)) | ((hour >= 15) & (hour < 17)),
        "overtime_flag": ~duty[calls.agent, calls.day],
        "incident_id": text(_incident(world), tuple(co.INCIDENTS)),
        "ingest_batch": text(calls.week - 1, [f"B{week}" for week in range(1, co.WEEKS + 1)]),
    })  # fmt: skip
    return table, ended, article


def _rules(world: Outcome, draws: np.ndarray) -> tuple[np.ndarray, pd.Series]:
    """Which contacts met a rule of the story's, and every contact's code: the usual harmless ones, and the story's."""
    calls = world.calls
    codes, ruled = np.full(len(calls), None, dtype=object), np.zeros(len(calls), dtype=bool)
    for line, (code, share) in co.RULES.items():
        codes[(calls.line == co.L2.index(line)) & (draws < share)] = code
    for code, where in world.patches.said("rule", calls, world.scene):
        codes[where] = code
        ruled |= where
    return ruled, pd.Series(codes, dtype="str")


def _voices(world: Outcome, ruled: np.ndarray, streams: Streams) -> np.ndarray:
    """Positions in VOICES; -1: the agent noted nothing."""
    calls = world.calls
    luck = streams("contacts.voice").random((3, len(calls)))
    topics = np.array([VOICES.index(TOPIC.get(name, "knowledge_missing")) for name in co.L1])[co.PARENT[calls.line]]
    topics = np.where(calls.line == co.ONSITE, VOICES.index("back_office_slow"), topics)
    topics = np.where(ruled, VOICES.index("rule_rigid"), topics)
    said = np.where(luck[1] < TO_THE_POINT, topics, (luck[2] * len(VOICES)).astype(int))
    return np.where(luck[0] < np.where(calls.resolved, VOICED_RESOLVED, VOICED_UNRESOLVED), said, -1)


def _campaign(world: Outcome, streams: Streams) -> np.ndarray:
    """The campaign that a contact was about, as far as the agent noted it; -1: none."""
    calls, people = world.calls, world.scene.customers
    joined = people.campaign[calls.customer]
    line = co.PARENT[calls.line]
    noted = np.isin(line, [co.L1.index(name) for name in NOTED]) & (
        streams("contacts.campaign").random(len(calls)) < 0.25
    )
    after = calls.day >= people.campaign_day[calls.customer]
    return np.where(((line == co.L1.index("campaign")) | noted) & after, joined, -1)


def _incident(world: Outcome) -> np.ndarray:
    """The incident that each contact falls into; -1: none."""
    calls, found = world.calls, np.full(len(world.calls), -1)
    for k, one in enumerate(co.INCIDENTS.values()):
        start = 24 * one["day"] + one["hours"][0]
        inside = (calls.at >= start) & (calls.at < start + one["hours"][1] - one["hours"][0])
        if "region" in one:
            inside &= (calls.region == co.REGIONS.index(one["region"])) & (calls.l1 == co.L1.index(one["line"]))
        else:
            inside &= calls.online
        found[inside] = k
    return found
