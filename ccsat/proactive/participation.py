"""What share of the silent customers is dissatisfied, under one assumption on who answers after the other?"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from ccsat.errors import ColumnError, StudyError, listing, suggestion
from ccsat.numerics.weighting import kish_effect
from ccsat.proactive import weights as solve
from ccsat.proactive.customers import Customers
from ccsat.proactive.model import Preparation
from ccsat.proactive.weights import Odds, interval
from ccsat.results import Result, result_class
from ccsat.wording import count, number, percent, text

HOWS = ("auto", "answer", "features")
ODDS_RATIOS = (0.5, 0.67, 1.0, 1.5, 2.0)  # of answering, dissatisfied to not
FEW_WORTH = 50  # effective answers


@result_class
class Participation(Result):
    """Who answers, and what the silent would have said.

    `table`: one row an assumption: `assumption` (a key of `proactive.assumption`), `odds_ratio` of answering (dissatisfied to not;
    NaN where it is not estimated), `share` dissatisfied among the silent, `lower`, `upper`, `n` (answers behind it), `n_effective`, `used`.
    `how`: "answer" (the answer itself may move people to answer; told from anchors) or "features". `weight`: of each who answered, in the
    order of the customers: how many silent customers it stands for. `share`, `share_all`: of the silent and of all, with intervals.
    `gamma`: log odds ratio of answering. `agree_p`: p-value of anchors and features telling the same of it. `least`: the smallest chance to answer.
    """

    how: str
    weight: np.ndarray
    answered_share: float
    plain: float  # dissatisfied among those who answered
    share: float
    share_lower: float
    share_upper: float
    share_all: float
    all_lower: float
    all_upper: float
    gamma: float | None
    gamma_lower: float | None
    gamma_upper: float | None
    agree_p: float | None
    least: float
    n: int
    n_answered: int
    n_effective: float

    def sentence(self) -> str:
        return text(f"proactive.participation.{self.how}", n=count(self.n), answered=percent(self.answered_share), plain=percent(self.plain),
                    share=percent(self.share), lower=percent(self.share_lower), upper=percent(self.share_upper),
                    odds=number(np.exp(self.gamma)) if self.gamma is not None else "–",
                    odds_lower=number(np.exp(self.gamma_lower)) if self.gamma is not None else "–",
                    odds_upper=number(np.exp(self.gamma_upper)) if self.gamma is not None else "–", worth=count(self.n_effective))  # fmt: skip


def weigh_answers(customers: Customers, *, how: str = "auto", drivers: Sequence[str] = ()) -> Participation:
    """What would the silent customers have said?

    Those who answered are weighted by their odds of silence. "features": the chance to answer depends on the features only. "answer": it
    depends on the answer too, by as much as makes the weighted answers agree with what is known of everybody (anchors such as complaints
    or leaving, together with the features).

    Args:
        how: "auto" takes "answer" where there are anchors and they tell enough, else "features".
        drivers: Features that may move people to answer by themselves, whatever they would say (age, how they were asked).

    Returns:
        `Participation`; its table shows every assumption beside the one used, the bounds that assume nothing, and a range of odds ratios.

    Raises:
        StudyError: No such way; "answer" without anchors. ColumnError: A driver that is no feature.

    Assumes:
        "answer": given the answer (and drivers), neither features nor anchors move anybody to answer.

    Source:
        Kott and Chang (2010), Journal of the American Statistical Association 105, 1265-1275; bounds: Manski (1995).
    """
    if how not in HOWS:
        raise StudyError("proactive_how", given=how, known=listing(HOWS))
    if how == "answer" and not customers.anchors:
        raise StudyError("proactive_no_anchors", known=listing(customers.features))
    for name in drivers:
        if name not in customers.features:
            raise ColumnError(
                "proactive_driver",
                column=name,
                known=listing(customers.features),
                near=suggestion(name, customers.features) or "–",
            )
    answered = customers.answered
    d = customers.answer[answered]
    x = Preparation.learn(customers.x)(customers.x)
    found = {"features": solve.by_features(x, answered, d)}
    caveats, agree = [], None
    if customers.anchors:
        told = anchored(customers, x, answered, d)
        plain = _chance(x, answered, d)
        own = x[:, [customers.features.index(name) for name in drivers]] if drivers else None
        found["answer"] = solve.by_answer(told, answered, d, drivers=own)
        spread = np.log(plain / (1 - plain))[:, None]
        found["answer_and_features"] = solve.by_answer(
            told, answered, d, drivers=spread if own is None else np.column_stack([own, spread])
        )
        if found["answer"] is not None and own is None:
            agree = solve.agreement(told, plain, answered, d, found["answer"])
            if agree < 0.05:
                caveats.append(("caveat.proactive_disagree", {"p": agree}))
        if found["answer"] is None:
            caveats.append(("caveat.proactive_unsolved", {"anchors": listing(customers.anchors)}))
    else:
        caveats.append(("caveat.proactive_unseen", {}))
    used = "answer" if how != "features" and found.get("answer") is not None else "features"
    if used == "features" and customers.anchors and how == "features":
        caveats.append(("caveat.proactive_unseen", {}))
    best = found[used]
    worth = len(d) / kish_effect(best.weight)
    if worth < FEW_WORTH:
        caveats.append(("caveat.proactive_worth", {"worth": worth, "n": len(d)}))
    if best.least < 0.01:
        caveats.append(("caveat.proactive_least", {"least": best.least}))
    return Participation(
        table=_table(found, used, customers, x, answered, d), caveats=(*customers.caveats, *caveats), how=used, weight=best.weight,
        answered_share=float(answered.mean()), plain=float(d.mean()), share=best.share, **_ends("share", best.share, best.share_error),
        share_all=best.share_all, **_ends("all", best.share_all, best.all_error), gamma=best.gamma,
        gamma_lower=None if best.gamma is None else best.gamma - solve.Z * best.gamma_error,
        gamma_upper=None if best.gamma is None else best.gamma + solve.Z * best.gamma_error,
        agree_p=agree, least=best.least, n=len(answered), n_answered=len(d), n_effective=worth)  # fmt: skip


def anchored(customers: Customers, x: np.ndarray, answered: np.ndarray, d: np.ndarray) -> np.ndarray:
    """The chance to be dissatisfied told by features and anchors together; anchors apart for each arm of an earlier repair."""
    anchors = customers.frame[list(customers.anchors)].to_numpy(float)
    anchors = np.where(np.isnan(anchors), 0.0, anchors)
    arms = [arm for arm in sorted(customers.frame["arm"].unique()) if arm]
    parts = [x, anchors]
    for arm in arms[1:] if len(arms) > 1 and not (customers.frame["arm"] == "").any() else arms:
        there = (customers.frame["arm"] == arm).to_numpy(float)[:, None]
        parts += [there, there * anchors]
    z = np.column_stack(parts)
    z = z[:, z.std(axis=0) > 0]
    return _chance((z - z.mean(axis=0)) / z.std(axis=0), answered, d)


def _chance(z: np.ndarray, answered: np.ndarray, d: np.ndarray) -> np.ndarray:
    from sklearn.linear_model import LogisticRegression

    return np.clip(LogisticRegression(C=10.0, max_iter=500).fit(z[answered], d).predict_proba(z)[:, 1], 1e-6, 1 - 1e-6)


def _ends(name: str, share: float, error: float) -> dict[str, float]:
    lower, upper = interval(share, error)
    return {f"{name}_lower": lower, f"{name}_upper": upper}


def _table(
    found: dict[str, Odds | None], used: str, customers: Customers, x: np.ndarray, answered: np.ndarray, d: np.ndarray
) -> pd.DataFrame:
    n, nan = len(d), float("nan")
    from ccsat.estimates import wilson

    lower, upper = (float(one) for one in wilson(d.sum(), n))
    rows = [
        {
            "assumption": "same",
            "odds_ratio": nan,
            "share": float(d.mean()),
            "lower": lower,
            "upper": upper,
            "n": n,
            "n_effective": float(n),
            "used": False,
        }
    ]
    for key, odds in found.items():
        if odds is not None:
            low, high = interval(odds.share, odds.share_error)
            rows.append({"assumption": key, "odds_ratio": 1.0 if odds.gamma is None else float(np.exp(odds.gamma)), "share": odds.share, "lower": low, "upper": high, "n": n,
                         "n_effective": n / kish_effect(odds.weight), "used": key == used})  # fmt: skip
    plain = _chance(x, answered, d)[~answered]
    log_odds = np.log(plain / (1 - plain))
    rows += [{"assumption": "odds_ratio", "odds_ratio": ratio, "share": float((1 / (1 + np.exp(-(log_odds - np.log(ratio))))).mean()), "lower": nan, "upper": nan, "n": n,
              "n_effective": nan, "used": False} for ratio in ODDS_RATIOS]  # fmt: skip
    rows.append(
        {
            "assumption": "bounds",
            "odds_ratio": nan,
            "share": nan,
            "lower": 0.0,
            "upper": 1.0,
            "n": n,
            "n_effective": nan,
            "used": False,
        }
    )
    return pd.DataFrame(rows)
