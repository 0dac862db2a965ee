"""The tables of a world: customers, agents, contacts, bills; the surveys and registers have modules of their own."""

from __future__ import annotations

import numpy as np
import pandas as pd

from ccsat.worlds import company as co
from ccsat.worlds.frames import date, ids, moment, text
from ccsat.worlds.people import NO_TRIAL, Streams, pick
from ccsat.worlds.simulate import Outcome
from ccsat.worlds.surveys import survey_tables

MONTHS = ("2025-03", "2025-04", "2025-05")
MONTH_STARTS = np.array([-2, 29, 59])  # 1 March, 1 April, 1 May, in days from the start
TRIAL_AMOUNT = 15.0
# Billed items other than the trial pack: share of customers that have one in a month, median amount.
PACKS = {"vas_charge": "video_pack", "overage": "data_allowance", "contract_fee": "contract_discount"}  # what has a reminded date
ITEMS = {"overage": (0.06, 18.0), "contract_fee": (0.05, 39.0), "duplicate_charge": (0.004, 20.0)}


def make_tables(world: Outcome, extras: tuple[str, ...], *, lang: str) -> dict[str, pd.DataFrame]:
    """Every table of a world but its registers. `lang` is that of the comments."""
    contacts, ended = _contacts(world)
    return {
        "customers": _customers(world),
        "agents": _agents(world),
        "contacts": contacts,
        **survey_tables(world, contacts["contact_id"], ended, lang=lang),
        "bill_items": _bill_items(world),
    }


def customer_ids(world: Outcome) -> np.ndarray:
    return ids("U", len(world.scene.customers)).to_numpy()


def _customers(world: Outcome) -> pd.DataFrame:
    people = world.scene.customers
    joined = people.campaign >= 0
    return pd.DataFrame({
        "customer_id": pd.Series(customer_ids(world), dtype="str"),
        "region": text(people.region, co.REGIONS),
        "segment": text(people.segment, co.SEGMENTS),
        "plan_id": text(people.plan, co.PLANS),
        "tenure_months": people.tenure_months.astype(np.int32),
        "age_band": text(people.age_band, co.AGE_BANDS),
        "has_broadband": people.has_broadband,
        "campaign_id": text(people.campaign, co.campaign_names(world.scene.setting.campaigns)),
        "campaign_joined_on": date(people.campaign_day, joined),
        "vas_trial": text(np.where(people.reminded_day == NO_TRIAL, -1, 0), ("video",)),
        "snapshot_cohort": people.snapshot,
    })  # fmt: skip


