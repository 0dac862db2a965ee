"""S09, the silent dissatisfied: who they are, and whom a repair helps. Nothing changes in the contacts' ratings."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ccsat.worlds import company as co
from ccsat.worlds.at_risk import KINDS, SEGMENTS, AtRisk, play_at_risk
from ccsat.worlds.frames import ids
from ccsat.worlds.story import Aim, Decoy, Draw, Plot, Story

TOP = 0.10  # the list that can be called


def plot(draw: Draw) -> Plot:
    """Nothing is planted in the contacts, varied or not; the customers' own tables hold the case."""
    return Plot(
        verdict="none",
        decoys=_decoys(),
        actions=({
            "action_id": "A-27", "day": co.first_day(co.FIRST_CURRENT_WEEK), "hour": 9.0, "kind": "repair", "scope": "",
            "owner": "centre_process", "cost": 4.0, "lead_days": 10, "predicted_points": 0.002, "verification_design": "A",
            "title_zh": "对高风险客户主动修复（随机留出一半不联系）", "title_en": "Repair offered to customers at risk; a random half held out",
        },),
        expect=_expect,
    )  # fmt: skip


def _decoys() -> tuple[Decoy, ...]:
    return (
        Decoy(
            claim={"zh": "修复过的客户流失率高于未入选客户，修复有害", "en": "Repaired customers leave more often than those not chosen, so repairs do harm"},
            why_wrong={"zh": "入选的本来就是风险最高的两成；应与随机留出的一半比较",
                       "en": "The fifth at highest risk was chosen; compare with the random half that was held out"},
        ),
        Decoy(
            claim={"zh": "修复后评分比修复前明显回升，证明有效", "en": "Scores rose after the repair, which proves it"},
            why_wrong={"zh": "未联系的一半也同样回升：坏经历会过去，属于向均值回归",
                       "en": "The half held out rose as well: bad experiences pass, and the worst move back to the mean"},
        ),
        Decoy(
            claim={"zh": "模型在参评客户上训练，可直接用于全部客户", "en": "The model was fitted on those who answered, so it holds for everyone"},
            why_wrong={"zh": "不满意的客户更愿意参评，模型高估未参评客户的风险，须加权校准",
                       "en": "Dissatisfied customers answer more often, so it overstates the others' risk; weight and calibrate it"},
        ),
        Decoy(
            claim={"zh": "风险最高的客户都应联系", "en": "Everyone at high risk should be contacted"},
            why_wrong={"zh": "只有网络故障的客户联系了也没有改善，消息反而打扰；账单突增的客户收益最大",
                       "en": "A message changes nothing for those with a network fault alone, and annoys; customers with a bill shock gain most"},
        ),
    )  # fmt: skip


def _expect(scene, play) -> dict:
    """Who is dissatisfied, and what a repair does, from both outcomes of every chosen customer."""
    one = play_at_risk(scene)
    names = ids("U", len(scene.customers)).to_numpy()[one.customer]
    silent = ~one.surveyed
    return {
        "latent": {
            "customers": len(names), "prevalence": _share(one.dissatisfied), "prevalence_surveyed": _share(one.dissatisfied[one.surveyed]),
            "prevalence_silent": _share(one.dissatisfied[silent]), "predicted_silent": float(one.score[silent].mean()),
            "auc_silent": auc(one), "dissatisfied": names[one.dissatisfied].tolist(),
        },
        "repair": {
            "chosen": int(one.targeted.sum()), "effect": _effect(one, one.targeted),
            "by_segment": {name: {"n": int((one.targeted & (one.segment == k)).sum()), "effect": _effect(one, one.targeted & (one.segment == k))}
                           for k, name in enumerate(SEGMENTS)},
            "by_kind": {name: {"n": int((one.targeted & (one.kind == k)).sum()), "effect": _effect(one, one.targeted & (one.kind == k))}
                        for k, name in enumerate(KINDS)},
            "best": "bill_adjust",
            "traps": {"treated_less_not_chosen": against_the_others(one), "after_less_before": before_after(one)},
        },
    }  # fmt: skip


