"""Links of ordered models: the distribution behind the answers, with what Newton needs of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.special import expit, ndtr, ndtri

FAR = 700.0  # stands for infinity: every link is 0 or 1 there and its slopes are 0


@dataclass(frozen=True)
class Link:
    """F with its inverse; `parts(u, lo)` is F(u) - F(lo), f(u), f(lo), f'(u), f'(lo) without loss where F is near 1."""

    cdf: Callable
    density: Callable
    inverse: Callable
    parts: Callable


def _logistic(u):
    """F and 1 - F, each without loss."""
    e = np.exp(-np.abs(u))
    near = 1 / (1 + e)
    far = e * near
    return np.where(u < 0, far, near), np.where(u < 0, near, far)


def _logit_parts(u, lo):
    (a, a_left), (b, b_left) = _logistic(u), _logistic(lo)
    fu, fl = a * a_left, b * b_left
    return np.where(lo > 0, b_left - a_left, a - b), fu, fl, fu * (a_left - a), fl * (b_left - b)


def _logit_density(u):
    a, left = _logistic(u)
    return a * left


def _probit_parts(u, lo):
    flip = u + lo > 0
    p = np.where(flip, ndtr(-lo) - ndtr(-u), ndtr(u) - ndtr(lo))
    fu, fl = _phi(u), _phi(lo)
    return p, fu, fl, -u * fu, -lo * fl


def _phi(u):
    return np.exp(-0.5 * u * u) / np.sqrt(2 * np.pi)


def _cloglog_parts(u, lo):
    a, b = np.exp(np.minimum(u, FAR)), np.exp(np.minimum(lo, FAR))
    fu, fl = np.exp(u - a), np.exp(lo - b)
    return np.exp(-b) * -np.expm1(-np.maximum(a - b, 0)), fu, fl, fu * (1 - a), fl * (1 - b)


LINKS = {
    "logit": Link(expit, _logit_density, lambda p: np.log(p / (1 - p)), _logit_parts),
    "probit": Link(ndtr, _phi, ndtri, _probit_parts),
    "cloglog": Link(lambda u: -np.expm1(-np.exp(np.minimum(u, FAR))), lambda u: np.exp(u - np.exp(np.minimum(u, FAR))),
                    lambda p: np.log(-np.log1p(-p)), _cloglog_parts),
}  # fmt: skip
LATENT_VARIANCE = {"logit": np.pi**2 / 3, "probit": 1.0, "cloglog": np.pi**2 / 6}
