"""The tables of a world: customers, agents and bills are made here, the others in modules of their own."""

from __future__ import annotations

import numpy as np
import pandas as pd

from ccsat.worlds import company as co
from ccsat.worlds.complaints import complaints_table, play_complaints
from ccsat.worlds.contacts import contacts_table
from ccsat.worlds.floor import agent_days, intervals, on_duty, reviews
from ccsat.worlds.frames import date, ids, text
from ccsat.worlds.groups import extra_tables
from ccsat.worlds.knowledge import articles
from ccsat.worlds.people import NO_TRIAL, Streams
from ccsat.worlds.simulate import Outcome
from ccsat.worlds.surveys import survey_tables
from ccsat.worlds.tickets import Tickets, open_tickets, ticket_tables

MONTHS = ("2025-03", "2025-04", "2025-05")
MONTH_STARTS = np.array([-2, 29, 59])  # 1 March, 1 April, 1 May, in days from the start
TRIAL_AMOUNT = 15.0
# Billed items other than the trial pack: share of customers that have one in a month, median amount.
PACKS = {
    "vas_charge": "video_pack",
    "overage": "data_allowance",
    "contract_fee": "contract_discount",
}  # what has a reminded date
ITEMS = {"overage": (0.06, 18.0), "contract_fee": (0.05, 39.0), "duplicate_charge": (0.004, 20.0)}


def make_tables(world: Outcome, extras: tuple[str, ...], *, lang: str) -> dict[str, pd.DataFrame]:
    """Every table of a world but its registers. `lang` is that of the comments."""
    complaints = play_complaints(world)
    tickets, duty = open_tickets(world, complaints), on_duty(world)
    core, article = _core(world, tickets, duty, lang)
    contacts = core["contacts"]
    contact_id, own = contacts["contact_id"].to_numpy(), np.flatnonzero(tickets.complaint >= 0)
    of_complaint = np.empty(len(complaints.filed), dtype=object)
    of_complaint[tickets.complaint[own]] = tickets.ids[own]
    days = agent_days(world, contacts, duty)
    return {
        **core,
        "complaints": complaints_table(world, complaints, contacts, of_complaint),
        **ticket_tables(world, tickets, contact_id),
        "qa_reviews": reviews(world, contacts),
        "agent_days": days,
        "intervals": intervals(world, contacts, days),
        "knowledge_articles": articles(world, article),
        **extra_tables(world, extras, lang=lang),
    }


def make_core_tables(world: Outcome, *, lang: str) -> dict[str, pd.DataFrame]:
    """The tables that questions are asked of: people, contacts, surveys, bills."""
    return _core(world, open_tickets(world, play_complaints(world)), on_duty(world), lang)[0]


def _core(world: Outcome, tickets: Tickets, duty: np.ndarray, lang: str) -> tuple[dict[str, pd.DataFrame], np.ndarray]:
    """The tables that questions are asked of, and the knowledge article used in each contact."""
    contacts, ended, article = contacts_table(world, customer_ids(world), tickets, duty)
    return {
        "customers": _customers(world),
        "agents": _agents(world),
        "contacts": contacts,
        **survey_tables(world, contacts["contact_id"], ended, lang=lang),
        "bill_items": _bill_items(world),
    }, article


def customer_ids(world: Outcome) -> np.ndarray:
    """Id of each customer, as the tables have it."""
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
    pack, items = (
        PACKS[world.scene.setting.reminded_line],
        [name for name in ITEMS if name != world.scene.setting.reminded_line],
    )
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
