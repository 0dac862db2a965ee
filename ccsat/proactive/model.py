"""Two models of the chance to be dissatisfied, chosen by out-of-sample log loss; what they say of customers whose answer is known."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

FOLDS = 5
CLIP = 0.01  # of each tail, drawn in: one endless wait is no hundred short ones
EDGE = 1e-4  # of a predicted chance
KINDS = ("logistic", "boosting")


@dataclass(frozen=True, eq=False)
class Preparation:
    """Features as numbers that both models take: tails drawn in, gaps at the median with a flag where there are any, standardised."""

    names: tuple[str, ...]
    low: np.ndarray
    high: np.ndarray
    middle: np.ndarray
    gaps: np.ndarray  # whether a gap flag stands for the feature
    mean: np.ndarray
    spread: np.ndarray

    @classmethod
    def learn(cls, x: pd.DataFrame) -> Preparation:
        """From all customers: none of it looks at the answer."""
        values = x.to_numpy(float)
        low, middle, high = np.nanquantile(values, [CLIP, 0.5, 1 - CLIP], axis=0)
        flat = low == high  # rare yes/no: nothing to draw in
        low, high = np.where(flat, np.nanmin(values, axis=0), low), np.where(flat, np.nanmax(values, axis=0), high)
        gaps = np.isnan(values).any(axis=0)
        raw = cls._raw(values, low, high, middle, gaps)
        spread = raw.std(axis=0)
        return cls(tuple(x.columns), low, high, middle, gaps, raw.mean(axis=0), np.where(spread > 0, spread, 1.0))

    @staticmethod
    def _raw(values, low, high, middle, gaps) -> np.ndarray:
        missing = np.isnan(values)
        filled = np.clip(np.where(missing, middle, values), low, high)
        return np.column_stack([filled, missing[:, gaps].astype(float)])

    def __call__(self, x: pd.DataFrame) -> np.ndarray:
        values = x[list(self.names)].to_numpy(float)
        return (self._raw(values, self.low, self.high, self.middle, self.gaps) - self.mean) / self.spread


@dataclass(frozen=True)
class Recipe:
    """What makes a model: its kind, the seed of its draws, and how weakly the logit is penalised."""

    kind: str
    seed: int
    c: float


def choose_penalty(x: np.ndarray, y: np.ndarray) -> float:
    """The inverse penalty of the logit with the least log loss over folds."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import GridSearchCV

    search = GridSearchCV(
        LogisticRegression(max_iter=500), {"C": np.logspace(-3, 1, 7)}, cv=FOLDS, scoring="neg_log_loss", refit=False
    )
    return float(search.fit(x, y).best_params_["C"])


def make(recipe: Recipe):
    """An unfitted model: a logit with a quadratic penalty, or small boosted trees."""
    if recipe.kind == "logistic":
        from sklearn.linear_model import LogisticRegression

        return LogisticRegression(C=recipe.c, max_iter=500)
    from sklearn.ensemble import HistGradientBoostingClassifier

    return HistGradientBoostingClassifier(max_depth=3, max_iter=120, learning_rate=0.05, min_samples_leaf=30, l2_regularization=1.0,
                                          early_stopping=False, random_state=recipe.seed)  # fmt: skip


def folds(y: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """The fold of each row, both answers spread evenly."""
    found = np.empty(len(y), int)
    for value in (0, 1):
        rows = rng.permutation(np.flatnonzero(y == value))
        found[rows] = np.arange(len(rows)) % FOLDS
    return found


def out_of_fold(recipe: Recipe, x: np.ndarray, y: np.ndarray, fold: np.ndarray) -> np.ndarray:
    """Chances predicted for each row by a model that has not seen it."""
    p = np.empty(len(y))
    for k in range(FOLDS):
        learn = fold != k
        p[~learn] = make(recipe).fit(x[learn], y[learn]).predict_proba(x[~learn])[:, 1]
    return np.clip(p, EDGE, 1 - EDGE)


def compare(x: np.ndarray, y: np.ndarray, fold: np.ndarray, seed: int) -> tuple[Recipe, pd.DataFrame, np.ndarray]:
    """Which of the models, by log loss on rows that it has not seen.

    The logit is kept where trees are not better by a standard error of the paired difference: it can say why.

    Returns:
        The recipe; one row a model: `model, log_loss, error` (of its difference to the logit) `, n, chosen`; its out-of-fold predictions.
    """
    c = choose_penalty(x, y)
    predicted = {kind: out_of_fold(Recipe(kind, seed, c), x, y, fold) for kind in KINDS}
    losses = {kind: -np.where(y == 1, np.log(p), np.log(1 - p)) for kind, p in predicted.items()}
    apart = losses["boosting"] - losses["logistic"]
    error = float(apart.std(ddof=1) / np.sqrt(len(y)))
    kind = "boosting" if apart.mean() < -error else "logistic"
    none = -np.log(np.where(y == 1, y.mean(), 1 - y.mean()))
    rows = [
        {
            "model": "share",
            "log_loss": float(none.mean()),
            "error": float((none - losses["logistic"]).std(ddof=1) / np.sqrt(len(y))),
            "n": len(y),
            "chosen": False,
        }
    ]
    rows += [
        {
            "model": one,
            "log_loss": float(losses[one].mean()),
            "error": 0.0 if one == "logistic" else error,
            "n": len(y),
            "chosen": one == kind,
        }
        for one in KINDS
    ]
    return Recipe(kind, seed, c), pd.DataFrame(rows), predicted[kind]


@dataclass(frozen=True, eq=False)
class RiskModel:
    """A fitted model: raw log odds of being dissatisfied, and of each customer what every feature adds to them."""

    kind: str
    preparation: Preparation
    fitted: object
    reference: pd.Series  # a usual customer: the median of every feature

    def log_odds(self, x: pd.DataFrame) -> np.ndarray:
        p = np.clip(self.fitted.predict_proba(self.preparation(x))[:, 1], EDGE, 1 - EDGE)
        return np.log(p / (1 - p))

    def contributions(self, x: pd.DataFrame) -> pd.DataFrame:
        """What each feature adds to the log odds, against the same customer with the usual value of it.

        For the logit these are its terms and add up to the difference from the usual customer; for trees they need not.
        """
        whole = self.log_odds(x)
        return pd.DataFrame(
            {name: whole - self.log_odds(x.assign(**{name: self.reference[name]})) for name in x.columns}, index=x.index
        )


def fit(recipe: Recipe, x: pd.DataFrame, answered: np.ndarray, y: np.ndarray) -> RiskModel:
    """Fit on those who answered; features prepared on all."""
    preparation = Preparation.learn(x)
    model = make(recipe).fit(preparation(x[answered]), y)
    return RiskModel(recipe.kind, preparation, model, x.median())