def _agents(world: Outcome) -> pd.DataFrame:
    agents = world.scene.agents
    return pd.DataFrame({
        "agent_id": pd.Series(np.array(world.scene.agents.names), dtype="str"),
        "team": text(agents.team, co.TEAMS),
        "site": text(agents.team // 6, co.SITES),
        "hired_on": date(agents.hired_day),
        "tenure_days": agents.tenure_days.astype(np.int32),
        "tenure_band": text(agents.band, co.TENURE_BANDS),
        "skill_level": agents.skill.astype(np.int8),
        "origin": text(agents.from_outbound.astype(int), ("inbound", "from_outbound")),
        "is_lead": np.arange(len(agents)) < len(co.TEAMS),
    })  # fmt: skip


def _contacts(world: Outcome) -> tuple[pd.DataFrame, np.ndarray]:
    """The contacts, and the hour at which each ended."""
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
    menu = np.where(calls.online, -1, pick(streams("contacts.menu").random(n), (0.55, 0.3, 0.15)))
    followed = co.FOLLOWED * world.patches.factor("followed", calls, world.scene)
    customers, agents = customer_ids(world), np.array(world.scene.agents.names)
    table = pd.DataFrame({
        "contact_id": ids("C", n),
        "customer_id": pd.Series(customers[calls.customer], dtype="str"),
        "agent_id": pd.Series(agents[calls.agent], dtype="str"),
        "started_at": moment(calls.at),
        "ended_at": moment(ended),
        "channel": text(calls.online.astype(int), co.CHANNELS),
        "service_type": text(service, ("consult", "marketing", "complaint")),
        "biz_l1": text(co.PARENT[calls.line], co.L1),
        "biz_l2": text(calls.line, co.L2),
        "complexity": (np.clip(level, 0, 2) + 1).astype(np.int8),
        "ivr_entry_menu": text(menu, ("key0", "bill_menu", "fault_menu")),
        "queue_wait_s": np.round(calls.wait).astype(np.int32),
        "ring_s": np.round(ring).astype(np.int32),
        "talk_s": np.round(talk).astype(np.int32),
        "hold_s": np.round(hold).astype(np.int32),
        "acw_s": np.round(acw).astype(np.int32),
        "transfers": calls.transfer.astype(np.int8),
        "resolved_tag": tagged,
        "rule_code": _rules(world, streams("contacts.rule").random(n)),
        "process_followed": streams("contacts.followed").random(n) < followed,
        "shift": text(co.shift_of(hour), co.SHIFTS),
        "is_peak": ((hour >= 10) & (hour < 12)) | ((hour >= 15) & (hour < 17)),
    })  # fmt: skip
    return table, ended


def _rules(world: Outcome, draws: np.ndarray) -> pd.Series:
    """Code of the business rule that was applied to each contact: the usual harmless ones, and the story's."""
    calls = world.calls
    codes = np.full(len(calls), None, dtype=object)
    for line, (code, share) in co.RULES.items():
        codes[(calls.line == co.L2.index(line)) & (draws < share)] = code
    for code, where in world.patches.said("rule", calls, world.scene):
        codes[where] = code
    return pd.Series(codes, dtype="str")


def _bill_items(world: Outcome) -> pd.DataFrame:
    """Billed items: the trial pack with its reminder, and the other items that people dispute."""
    streams, calls, people = Streams(world.scene.seed), world.calls, world.scene.customers
    customer, month = [np.flatnonzero((people.reminded_day >= -7) & (people.reminded_day < co.DAYS))], []
    month.append(_month(people.reminded_day[customer[0]]))
    item = [np.zeros(len(customer[0]), dtype=int)]
    amount = [np.full(len(customer[0]), TRIAL_AMOUNT)]
    about = np.zeros(len(people), dtype=bool)
    about[calls.customer[calls.line == co.L2.index(world.scene.setting.reminded_line)]] = True
    disputed = [about[customer[0]]]
    pack, items = PACKS[world.scene.setting.reminded_line], [name for name in ITEMS if name != world.scene.setting.reminded_line]
    for k, name in enumerate(items, start=1):
        share, median = ITEMS[name]
        rng = streams(f"bill_items.{name}")
        has = rng.random((len(people), len(MONTHS))) < share
        those = calls.line == co.L2.index(name)
        fought = np.zeros_like(has)
        fought[calls.customer[those], _month(calls.at[those] / 24)] = True
        who, when = np.nonzero(has | fought)
        customer.append(who), month.append(when), item.append(np.full(len(who), k))
        amount.append(np.round(rng.lognormal(np.log(median), 0.5, len(who)), 1)), disputed.append(fought[who, when])
    customer, month, item = np.concatenate(customer), np.concatenate(month), np.concatenate(item)
    disputed, trial = np.concatenate(disputed), item == 0
    refunded = disputed & (streams("bill_items.refund").random(len(item)) < 0.3)
    return pd.DataFrame({
        "customer_id": pd.Series(customer_ids(world)[customer], dtype="str"),
        "cycle": text(month, MONTHS),
        "item": text(item, (pack, *items)),
        "amount": np.concatenate(amount),
        "is_disputed": disputed,
        "trial_end_on": date(people.reminded_day[customer], trial),
        "reminder_sent": pd.Series(world.reminded[customer], dtype="boolean").where(trial),
        "refunded": refunded,
    })  # fmt: skip


def _month(day: np.ndarray) -> np.ndarray:
    return np.clip(np.searchsorted(MONTH_STARTS, day, side="right") - 1, 0, len(MONTHS) - 1)