def _share(values: np.ndarray) -> float:
    return float(values.mean())


def _effect(one: AtRisk, who: np.ndarray) -> float | None:
    """Of a repair on the chance to escalate or leave: the same customers with it and without it."""
    return float(one.lost_treated[who].mean() - one.lost_held[who].mean()) if who.any() else None


def auc(one: AtRisk) -> float:
    """Chance that a silent dissatisfied customer scores above a silent satisfied one."""
    silent = ~one.surveyed
    order = np.argsort(one.score[silent], kind="stable")
    bad = one.dissatisfied[silent][order]
    ranks = np.flatnonzero(bad) + 1
    n = len(ranks)
    return float((ranks.sum() - n * (n + 1) / 2) / (n * (len(bad) - n)))


def listed(one: AtRisk) -> tuple[float, float]:
    """Of the silent customers' top tenth by score: part of the dissatisfied that it holds, and how many of it are."""
    silent = ~one.surveyed
    score, bad = one.score[silent], one.dissatisfied[silent]
    top = score >= np.quantile(score, 1 - TOP)
    return float(bad[top].sum() / bad.sum()), float(bad[top].mean())


def against_the_others(one: AtRisk) -> float:
    """Lost among the repaired, less lost among those not chosen: the comparison that misleads."""
    return float(one.lost[one.treated].mean() - one.lost[~one.targeted].mean())


def before_after(one: AtRisk) -> float:
    """Mean score of the held-out half after, less before: what time alone does."""
    held = one.targeted & ~one.treated
    return float(one.after[held].mean() - one.before[held].mean())


def _of(measure: Callable[[AtRisk], float]) -> Callable[..., float]:
    return lambda off, on: measure(play_at_risk(on.scene))


def _segment(k: int) -> Callable[..., float]:
    return _of(lambda one: _effect(one, one.targeted & (one.segment == k)))


STORY = Story(
    code="S09", slug="silent", title={"zh": "潜在不满客户", "en": "The silent dissatisfied"}, plot=plot, extras=("at_risk",), kind="customers",
    aims=(
        Aim(what="dissatisfied", aim=0.14, low=0.135, high=0.145, measure=_of(lambda one: one.dissatisfied.mean())),
        Aim(what="surveyed", aim=0.18, low=0.175, high=0.185, measure=_of(lambda one: one.surveyed.mean())),
        Aim(what="complained, of the dissatisfied", aim=0.05, low=0.046, high=0.054,
            measure=_of(lambda one: one.complained.sum() / one.dissatisfied.sum())),
        Aim(what="AUC, silent", aim=0.74, low=0.73, high=0.75, measure=_of(auc)),
        Aim(what="top tenth, part of the dissatisfied", aim=0.31, low=0.30, high=0.325, measure=_of(lambda one: listed(one)[0])),
        Aim(what="top tenth, precision", aim=0.41, low=0.395, high=0.425, measure=_of(lambda one: listed(one)[1])),
        Aim(what="predicted, silent", aim=0.170, low=0.163, high=0.177, measure=_of(lambda one: one.score[~one.surveyed].mean())),
        Aim(what="dissatisfied, silent", aim=0.133, low=0.128, high=0.138, measure=_of(lambda one: one.dissatisfied[~one.surveyed].mean())),
        Aim(what="repair, bill shock and dissatisfied", aim=-0.20, low=-0.21, high=-0.19, measure=_segment(0)),
        Aim(what="repair, others", aim=-0.03, low=-0.035, high=-0.025, measure=_segment(1)),
        Aim(what="repair, network fault only", aim=0.0, low=-0.001, high=0.001, measure=_segment(2)),
        Aim(what="trap: repaired against not chosen", aim=(0.01, 0.15), low=0.01, high=0.15, measure=_of(against_the_others)),
        Aim(what="trap: after against before, held out", aim=(0.1, 0.8), low=0.1, high=0.8, measure=_of(before_after)),
    ),
)  # fmt: skip
