"""Who answers, did that change, and what would the KPI be if those who answer were like all contacts?"""

from __future__ import annotations

import numpy as np
import pandas as pd

from ccsat.cells import Asked
from ccsat.centre import Centre
from ccsat.numerics.weighting import rake
from ccsat.stages.contacts import FLAGS, Contacts, take_contacts
from ccsat.stages.operational import fit_model

Z95 = 1.959963984540054
LEAST_CHANCE = 0.02  # of answering: weights above 50 are cut
MOST_WEIGHT = 8.0  # of a raked answer, over the mean weight
MOST_PROXIES = 8
MOST_MARGINS = 6
SURE = 0.05


def participation_leg(centre: Centre, asked: Asked, whole: dict | None, inside: np.ndarray | None = None) -> dict:
    """Does participation, or the kind of contact that answers, move between the periods, and what does that do to the KPI?

    Args:
        whole: `participation_shift`.
        inside: Contacts that a change of the instrument touched.

    Returns:
        `assessed`; where it is: `answer, answer_baseline` (share of the asked that answers), `n, n_baseline` (asked), `bounds` and
        `bounds_baseline` (the KPI of all asked had nobody else liked it, or everybody), `proxies`: a list of `{proxy, odds_ratio_baseline,
        odds_ratio, times, lower, upper, p_value, n}` (odds to answer with against without it; `times` is how much that ratio changed),
        `kind_moved` (whether any changed beyond chance, all looked at together), `weighted` and `raked`: `{value, value_baseline, change, lower,
        upper, n_effective, n_effective_baseline}`; with `inside`: `inside`, `{answer, answer_baseline, bad, bad_baseline, more_bad, risen}`
        (bad: points lost per contact asked).

    Assumes:
        Weights repair what operations know of. Proxies are tested as if contacts were independent.

    Source:
        DOMAIN 2.6.8; Little and Rubin (2019), ch. 3; Deming and Stephan (1940); bounds: Manski (1995).
    """
    contacts = take_contacts(centre, asked)
    if contacts is None:
        return {"assessed": False, "whole": whole}
    low, high = min(asked.values.values()), max(asked.values.values())
    leg: dict = {"assessed": True, "whole": whole}
    for label, period in (("", contacts.now), ("_baseline", ~contacts.now)):
        asked_of, rated = contacts.invited & period, contacts.rated & period
        n, answer = int(asked_of.sum()), float(rated.sum() / asked_of.sum())
        value = float(contacts.value[rated].mean())
        leg |= {
            f"n{label}": n,
            f"answer{label}": answer,
            f"bounds{label}": [answer * value + (1 - answer) * low, answer * value + (1 - answer) * high],
        }
    proxies = _proxies(contacts)
    leg["proxies"] = proxies
    leg["kind_moved"] = bool(proxies) and min(row["p_value"] for row in proxies) * len(proxies) < SURE
    leg["weighted"] = _weighted(contacts, _chances(contacts))
    leg["raked"] = _weighted(contacts, _raked(contacts))
    if inside is not None and inside.any():
        leg["inside"] = _inside(contacts, inside, asked)
    return leg


def _chances(contacts: Contacts) -> np.ndarray:
    """One over the chance to answer of each who did, by a logit of each period on all that operations know; 0 for the others."""
    weight = np.zeros(len(contacts.rows))
    for period in (contacts.now, ~contacts.now):
        rows = contacts.invited & period
        answered = contacts.rated[rows].astype(float)
        if 0 < answered.mean() < 1:
            chance = 1 / (
                1 + np.exp(-(contacts.design[rows] @ fit_model(contacts.design[rows], answered, binary=True)))
            )
            weight[rows] = answered / np.maximum(chance, LEAST_CHANCE)
        else:
            weight[rows] = answered
    return weight


def _raked(contacts: Contacts) -> np.ndarray:
    """Weights that make those who answered as mixed as all contacts asked of both periods: flags and the widest dimensions."""
    from ccsat.stages.contacts import coded

    names = [c for c in contacts.covariates if c in FLAGS]
    names += sorted(contacts.dims, key=lambda d: contacts.rows[d].nunique())[-(MOST_MARGINS - len(names)) :]
    weight = np.zeros(len(contacts.rows))
    for period in (contacts.now, ~contacts.now):
        rows, rated = contacts.invited & period, contacts.rated & period
        codes, shares = [], []
        for name in names:
            code, size = coded(contacts.rows[name], rated)
            want = np.bincount(code[rows], minlength=size).astype(float)
            seen = np.bincount(code[rated], minlength=size) > 0
            codes.append(code[rated])
            shares.append(np.where(seen, want, 0.0))
        weight[rated] = rake(codes, shares, most=MOST_WEIGHT, rounds=30).weight if names else 1.0
    return weight


