"""Customers and agents: who they are, and the traits behind their ratings that no table shows."""

from __future__ import annotations

from dataclasses import dataclass
from zlib import crc32

import numpy as np

from ccsat.worlds import company as co
from ccsat.worlds.patches import Setting


class Streams:
    """Independent random streams by name: asking for a new one changes none of the others."""

    def __init__(self, seed: int):
        self.seed = seed
        self._open: dict[str, np.random.Generator] = {}

    def __call__(self, name: str) -> np.random.Generator:
        """The stream of this name; asked again, it goes on where it stopped."""
        if name not in self._open:
            sequence = np.random.SeedSequence(self.seed, spawn_key=(crc32(name.encode()),))
            self._open[name] = np.random.Generator(np.random.PCG64(sequence))
        return self._open[name]


@dataclass(frozen=True, kw_only=True)
class Customers:
    """One entry a customer; levels as positions in the company's lists, days from the start of the world."""

    region: np.ndarray
    segment: np.ndarray
    plan: np.ndarray
    tenure_months: np.ndarray
    age_band: np.ndarray
    has_broadband: np.ndarray
    campaign: np.ndarray  # -1: none
    campaign_day: np.ndarray
    reminded_day: np.ndarray  # day the trial pack ends; NO_TRIAL for the others
    reminder_works: np.ndarray  # whether the reminder job, when it runs, reaches the customer
    luck: np.ndarray  # uniform, for a patch that reaches some customers only
    snapshot: np.ndarray
    effect: np.ndarray

    def __len__(self) -> int:
        return len(self.region)


NO_TRIAL = -(10**6)


@dataclass(frozen=True, kw_only=True)
class Agents:
    """One entry an agent; newcomers last."""

    team: np.ndarray
    hired_day: np.ndarray  # days from the start of the world, below 0 for all but newcomers
    tenure_days: np.ndarray
    skill: np.ndarray
    from_outbound: np.ndarray
    effect: np.ndarray
    attitude: np.ndarray

    def __len__(self) -> int:
        return len(self.team)

    @property
    def novice(self) -> np.ndarray:
        return self.tenure_days < 90

    @property
    def band(self) -> np.ndarray:
        """Position in TENURE_BANDS."""
        return np.searchsorted([90, 180, 365], self.tenure_days, side="right")

    @property
    def names(self) -> tuple[str, ...]:
        """Their ids, as the tables have them."""
        return tuple(f"A{k:07d}" for k in range(1, len(self) + 1))


def pick(draws: np.ndarray, shares: np.ndarray | tuple[float, ...]) -> np.ndarray:
    """Positions chosen with these shares by uniform draws."""
    edges = np.cumsum(shares)
    return np.minimum(np.searchsorted(edges, draws * edges[-1], side="right"), len(edges) - 1)


def make_customers(streams: Streams, size: float, setting: Setting) -> Customers:
    """The customers of a world."""
    n = round(co.CUSTOMERS * size)
    uniform = {name: streams(f"customers.{name}").random(n) for name in (
        "region", "segment", "plan", "age_band", "broadband", "campaign", "campaign_day", "trial", "trial_day",
        "reminder", "luck", "snapshot")}  # fmt: skip
    shares = co.campaign_shares(setting.campaigns)
    campaign = pick(uniform["campaign"], (*shares, 1 - sum(shares)))
    campaign = np.where(campaign == len(shares), -1, campaign)
    # One campaign was sold in weeks 3 to 8, the others over the half year before the end.
    fresh = campaign == co.CAMPAIGNS.index(setting.fresh_campaign)
    sold = np.where(fresh, 14 + 42 * uniform["campaign_day"], co.DAYS - 180 * (1 - uniform["campaign_day"]) - 1)
    # Trials end from two weeks before the start, so that contacts of the first days have theirs.
    ends = np.floor(-14 + (co.DAYS + 14) * uniform["trial_day"]).astype(int)
    return Customers(
        region=pick(uniform["region"], co.REGION_SHARES),
        segment=pick(uniform["segment"], co.SEGMENT_SHARES),
        plan=pick(uniform["plan"], (0.22, 0.18, 0.15, 0.13, 0.11, 0.09, 0.07, 0.05)),
        tenure_months=np.ceil(streams("customers.tenure").gamma(2.0, 20.0, n)).astype(int),
        age_band=pick(uniform["age_band"], co.AGE_SHARES),
        has_broadband=uniform["broadband"] < 0.55,
        campaign=campaign,
        campaign_day=np.floor(sold).astype(int),
        reminded_day=np.where(uniform["trial"] < co.TRIAL_SHARE, ends, NO_TRIAL),
        reminder_works=uniform["reminder"] < co.REMINDED,
        luck=uniform["luck"],
        snapshot=uniform["snapshot"] < 0.2,
        effect=streams("customers.effect").normal(0, co.CUSTOMER_SD, n),
    )


def make_agents(streams: Streams, size: float, setting: Setting) -> Agents:
    """The agents of a world: twelve teams of equal size, and the story's newcomers."""
    old = max(len(co.TEAMS) * 2, round(co.AGENTS * size))
    new = round(setting.newcomers * old / co.AGENTS)
    tenure = np.ceil(streams("agents.tenure").gamma(2.0, 300.0, old)).astype(int)
    skill = 1.5 + np.log1p(tenure / 60) + streams("agents.skill").normal(0, 0.6, old)
    hired = co.first_day(co.FIRST_CURRENT_WEEK)

    def and_new(values: np.ndarray, draws: np.ndarray | int | bool) -> np.ndarray:
        return np.concatenate([values, np.broadcast_to(draws, new)]) if new else values

    return Agents(
        team=and_new(np.arange(old) % len(co.TEAMS), co.TEAMS.index(setting.newcomer_team)),
        hired_day=and_new(-tenure, hired),
        tenure_days=and_new(tenure, co.DAYS - hired - 1),
        skill=and_new(np.clip(np.round(skill), 1, 5).astype(int), 1),
        from_outbound=and_new(streams("agents.origin").random(old) < 0.15, False),
        effect=and_new(streams("agents.effect").normal(0, co.AGENT_SD, old), streams("newcomers.effect").normal(0, co.AGENT_SD, new)),
        attitude=and_new(0.4 * streams("agents.attitude").normal(0, 1, old), 0.4 * streams("newcomers.attitude").normal(0, 1, new)),
    )  # fmt: skip
