"""Families of ratings that the development data lack, drawn anew from a seed; `localise.py` runs the localiser on them.

Nested (teams of agents, the truth either), unions (several values of one dimension), drifting (every leaf drifts a little besides), many
(one dimension of 2,000 levels), both (one cell falls, another rises). Nulls: plain, mix (shares move), uniform (everything falls alike)
and drift.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

SCORES = np.arange(1, 6)
CUTS = np.array([-1.6, -1.1, -0.5, 0.15])
SIZES = {"channel": 4, "business": 6, "region": 8, "tenure": 4}
NULLS = ("plain", "mix", "uniform", "drift")
FAMILIES = ("nested", "unions", "drifting", "many", "both")
DRIFT = 0.05  # standard deviation of a leaf's drift, on the latent scale
FALL = (-1.3, -0.6)


@dataclass
class Drawn:
    """Leaves, the planted cells as sets of (dimension, level) with their points, and their signal in standard errors."""

    leaves: pd.DataFrame
    dims: list[str]
    planted: list[dict]


def shares(latent: np.ndarray) -> np.ndarray:
    """(rows, 5) chance of each score."""
    from scipy.special import ndtr

    below = ndtr(CUTS[None, :] - latent[:, None])
    return np.diff(np.column_stack([np.zeros(len(latent)), below, np.ones(len(latent))]), axis=1) * 0.96 + np.array(
        [0.04, 0, 0, 0, 0]
    )


def draw(rng: np.random.Generator, kind: str, rows: int) -> Drawn:
    """One instance of a family or null."""
    frame, dims = _places(rng, kind, rows)
    weight = np.ones(len(frame))
    latent = np.full(len(frame), 0.95)
    for dim in dims:
        codes, levels = pd.factorize(frame[dim])
        weight *= rng.dirichlet(np.full(len(levels), 4.0))[codes] if len(levels) < 100 else 1.0
        latent += rng.normal(0, 0.18 if len(levels) < 100 else 0.05, len(levels))[codes]
    before = weight / weight.sum()
    after = before
    if kind == "mix" or (kind not in NULLS and rng.random() < 0.5):
        codes, levels = pd.factorize(frame[dims[int(rng.integers(len(dims)))]])
        after = before * np.exp(rng.normal(0, 0.6, len(levels)))[codes]
        after /= after.sum()
    moved = latent + (rng.normal(0, DRIFT, len(frame)) if kind == "drift" or kind == "drifting" else 0.0)
    moved = moved - 0.25 if kind == "uniform" else moved
    planted = [] if kind in NULLS else _plant(rng, kind, frame, dims, after)
    for cell in planted:
        moved = moved + cell["by"] * cell["inside"]
    usual, now = shares(latent), shares(moved)
    n1, n0 = rng.multinomial(rows, after), rng.multinomial(3 * rows, before)
    counts = np.column_stack([rng.multinomial(n0, usual), rng.multinomial(n1, now)])
    for cell in planted:
        inside, part = cell["inside"], after * cell["inside"]
        cell["points"] = float(part @ (now - usual) @ SCORES)
        spread = float(part @ (now @ SCORES**2 - (now @ SCORES) ** 2)) / part.sum()
        cell["snr"] = abs(cell["points"] / part.sum()) / np.sqrt(
            spread * (1 / (rows * part.sum()) + 1 / (3 * rows * (before * inside).sum()))
        )
    held = counts.sum(axis=1) > 0
    columns = [f"b{k}" for k in SCORES] + [f"c{k}" for k in SCORES]
    leaves = pd.concat([frame[held].reset_index(drop=True), pd.DataFrame(counts[held], columns=columns)], axis=1)
    return Drawn(leaves, dims, planted)


def _places(rng: np.random.Generator, kind: str, rows: int) -> tuple[pd.DataFrame, list[str]]:
    """The leaves' names: all crossings of a few dimensions; agents in teams, and a long dimension, drawn into them."""
    grid = pd.MultiIndex.from_product(
        [[f"{dim}{k}" for k in range(size)] for dim, size in SIZES.items()], names=list(SIZES)
    )
    frame = grid.to_frame(index=False)
    if kind == "nested":
        frame = frame.loc[np.repeat(np.arange(len(frame)), 10)].reset_index(drop=True)
        agent = rng.integers(0, 60, len(frame))
        frame["team"], frame["agent"] = [f"team{a // 6}" for a in agent], [f"agent{a}" for a in agent]
    if kind == "many":
        frame = frame.loc[np.repeat(np.arange(len(frame)), 20)].reset_index(drop=True)
        level = np.minimum((2_000 * rng.random(len(frame)) ** 2).astype(int), 1_999)
        frame["shop"] = [f"shop{k}" for k in level]
    return frame, list(frame.columns)


def _plant(rng: np.random.Generator, kind: str, frame: pd.DataFrame, dims: list[str], weight: np.ndarray) -> list[dict]:
    """One to three cells that share no leaf, each of 2 to 35 % of the rows (a shop may be smaller)."""
    planted, taken = [], np.zeros(len(frame), dtype=bool)
    wanted = 2 if kind == "both" else int(rng.integers(1, 4))
    for _ in range(500):
        if len(planted) == wanted:
            break
        depth = int(rng.choice([1, 2], p=[0.5, 0.5]))
        named = list(rng.choice(dims, depth, replace=False))
        if {"team", "agent"} <= set(named):
            continue
        where = {dim: [str(rng.choice(frame[dim].unique()))] for dim in named}
        if kind == "unions":
            where[named[0]] = sorted(rng.choice(frame[named[0]].unique(), 2, replace=False).tolist())
            if any(_same_siblings(where, named[0], cell["where"]) for cell in planted):
                continue  # which values belong together nobody could see
        inside = np.logical_and.reduce([frame[dim].isin(levels) for dim, levels in where.items()])
        share = weight[inside].sum()
        if (inside & taken).any() or not (0.004 if "shop" in named else 0.02) < share < 0.35:
            continue
        by = rng.uniform(*FALL) * (-1 if kind == "both" and planted else 1)
        taken |= inside
        planted.append({"where": where, "inside": inside, "by": by})
    return planted


def _same_siblings(where: dict, free: str, other: dict) -> bool:
    """Whether two unions take their values from the same siblings."""
    return set(where) == set(other) and all(other[dim] == levels for dim, levels in where.items() if dim != free)
