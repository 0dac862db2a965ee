"""Has the world moved away from the model: features, scores, and how well the risks still count?"""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.special import expit

from ccsat.errors import ColumnError, listing
from ccsat.proactive import figures_of
from ccsat.proactive.customers import Customers
from ccsat.proactive.latent import FAR_LARGE, Latent
from ccsat.results import Result, result_class
from ccsat.wording import count, number, text

WATCH, RELEARN = 0.10, 0.25
BINS = 10
SCORE = "score"
SLOPE = (0.8, 1.25)


@result_class
class Drift(Result):
    """One row a feature and one for the score: `column, psi, noise` (what 95 % of samples of these sizes stay below without any drift) `, bins, n_learn, n_use,
    verdict` ("none", "watch", "relearn"). `calibration`: one row a figure (`in_large_raw`, `intercept_raw`, `slope_raw`) of the uncalibrated risks on the new answers, as those who answered: `key, value, lower, upper, n`; empty without
    enough of them. `verdict`: the worst of all.
    """

    calibration: pd.DataFrame
    verdict: str

    def sentence(self) -> str:
        worst = self.table.loc[self.table["psi"].idxmax()]
        return text(
            f"proactive.drift.{self.verdict}",
            columns=count(len(self.table) - 1),
            worst=str(worst["column"]),
            psi=number(worst["psi"], 3),
        )


def check_drift(latent: Latent, new: Customers) -> Drift:
    """Do the customers, and the answers they give, still look like those the model learned from?

    Args:
        new: Customers of the period of use, with the same features; their answers, where they have some, judge the calibration.

    Returns:
        `Drift`. PSI below 0.1 none, to 0.25 to be watched, above to be learned anew, each only where it lies above its noise. Calibration asks
        for learning anew where the risks are off by over 2 points or their slope leaves 0.8 to 1.25, beyond the interval.

    Raises:
        ColumnError: A feature of the model is not there.

    Source:
        Population stability index: Siddiqi (2006), Credit Risk Scorecards; its noise: Yurdakul and Naranjo (2020), Journal of Risk Model Validation 14(4).
    """
    features = list(latent.customers.features)
    if missing := [name for name in features if name not in new.frame.columns]:
        raise ColumnError("proactive_column", column=missing[0], table="new", known=listing(new.features), near="–")
    before, after = latent.customers.x, new.frame[features]
    rows = [_row(name, before[name].to_numpy(float), after[name].to_numpy(float)) for name in features]
    one, two = (latent.risk_model.log_odds(x) for x in (before, after))
    rows.append(_row(SCORE, one, two))
    table, calibration = pd.DataFrame(rows), pd.DataFrame(columns=["key", "value", "lower", "upper", "n"])
    caveats = []
    if new.answered.sum() >= 100:
        # as those who answered: weights of a second period would bring their own error into it
        found = figures_of.calibration(
            expit(two[new.answered]), new.answer[new.answered], np.ones(int(new.answered.sum())), "_raw"
        )
        calibration = pd.DataFrame(
            [{"key": f.key, "value": f.value, "lower": f.lower, "upper": f.upper, "n": f.n} for f in found]
        )
    else:
        caveats.append(("caveat.proactive_no_new_answers", {"n": int(new.answered.sum())}))
    verdicts = [*table["verdict"], *(_calibrated(row) for row in calibration.to_dict("records"))]
    verdict = next(one for one in ("relearn", "watch", "none") if one in verdicts)
    return Drift(table=table, caveats=tuple(caveats), calibration=calibration, verdict=verdict)


def psi(before: np.ndarray, after: np.ndarray, bins: int = BINS) -> tuple[float, float, int]:
    """The population stability index, its 95 % noise without drift, and the bins: tenths of the first, or its levels where there are few; gaps a bin."""
    from scipy.stats import chi2

    known = before[np.isfinite(before)]
    levels = np.unique(known)
    edges = (
        levels[1:] - np.diff(levels) / 2
        if len(levels) <= bins
        else np.unique(np.quantile(known, np.arange(1, bins) / bins))
    )

    def shares(values: np.ndarray) -> np.ndarray:
        there = np.isfinite(values)
        return np.append(
            np.bincount(np.searchsorted(edges, values[there], side="left"), minlength=len(edges) + 1), (~there).sum()
        ).astype(float)

    a, b = shares(before), shares(after)
    seen = (a + b) > 0
    a, b = a[seen], b[seen]
    p, q = (a + 0.5) / (a + 0.5).sum(), (b + 0.5) / (b + 0.5).sum()
    noise = float(chi2.ppf(0.95, max(len(a) - 1, 1)) * (1 / len(before) + 1 / len(after)))
    return float(((q - p) * np.log(q / p)).sum()), noise, len(a)


def _row(name: str, before: np.ndarray, after: np.ndarray) -> dict:
    value, noise, bins = psi(before, after)
    verdict = "none" if value < WATCH or value <= noise else "watch" if value < RELEARN else "relearn"
    return {
        "column": name,
        "psi": value,
        "noise": noise,
        "bins": bins,
        "n_learn": len(before),
        "n_use": len(after),
        "verdict": verdict,
    }


def _calibrated(row: dict) -> str:
    if row["key"] == "in_large_raw":
        return "relearn" if abs(row["value"]) > FAR_LARGE and (row["lower"] > 0 or row["upper"] < 0) else "none"
    if row["key"] == "slope_raw":
        return "relearn" if row["lower"] > SLOPE[1] or row["upper"] < SLOPE[0] else "none"
    return "none"
