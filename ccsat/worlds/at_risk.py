"""Customers who are dissatisfied and have not said so: what they went through, and a repair campaign with a random half held out."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from ccsat.worlds import company as co
from ccsat.worlds.frames import date, ids, text
from ccsat.worlds.people import Streams
from ccsat.worlds.simulate import Scene

CUSTOMERS = 20_000
FEATURES = ("bill_shock", "repeats", "wait_s", "network_fault", "bot_failures", "tenure_months")
MOST = {"repeats": 4, "wait_s": 150, "bot_failures": 4, "tenure_months": 80}  # beyond these nothing is added
LOGIT = {"intercept": -3.0, "bill_shock": 1.7, "repeats": 0.75, "wait_s": 0.006, "network_fault": 1.3, "bot_failures": 0.35,
         "tenure_months": -0.006, "noise": 0.7}  # fmt: skip
# How often it happens: not documented; set so that 14 % are dissatisfied and a plain score finds them as documented.
HAPPENS = {"bill_shock": 0.125, "network_fault": 0.10, "repeats": 0.42, "wait_s": 40.0, "bot_failures": 0.30}
SURVEYED, SURVEYED_DISSATISFIED = -1.57, 0.35  # logits: 18 % answer
COMPLAINS = 0.05
TARGETED, TREATED = 0.20, 0.50
SEGMENTS = ("bill_shock_dissatisfied", "other", "network_only")
EFFECTS = (-0.20, -0.03, 0.0)  # of a repair on the chance to escalate or leave
LOST = {"dissatisfied": 0.45, "satisfied": 0.05}  # chance to escalate or leave without a repair
ENDS = (0.25, 0.85)  # of the lost: escalated only, up to here; left only, up to here; then both
KINDS = ("bill_adjust", "apology_call", "network_message")
MOOD = {"dissatisfied": -2.0, "spread": 1.0, "recovers": 0.45, "repaired": 0.8, "annoyed": -0.5}
LEVELS = (-2.6, -1.7, -0.6, 0.6)  # of the mood, between the five answers
OFFERED_DAYS = (co.first_day(co.FIRST_CURRENT_WEEK), 5)


@dataclass(frozen=True, kw_only=True)
class AtRisk:
    """One entry a customer of the study. `lost_held` and `lost_treated` are both outcomes: only one of them is ever seen."""

    customer: np.ndarray
    features: np.ndarray  # one column each of FEATURES
    dissatisfied: np.ndarray
    surveyed: np.ndarray
    complained: np.ndarray
    score: np.ndarray  # a plain logistic fit on the surveyed: chance to be dissatisfied
    targeted: np.ndarray
    treated: np.ndarray
    kind: np.ndarray
    segment: np.ndarray
    offered: np.ndarray  # day
    lost_held: np.ndarray
    lost_treated: np.ndarray
    ends: np.ndarray
    before: np.ndarray
    after: np.ndarray

    @property
    def lost(self) -> np.ndarray:
        """What is seen."""
        return np.where(self.treated, self.lost_treated, self.lost_held)


def play_at_risk(scene: Scene) -> AtRisk:
    """What happened to the studied customers, who answered, who was offered a repair, and what came of it either way."""
    streams, people = Streams(scene.seed), scene.customers
    n = round(CUSTOMERS * scene.size)
    customer = np.sort(streams("at_risk.customer").permutation(len(people))[:n])

    def luck(name: str) -> np.ndarray:
        return streams(f"at_risk.{name}").random(n)

    features = np.column_stack([
        luck("bill_shock") < HAPPENS["bill_shock"],
        streams("at_risk.repeats").poisson(HAPPENS["repeats"], n),
        np.round(streams("at_risk.wait").exponential(HAPPENS["wait_s"], n)),
        luck("network_fault") < HAPPENS["network_fault"],
        streams("at_risk.bot_failures").poisson(HAPPENS["bot_failures"], n),
        people.tenure_months[customer],
    ]).astype(float)  # fmt: skip
    capped = np.minimum(features, [MOST.get(name, np.inf) for name in FEATURES])
    logit = (
        LOGIT["intercept"]
        + capped @ [LOGIT[name] for name in FEATURES]
        + streams("at_risk.noise").normal(0, LOGIT["noise"], n)
    )
    dissatisfied = luck("dissatisfied") < co.expit(logit)
    surveyed = luck("surveyed") < co.expit(SURVEYED + SURVEYED_DISSATISFIED * dissatisfied)
    score = predicted(capped, fitted(capped[surveyed], dissatisfied[surveyed]))
    targeted = score >= np.quantile(score, 1 - TARGETED)
    treated = targeted & (luck("arm") < TREATED)
    shock, repeats, _, fault, failures, _ = capped.T
    network_only = (fault == 1) & (shock == 0) & (repeats == 0) & (failures == 0)
    segment = np.select([(shock == 1) & dissatisfied, network_only], [0, 2], 1)
    kind = np.select([shock == 1, network_only], [0, 2], 1)
    chance = np.where(dissatisfied, LOST["dissatisfied"], LOST["satisfied"])
    lost = luck("lost")
    # The mood of the day: bad things pass, so that those chosen for them feel better later in either arm.
    mood = MOOD["dissatisfied"] * dissatisfied + streams("at_risk.before").logistic(0.7, MOOD["spread"], n)
    passed = luck("recovers") < MOOD["recovers"]
    helped = np.select([segment == 0, segment == 2], [MOOD["repaired"], MOOD["annoyed"]], 0.0) * treated
    later = (
        MOOD["dissatisfied"] * (dissatisfied & ~passed)
        + helped
        + streams("at_risk.after").logistic(0.7, MOOD["spread"], n)
    )
    first, days = OFFERED_DAYS
    return AtRisk(
        customer=customer, features=features, dissatisfied=dissatisfied, surveyed=surveyed,
        complained=dissatisfied & (luck("complains") < COMPLAINS), score=score, targeted=targeted, treated=treated, kind=kind,
        segment=segment, offered=first + (luck("day") * days).astype(int), lost_held=lost < chance,
        lost_treated=lost < chance + np.array(EFFECTS)[segment], ends=luck("ends"), before=_answer(mood), after=_answer(later),
    )  # fmt: skip


def _answer(mood: np.ndarray) -> np.ndarray:
    return (1 + (mood[:, None] > np.array(LEVELS)).sum(axis=1)).astype(np.int8)


def fitted(features: np.ndarray, outcome: np.ndarray) -> np.ndarray:
    """Coefficients of a logistic regression, the intercept first, by Newton's steps."""
    x = np.column_stack([np.ones(len(features)), features])
    b = np.zeros(x.shape[1])
    for _ in range(15):
        p = co.expit(x @ b)
        b += np.linalg.solve((x * (p * (1 - p))[:, None]).T @ x + 1e-6 * np.eye(len(b)), x.T @ (outcome - p))
    return b


