"""Latent-dissatisfied customers: how likely is each who never said so, how good is that guess, and how many can be reached?"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy.special import expit, logit

from ccsat.errors import StudyError
from ccsat.proactive import figures_of, model
from ccsat.proactive.customers import Customers
from ccsat.proactive.figures_of import Figure
from ccsat.proactive.participation import Participation, weigh_answers
from ccsat.results import Result, result_class
from ccsat.wording import count, number, percent, text

CAPACITIES = (0.05, 0.10, 0.20, 0.30)
LEARN = 2 / 3  # of the answers; the rest judges
WEAK_AUC = 0.60
FAR_LARGE = 0.02  # calibration in the large


@result_class
class Latent(Result):
    """The risk of every customer, and how far it can be trusted.

    `table`: one row a figure: `key, k, value, lower, upper, n`. Keys: `prevalence` (all), `prevalence_silent`, `prevalence_answered`, `predicted_silent`,
    `auc` (as those who answered), `auc_silent` (weighted to the silent), `in_large`, `intercept`, `slope` (calibrated), the same with `_raw`
    (fitted on those who answered, as it came), and `capture`, `precision`, `lift` at each share `k` that can be contacted. All judged on
    answers the model did not learn from. `scores`: one row a customer: the id, `answered`, `risk_raw`, `risk` (as if silent). `bins`: calibration by tenth
    of risk: `which` (raw, calibrated)`, group, n, n_effective, predicted, seen, lower, upper`. `curve`: `k, capture, lower, upper, random`.
    `models`: log loss of each candidate. `split`: "time" or "random".
    """

    customers: Customers
    participation: Participation
    risk_model: model.RiskModel
    scores: pd.DataFrame
    bins: pd.DataFrame
    curve: pd.DataFrame
    models: pd.DataFrame
    shift: float  # calibrated log odds = shift + stretch * raw
    stretch: float
    split: str
    n_learn: int
    n_judge: int

    def figure(self, key: str, k: float | None = None) -> Figure:
        """One of the figures of the table."""
        rows = self.table[self.table["key"] == key]
        rows = rows if k is None else rows[np.isclose(rows["k"].astype(float), k)]
        row = rows.iloc[0]
        return Figure(
            key,
            float(row["value"]),
            float(row["lower"]),
            float(row["upper"]),
            int(row["n"]),
            None if pd.isna(row["k"]) else float(row["k"]),
        )

    def sentence(self) -> str:
        large, ranks, shares = self.figure("in_large"), self.figure("auc_silent"), self.participation
        return text("proactive.latent", n=count(len(self.scores)), silent=count((~self.scores["answered"]).sum()), share=percent(shares.share), lower=percent(shares.share_lower),
                    upper=percent(shares.share_upper), auc=number(ranks.value, 3), auc_lower=number(ranks.lower, 3), auc_upper=number(ranks.upper, 3),
                    large=number(100 * large.value, 1), model=text(f"proactive.model.{self.risk_model.kind}"))  # fmt: skip


def find_latent(
    customers: Customers, *, capacities: Sequence[float] = CAPACITIES, rng: int = 0, how: str = "auto", drivers: Sequence[str] = (),
) -> Latent:  # fmt: skip
    """Who is dissatisfied and has not said so?

    A model is learned from those who answered, chosen by out-of-sample log loss, and judged on answers kept back: the later ones where
    there are times, else a random third. Those who answered are not the customers, so its risks are then calibrated to the silent by weights
    (`weigh_answers`). The risks that are given out come from the same steps on all answers.

    Args:
        capacities: Shares of the silent that can be contacted.
        rng: Seed of the split and the folds.
        how, drivers: See `weigh_answers`.

    Returns:
        `Latent`. Rates are 0 to 1; intervals 95 %.

    Raises:
        StudyError: A capacity outside 0 to 1. Else as `weigh_answers`.

    Assumes:
        What ties features to dissatisfaction is the same for the silent, but for the level and stretch that calibration mends. A risk is a
        prediction: it says whom to ask first, not what a repair would do for them.

    Source:
        Van Calster et al. (2019), BMC Medicine 17, 230 (calibration); Kott and Chang (2010) for the weights; DOMAIN 2.14.
    """
    if bad := [k for k in capacities if not 0 < k < 1]:
        raise StudyError("proactive_capacity", given=bad[0])
    draw, answered, y = np.random.default_rng(rng), customers.answered, customers.answer[customers.answered]
    seed = int(draw.integers(2**31))
    shares = weigh_answers(customers, how=how, drivers=drivers)
    weight = shares.weight
    learn, split = _split(customers, y, draw)
    rows = np.flatnonzero(answered)
    usable = answered.copy()
    usable[rows[~learn]] = False  # what the judged model may see
    x = customers.x
    recipe, models, oof = model.compare(
        model.Preparation.learn(x)(x.iloc[rows[learn]]), y[learn], model.folds(y[learn], draw), seed
    )
    judged = model.fit(recipe, x, usable, y[learn])
    shift, stretch = _calibrator(oof, y[learn], weight[learn], None)
    raw = judged.log_odds(x)
    found, d, w = [], y[~learn], weight[~learn]
    ones, raw_judge, silent_raw = np.ones(len(d)), raw[rows[~learn]], raw[~answered]
    risk = expit(shift + stretch * raw_judge)
    found += [figures_of.auc(raw_judge, d, ones, "auc"), figures_of.auc(raw_judge, d, w, "auc_silent")]
    found += figures_of.calibration(expit(raw_judge), d, w, "_raw") + figures_of.calibration(risk, d, w)
    for k in capacities:
        found += figures_of.at_capacity(raw_judge, d, w, k, float(np.quantile(silent_raw, 1 - k)))
    curve = pd.DataFrame([{"k": k, **{part: getattr(one, name) for part, name in (("capture", "value"), ("lower", "lower"), ("upper", "upper"))}, "random": k, "n": one.n}
                          for k in np.round(np.arange(0.05, 1.0, 0.05), 2)
                          for one in figures_of.at_capacity(raw_judge, d, w, k, float(np.quantile(silent_raw, 1 - k)))[:1]])  # fmt: skip
    bins = pd.concat(
        [
            figures_of.bins(p, d, w).assign(which=which)
            for which, p in (("raw", expit(raw_judge)), ("calibrated", risk))
        ],
        ignore_index=True,
    )
    final = model.fit(recipe, x, answered, y)
    everything = model.out_of_fold(recipe, final.preparation(x.iloc[rows]), y, model.folds(y, draw))
    log_odds = final.log_odds(x)
    shift, stretch = _calibrator(everything, y, weight, (log_odds[~answered], shares.share))
    scores = pd.DataFrame(
        {
            customers.id: customers.frame[customers.id],
            "answered": answered,
            "risk_raw": expit(log_odds),
            "risk": expit(shift + stretch * log_odds),
        }
    )
    found = _shares(shares, scores) + found
    table = pd.DataFrame(
        [
            {"key": one.key, "k": one.k, "value": one.value, "lower": one.lower, "upper": one.upper, "n": one.n}
            for one in found
        ]
    )
    return Latent(table=table, caveats=(*shares.caveats, *_caveats(table, split, shares)), customers=customers, participation=shares, risk_model=final, scores=scores, bins=bins,
                  curve=curve, models=models, shift=shift, stretch=stretch, split=split, n_learn=int(learn.sum()), n_judge=int((~learn).sum()))  # fmt: skip


def _split(customers: Customers, y: np.ndarray, draw: np.random.Generator) -> tuple[np.ndarray, str]:
    """Which answers the judged model learns from: the earlier two thirds, or a random two thirds of either answer."""
    if customers.at:
        at = customers.frame.loc[customers.answered, "at"]
        line = at.quantile(LEARN, interpolation="lower")
        learn = (at <= line).to_numpy()
        if min(_events(y[learn]), _events(y[~learn])) >= 15:
            return learn, "time"
    learn = np.zeros(len(y), bool)
    for value in (0, 1):
        rows = draw.permutation(np.flatnonzero(y == value))
        learn[rows[: round(LEARN * len(rows))]] = True
    return learn, "random"


def _events(y: np.ndarray) -> int:
    return int(min(y.sum(), len(y) - y.sum()))


def _calibrator(
    p: np.ndarray, y: np.ndarray, weight: np.ndarray, level: tuple[np.ndarray, float] | None
) -> tuple[float, float]:
    """Shift and stretch of the log odds for the silent, from out-of-fold chances; with `level` the shift that gives the silent their share."""
    s = logit(p)
    (shift, stretch), _ = figures_of.logit_fit(np.column_stack([np.ones(len(s)), s]), y, weight)
    stretch = float(np.clip(stretch, 0.2, 2.0))
    if level is None:
        return float(shift), stretch
    from scipy.optimize import brentq

    silent, share = level
    if not len(silent):
        return float(shift), stretch
    return float(brentq(lambda a: expit(a + stretch * silent).mean() - share, -30, 30)), stretch


def _shares(shares: Participation, scores: pd.DataFrame) -> list[Figure]:
    from ccsat.estimates import wilson

    lower, upper = (float(one) for one in wilson(shares.plain * shares.n_answered, shares.n_answered))
    silent = scores[~scores["answered"]]
    return [
        Figure("prevalence", shares.share_all, shares.all_lower, shares.all_upper, shares.n),
        Figure("prevalence_silent", shares.share, shares.share_lower, shares.share_upper, len(silent)),
        Figure("prevalence_answered", shares.plain, lower, upper, shares.n_answered),
        Figure("predicted_silent_raw", float(silent["risk_raw"].mean()), float("nan"), float("nan"), len(silent)),
        Figure("predicted_silent", float(silent["risk"].mean()), float("nan"), float("nan"), len(silent)),
    ]


def _caveats(table: pd.DataFrame, split: str, shares: Participation) -> list[tuple[str, dict]]:
    value = table.set_index("key").groupby(level=0).first()
    found: list[tuple[str, dict]] = [
        ("caveat.proactive_predicts", {}),
        ("caveat.proactive_level", {"lower": shares.share_lower, "upper": shares.share_upper}),
    ]
    if split == "random":
        found.append(("caveat.proactive_random_split", {}))
    if value.loc["auc_silent", "lower"] < WEAK_AUC:
        found.append(
            (
                "caveat.proactive_weak",
                {"auc": float(value.loc["auc_silent", "value"]), "lower": float(value.loc["auc_silent", "lower"])},
            )
        )
    large = value.loc["in_large"]
    if abs(large["value"]) > FAR_LARGE and (large["lower"] > 0 or large["upper"] < 0):
        found.append(("caveat.proactive_off", {"large": 100 * float(large["value"])}))
    return found