def _weighted(contacts: Contacts, weight: np.ndarray) -> dict:
    """The KPI of both periods with weights, its change with the interval (clusters; weights taken as known)."""
    found, influence = {}, np.zeros(len(weight))
    for label, period, sign in (("", contacts.now, 1.0), ("_baseline", ~contacts.now, -1.0)):
        rows = contacts.rated & period & (weight > 0)
        w = weight[rows]
        mean = float(w @ contacts.value[rows] / w.sum())
        influence[rows] = sign * w * (contacts.value[rows] - mean) / w.sum()
        found |= {f"value{label}": mean, f"n_effective{label}": float(w.sum() ** 2 / (w**2).sum())}
    sums = np.bincount(contacts.cluster, influence)
    error = float(np.sqrt((sums**2).sum() * len(sums) / max(len(sums) - 1, 1)))
    change = found["value"] - found["value_baseline"]
    return found | {"change": change, "lower": change - Z95 * error, "upper": change + Z95 * error}


def _proxies(contacts: Contacts) -> list[dict]:
    """Did the odds to answer of contacts that went badly change against those of the others?"""
    from scipy.special import ndtr

    rows, found = contacts.rows[contacts.invited], []
    answered, now = contacts.rated[contacts.invited], contacts.now[contacts.invited]
    for name in contacts.covariates[:MOST_PROXIES]:
        column = rows[name]
        if not pd.api.types.is_numeric_dtype(column):
            continue
        known = column.notna().to_numpy()
        values = column.to_numpy(float)
        cut = 0.5 if name in FLAGS else float(np.nanmedian(values[known & ~now]))
        high = values > cut
        table = (
            np.array(
                [
                    [[(known & (now == t) & (high == h) & (answered == a)).sum() for a in (0, 1)] for h in (0, 1)]
                    for t in (0, 1)
                ]
            )
            + 0.5
        )
        ratio = np.log(table[:, 1, 1] / table[:, 1, 0]) - np.log(table[:, 0, 1] / table[:, 0, 0])
        times, error = float(ratio[1] - ratio[0]), float(np.sqrt((1 / table).sum()))
        found.append({"proxy": name, "cut": cut, "odds_ratio_baseline": float(np.exp(ratio[0])), "odds_ratio": float(np.exp(ratio[1])), "times": float(np.exp(times)),
                      "lower": float(np.exp(times - Z95 * error)), "upper": float(np.exp(times + Z95 * error)), "p_value": float(2 * ndtr(-abs(times) / error)),
                      "n": int(known.sum())})  # fmt: skip
    return found


def _inside(contacts: Contacts, inside: np.ndarray, asked: Asked) -> dict:
    """Answers and points lost per contact asked, where participation moved: fewer answers cannot by themselves make more bad ones."""
    best = max(asked.values.values()) if asked.sign > 0 else min(asked.values.values())
    lost = np.where(contacts.rated, np.abs(best - np.nan_to_num(contacts.value)), 0.0)
    found, errors = {}, {}
    for label, period in (("", contacts.now), ("_baseline", ~contacts.now)):
        rows = contacts.invited & period & inside
        n = max(int(rows.sum()), 1)
        answer, bad = float(contacts.rated[rows].sum() / n), float(lost[rows].sum() / n)
        found |= {f"answer{label}": answer, f"bad{label}": bad, f"n{label}": n}
        errors |= {f"answer{label}": answer * (1 - answer) / n, f"bad{label}": float(lost[rows].var()) / n}

    def moved(name: str) -> float:
        error = np.sqrt(errors[name] + errors[f"{name}_baseline"])
        return float((found[name] - found[f"{name}_baseline"]) / error) if error > 0 else 0.0

    found["risen"] = moved("answer") > Z95
    found["more_bad"] = not found["risen"] and moved("bad") > Z95
    return found