def predicted(features: np.ndarray, coefficients: np.ndarray) -> np.ndarray:
    """Chances by these coefficients."""
    return co.expit(coefficients[0] + features @ coefficients[1:])


def at_risk_tables(scene: Scene) -> dict[str, pd.DataFrame]:
    """The tables `experience`, one row a customer, and `repairs`, one row a customer who was chosen."""
    one = play_at_risk(scene)
    customer_id = text(one.customer, ids("U", len(scene.customers)).to_numpy())
    shock, repeats, wait, fault, failures, _ = one.features.T
    escalated = one.lost & ((one.ends < ENDS[0]) | (one.ends >= ENDS[1]))
    left = one.lost & (one.ends >= ENDS[0])
    answers = pd.Series(one.dissatisfied, dtype="boolean").where(one.surveyed)
    chosen = one.targeted
    experience = pd.DataFrame({
        "customer_id": customer_id,
        "bill_shock": shock == 1,
        "repeats": repeats.astype(np.int8),
        "wait_s": wait.astype(np.int32),
        "network_fault": fault == 1,
        "bot_failures": failures.astype(np.int8),
        "surveyed": one.surveyed,
        "dissatisfied": answers,
        "complained": one.complained,
        "escalated": escalated,
        "churned": left,
    })  # fmt: skip
    repairs = pd.DataFrame({
        "customer_id": customer_id[chosen].reset_index(drop=True),
        "offered_on": date(one.offered[chosen]),
        "arm": text(one.treated[chosen].astype(int), ("hold", "treat")),
        "kind": text(one.kind[chosen], KINDS),
        "csat_before": one.before[chosen],
        "outcome_escalated": escalated[chosen],
        "outcome_churn": left[chosen],
        "csat_after": one.after[chosen],
    })  # fmt: skip
    return {"experience": experience, "repairs": repairs}
