"""The third level of business, and the knowledge articles that agents answer it from."""

from __future__ import annotations

import numpy as np
import pandas as pd

from ccsat.worlds import company as co
from ccsat.worlds.frames import date, text
from ccsat.worlds.people import Streams
from ccsat.worlds.simulate import Calls, Outcome

# Second level: its third levels; those who were not reminded of a date call about the first.
THIRD: dict[str, dict[str, float]] = {
    "balance": {"balance_check": 0.7, "recharge_record": 0.3},
    "usage": {"data_usage": 0.6, "voice_usage": 0.4},
    "tariff_rule": {"package_rule": 0.6, "roaming_rule": 0.4},
    "vas_charge": {"trial_expired": 0.55, "pack_renewal": 0.30, "unknown_order": 0.15},
    "overage": {"data_overage": 0.75, "voice_overage": 0.25},
    "contract_fee": {"discount_ended": 0.6, "monthly_minimum": 0.4},
    "duplicate_charge": {"double_deduction": 0.6, "two_accounts": 0.4},
    "upgrade": {"single_upgrade": 0.6, "family_plan": 0.4},
    "downgrade": {"downgrade_date": 0.7, "downgrade_limit": 0.3},
    "early_termination": {"penalty": 0.65, "number_transfer": 0.35},
    "slow": {"wifi": 0.5, "line_speed": 0.5},
    "offline_onsite": {"optical_signal": 0.6, "cable_damage": 0.4},
    "device": {"router": 0.5, "set_top_box": 0.5},
    "coverage": {"indoor": 0.7, "rural": 0.3},
    "speed": {"peak_congestion": 0.6, "handset": 0.4},
    "subscribe": {"video_order": 0.6, "ringtone_order": 0.4},
    "unsubscribe": {"video_cancel": 0.6, "ringtone_cancel": 0.4},
    "rebate": {"rebate_late": 0.6, "rebate_amount": 0.4},
    "gift": {"gift_delivery": 0.6, "gift_stock": 0.4},
    "service_quality": {"attitude_complaint": 0.4, "callback_complaint": 0.3, "skill_complaint": 0.3},
    "business_rule": {"rule_complaint": 0.5, "fee_complaint": 0.5},
    "other": {"account_info": 0.6, "suggestion": 0.4},
}
L3 = tuple(fine for line in co.L2 for fine in THIRD[line])
FIRST_L3 = np.array([L3.index(next(iter(THIRD[line]))) for line in co.L2])  # of each second level
EDGES = np.array([(np.cumsum([*THIRD[line].values()])[:-1].tolist() + [1.0])[:2] for line in co.L2])
USED = 0.70  # contacts in which an article was opened
# A root for each line, then the third levels.
ARTICLES = tuple(f"KB-{k:03d}" for k in range(1, 1 + len(co.L1) + len(L3)))


def third_level(calls: Calls, streams: Streams) -> np.ndarray:
    """Each contact's position in L3."""
    draws = streams("contacts.biz_l3").random(len(calls))
    further = (draws[:, None] >= EDGES[calls.line]).sum(axis=1)
    return FIRST_L3[calls.line] + np.where(calls.unreminded, 0, further)


def used_article(third: np.ndarray, streams: Streams) -> np.ndarray:
    """Position in ARTICLES of the article that was opened in each contact; -1: none."""
    return np.where(streams("contacts.knowledge").random(len(third)) < USED, len(co.L1) + third, -1)


def articles(world: Outcome, used: np.ndarray) -> pd.DataFrame:
    """The knowledge base: a root article a business line, and one for each third level below it."""
    streams, n, roots = Streams(world.scene.seed), len(ARTICLES), len(co.L1)
    luck = streams("knowledge.dates").random((3, n))
    parent = np.concatenate([np.full(roots, -1), [co.PARENT[co.L2.index(line)] for line in co.L2 for _ in THIRD[line]]])
    hits = np.bincount(used[used >= 0], minlength=n)
    hits[:roots] = [hits[parent == k].sum() // 8 for k in range(roots)]
    since = np.floor(-700 + 650 * luck[0])
    reviewed = np.maximum(since, np.floor(-150 + 220 * luck[1]))  # the quarterly review comes late for some
    until = np.where(luck[2] < 0.10, np.floor(80 * luck[2] / 0.10), 300 + np.floor(60 * luck[2]))
    return pd.DataFrame({
        "knowledge_id": pd.Series(ARTICLES, dtype="str"),
        "parent_id": text(parent, ARTICLES),
        "topic": pd.Series([*co.L1, *L3], dtype="str"),
        "valid_from": date(since), "valid_until": date(until), "reviewed_on": date(reviewed),
        "hits": (20 * hits).astype(np.int32),
        "improved_n": streams("knowledge.improved").poisson(0.6, n).astype(np.int8),
    })  # fmt: skip
