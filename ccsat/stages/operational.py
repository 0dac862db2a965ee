"""What the KPI should have done, going by operations: the operational leg of the artefact test."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from ccsat.cells import Asked
from ccsat.centre import Centre
from ccsat.estimates import Difference
from ccsat.stages.contacts import Contacts, take_contacts

LEAST_FIT = 300  # ratings of the baseline to fit on
RIDGE = 1.0  # pseudo-rows that hold every effect near 0
Z95 = 1.959963984540054


@dataclass(frozen=True, eq=False)
class Expected:
    """The KPI that a model of the baseline's respondents expects of every contact.

    Attributes:
        contacts: The rows. value: Expected KPI of each. slope: Its derivative by the model's linear part. held: What every row has in the
            columns of the dimensions, where they are held; None where each has its own.
        effect: Influence of each fitted row on the coefficients, as `inverse @ (x * miss)`.
        explained: Share of the spread of the baseline's ratings that the model explains.
    """

    contacts: Contacts
    value: np.ndarray
    slope: np.ndarray
    coefficients: np.ndarray
    binary: bool
    inverse: np.ndarray
    miss: np.ndarray
    explained: float
    held: np.ndarray | None = None

    @cached_property
    def _clusters(self) -> int:
        return int(self.contacts.cluster.max()) + 1

    def move(self, rows: np.ndarray | None = None) -> Difference:
        """How far the expected KPI of some contacts moved, current less baseline, with its 95 % interval (customers as clusters)."""
        return self._difference(self._mean_move(rows), rows)

    def of_operations(self, rows: np.ndarray) -> Expected:
        """The same of contacts that differ in what operations did to them only: each with the dimensions that `rows` have on average.

        Which contacts came is left out, and with it most of the noise.
        """
        design, first = self.contacts.design, self.contacts.operations
        held = np.ravel(design[rows][:, first:].mean(axis=0))
        linear = design[:, :first] @ self.coefficients[:first] + held @ self.coefficients[first:]
        value, slope = _expect(linear, binary=self.binary)
        return replace(self, value=value, slope=slope, held=held)

    def selection(self, rows: np.ndarray | None = None) -> Difference:
        """How far those who rate became other contacts than all: the move expected of them less that expected of all.

        0 where raters stay as typical, by what operations know, as they were. Points of the KPI that participation moves.
        """
        everybody = self._mean_move(rows)
        raters = self._mean_move(self.contacts.rated if rows is None else self.contacts.rated & rows)
        return self._difference(tuple(a - b for a, b in zip(raters, everybody, strict=True)), rows)

    def _mean_move(self, rows: np.ndarray | None) -> tuple[float, np.ndarray, np.ndarray]:
        """The move, the influence of each row on it through who is in, and its derivative by the coefficients."""
        c = self.contacts
        inside = np.ones(len(self.value), dtype=bool) if rows is None else rows
        total, own, slope = 0.0, np.zeros(len(self.value)), np.zeros(len(self.coefficients))
        for part, sign in ((inside & c.now, 1.0), (inside & ~c.now, -1.0)):
            n = int(part.sum())
            if n == 0:
                return np.nan, own, slope
            mean = float(self.value[part].mean())
            total += sign * mean
            own[part] += sign * (self.value[part] - mean) / n
            slope += sign * self._by_coefficients(np.where(part, self.slope, 0.0)) / n
        return total, own, slope

    def _by_coefficients(self, weight: np.ndarray) -> np.ndarray:
        """Derivative of the weighted sum of the rows' linear parts."""
        seen = self.contacts.design.T @ weight
        if self.held is not None:
            seen[self.contacts.operations :] = self.held * weight.sum()
        return seen

    def _difference(self, found: tuple[float, np.ndarray, np.ndarray], rows: np.ndarray | None) -> Difference:
        from scipy.special import ndtr

        total, own, slope = found
        c = self.contacts
        influence = own + self.miss * (c.design @ (self.inverse @ slope))
        sums = np.bincount(c.cluster, influence, minlength=self._clusters)
        error = float(np.sqrt((sums**2).sum() * self._clusters / max(self._clusters - 1, 1)))
        p = float(2 * ndtr(-abs(total) / error)) if error > 0 else 1.0
        n, n0 = (int((part if rows is None else part & rows).sum()) for part in (c.now, ~c.now))
        return Difference(total, total - Z95 * error, total + Z95 * error, p, n, n0)


