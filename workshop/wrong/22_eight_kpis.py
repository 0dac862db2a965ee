"""Mistakes that the checks of N22 know, an example each: `ccsat workshop check` tries them all."""

from ccsat import workforce as wf
from ccsat.workshop.exercises import n22


def wrong_answers(case, right):
    """(item, key of the mistake) -> an answer that makes it."""
    shares, certain, control, enough, twins = (right[key] for key in ("shares", "certain", "control", "enough", "twins"))
    table = n22.influence(case).table.set_index("driver")
    alone = n22.days(case)[["satisfaction", *shares]].corr()["satisfaction"]
    first, last = max(shares, key=shares.get), min(shares, key=shares.get)
    turned = shares | {first: shares[last], last: shares[first]}
    pruned = n22.pruned(case)
    r = pruned.answer.extra["correlations"]
    one, other, _ = n22.twins(case)
    opposite = list(r.stack().idxmin())
    loose = next(name for name in r.index if name not in (one, other, *opposite))
    all_but = [name for name in wf.ASSESSMENT if name not in pruned.settled]
    return {
        ("shares", "form"): {first: 0.5},
        ("shares", "percent"): {key: 100 * value for key, value in shares.items()},
        ("shares", "gain"): {key: float(table["gain"][key]) for key in shares},
        ("shares", "correlations"): {key: float(alone[key]) for key in shares},
        ("shares", "open"): dict.fromkeys(shares, 0.5),
        ("shares", "value"): turned,
        ("certain", "form"): {"explained": 0.3},
        ("certain", "shares_sum"): certain | {"explained": 1.0},
        ("certain", "percent"): certain | {"explained": 100 * certain["explained"]},
        ("certain", "explained"): certain | {"explained": 0.5 + certain["explained"] / 2},
        ("certain", "told"): certain | {"first_told_apart": not certain["first_told_apart"]},
        ("control", "form"): {"aht": "agent"},
        ("control", "all_alike"): dict.fromkeys(control, "agent"),
        ("control", "blamed"): control | {"service_level": "agent"},
        ("control", "excused"): control | {"aht": "staffing"},
        ("enough", "form"): [enough[0], enough[0]],
        ("enough", "too_little"): enough[:2],
        ("enough", "all"): list(wf.ASSESSMENT),
        ("enough", "settled"): [*enough, pruned.settled[0]],
        ("enough", "too_many"): all_but,
        ("twins", "form"): {"pair": [one]},
        ("twins", "settled"): twins | {"pair": [one, pruned.settled[0]]},
        ("twins", "opposite"): twins | {"pair": opposite},
        ("twins", "pair"): twins | {"pair": [one, loose]},
        ("twins", "rho"): twins | {"rho": twins["rho"] - 0.3},
        **{("conclusion", key): code for key, code in n22.fallen(case).items() if key != "holds"},
    }  # fmt: skip
