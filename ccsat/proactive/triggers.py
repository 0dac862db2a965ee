"""Trigger rules beside the score: how many of the silent dissatisfied does each reach, and how often is it right?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np
import pandas as pd

from ccsat.proactive.latent import Latent
from ccsat.proactive.rules import Rule, read_rules
from ccsat.proactive.weights import interval
from ccsat.results import Result, result_class
from ccsat.wording import count, percent, text

FEW = 10  # answers behind a precision


@result_class
class Triggers(Result):
    """One row a rule: `rule, words, silent` (customers it would contact) `, share` (of the silent) `, coverage` (of the silent dissatisfied) with `coverage_lower,
    coverage_upper`, `precision` with its interval, `lift`, `n` (answers behind them), and how many it alone reaches (`alone`). The last row, "any", is all rules
    together; "score" the same number of customers by risk.
    """

    prevalence: float

    def sentence(self) -> str:
        row = self.table[self.table["rule"] == "any"].iloc[0]
        return text("proactive.triggers", rules=count(len(self.table) - 2), silent=count(row["silent"]), share=percent(row["share"]), coverage=percent(row["coverage"]),
                    precision=percent(row["precision"]))  # fmt: skip


def judge_triggers(latent: Latent, rules: Mapping[str, str] | Iterable[Rule]) -> Triggers:
    """Whom do these rules reach, and whom do they miss?

    Args:
        rules: Name -> words such as `bill_shock = 1 & repeats >= 2`, over the features.

    Returns:
        `Triggers`. Coverage and precision are among the silent, from answers weighted to stand for them; their error leaves out that of
        the weights themselves.

    Raises:
        StudyError, ColumnError: A rule that cannot be read, or names no feature.
    """
    made, frame = read_rules(rules), latent.customers.frame
    answered = latent.customers.answered
    d, weight = latent.customers.answer[answered], latent.participation.weight
    held = {rule.name: rule.holds(frame[list(latent.customers.features)]).to_numpy() for rule in made}
    words = {rule.name: str(rule) for rule in made}
    any_ = np.logical_or.reduce(list(held.values()))
    risk, silent = latent.scores["risk"].to_numpy(), ~answered
    line = np.quantile(risk[silent], 1 - any_[silent].mean()) if any_[silent].any() else np.inf
    share = latent.participation.share
    rows = []
    for name, mask in {**held, "any": any_, "score": risk >= line}.items():
        others = [other for one, other in held.items() if one != name]
        alone = mask & ~np.logical_or.reduce(others) if name in held and others else mask
        hit = mask[answered].astype(float)
        row = {
            "rule": name,
            "words": words.get(name, ""),
            "silent": int(mask[silent].sum()),
            "share": float(mask[silent].mean()),
        }
        rows.append(
            row
            | _shares(hit, d, weight, share)
            | {"alone": int(alone[silent].sum()) if name in held else row["silent"]}
        )
    caveats = [("caveat.proactive_same_answers", {})]
    if few := [row["rule"] for row in rows if row["n"] < FEW]:
        caveats.append(("caveat.proactive_few_hits", {"rules": ", ".join(few), "least": FEW}))
    return Triggers(table=pd.DataFrame(rows), caveats=tuple(caveats), prevalence=share)


def _shares(hit: np.ndarray, d: np.ndarray, weight: np.ndarray, share: float) -> dict:
    bad, mine = weight * d, weight * hit
    coverage = float(bad @ hit / bad.sum())
    found = {"coverage": coverage}
    found["coverage_lower"], found["coverage_upper"] = interval(
        coverage, float(np.sqrt(((bad * (hit - coverage) / bad.sum()) ** 2).sum()))
    )
    if mine.sum() > 0:
        precision = float(mine @ d / mine.sum())
        ends = interval(precision, float(np.sqrt(((mine * (d - precision) / mine.sum()) ** 2).sum())))
    else:
        precision, ends = float("nan"), (float("nan"),) * 2
    return found | {
        "precision": precision,
        "precision_lower": ends[0],
        "precision_upper": ends[1],
        "lift": precision / share,
        "n": int(hit.sum()),
    }