def fit_expected(contacts: Contacts, *, binary: bool) -> Expected | None:
    """Model what baseline respondents rated by what operations know of every contact; None where too few rated."""
    fit = contacts.rated & ~contacts.now
    if fit.sum() < LEAST_FIT or np.ptp(contacts.value[fit]) == 0:
        return None
    x, y = contacts.design[fit], contacts.value[fit]
    coefficients = fit_model(x, y, binary=binary)
    value, slope = _expect(contacts.design @ coefficients, binary=binary)
    inverse = np.linalg.inv(information(x, slope[fit]))
    miss = np.zeros(len(value))
    miss[fit] = y - value[fit]
    explained = 1 - float((miss[fit] ** 2).sum() / ((y - y.mean()) ** 2).sum())
    return Expected(contacts, value, slope, coefficients, binary, inverse, miss, explained)


def _expect(linear: np.ndarray, *, binary: bool) -> tuple[np.ndarray, np.ndarray]:
    """Expected values and their derivatives by the linear part."""
    value = 1 / (1 + np.exp(-linear)) if binary else linear
    return value, value * (1 - value) if binary else np.ones(len(value))


def fit_model(x, y: np.ndarray, *, binary: bool) -> np.ndarray:
    """Coefficients of a ridge logit (0 and 1) or a ridge regression; the constant, the first column, is not held back."""
    from sklearn.linear_model import LogisticRegression, Ridge

    if binary:
        model = LogisticRegression(C=1 / RIDGE, max_iter=200, tol=1e-5)
    else:
        model = Ridge(alpha=RIDGE)
    model.fit(x[:, 1:], y)
    return np.concatenate([np.ravel(model.intercept_), np.ravel(model.coef_)])


def information(x, weight: np.ndarray) -> np.ndarray:
    """X'WX with the ridge."""
    found = np.asarray((x.multiply(weight[:, None]).T @ x).todense())
    found[np.arange(1, len(found)), np.arange(1, len(found))] += RIDGE
    found[0, 0] += 1e-9
    return found


def expected_kpi(centre: Centre, asked: Asked) -> Expected | None:
    """The fitted model of a question; remembered by the centre. None where the data cannot carry it."""
    key = ("expected", asked.caliber.key, asked.windows, asked.dims)
    if key not in centre.memory:
        contacts = take_contacts(centre, asked)
        usable = contacts is not None and len(contacts.covariates) > 0
        centre.memory[key] = fit_expected(contacts, binary=asked.caliber.unit == "rate") if usable else None
    return centre.memory[key]


def operational_leg(centre: Centre, asked: Asked, inside: np.ndarray | None = None) -> dict:
    """Would operations lead one to expect the change?

    The KPI is modelled on the baseline's respondents by what operations know of everybody (resolution, transfers, waits, other
    metrics, dimensions), and expected of all contacts of both periods, answered or not.

    Args:
        inside: Contacts (as rows of `take_contacts`) that a change of the instrument touched, where there is one.

    Returns:
        `assessed`; where it is: `expected_change, lower, upper, p_value, n, n_baseline, n_fit, covariates, explained` (share of the spread
        of ratings that the model explains), `moved`, `sampled`; `selection` (a `Difference`: points that come from other contacts
        answering than before, as far as operations show); with `inside` also `inside`, the `Difference` there that operations alone lead
        one to expect, at an unchanged mix of contacts.

    Assumes:
        What operations do to ratings is as in the baseline. Weak alone: a cause that is none of the covariates leaves it flat.

    Source:
        DOMAIN 2.7.7 (leg 3); the error by linearisation with clusters: Binder (1983), International Statistical Review 51, 279-292.
    """
    model = expected_kpi(centre, asked)
    if model is None:
        return {"assessed": False}
    contacts, change = model.contacts, model.move()
    fit = contacts.rated & ~contacts.now
    leg = {"assessed": True, "expected_change": change.value, "lower": change.lower, "upper": change.upper, "p_value": change.p_value,
           "n": change.n, "n_baseline": change.n_baseline, "n_fit": int(fit.sum()), "covariates": list(contacts.covariates),
           "explained": model.explained, "moved": bool(change.lower > 0 or change.upper < 0), "sampled": contacts.sampled,
           "selection": model.selection()}  # fmt: skip
    if inside is not None and inside.any() and not inside.all():
        leg["inside"] = model.of_operations(inside).move(inside)
    return leg
