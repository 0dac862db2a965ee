"""Tables and sentences of proactive service, as a manager reads them; no customer's id in any."""

from __future__ import annotations

import pandas as pd

from ccsat.proactive.customers import word
from ccsat.proactive.drift import Drift
from ccsat.proactive.latent import Latent
from ccsat.proactive.lists import Outreach
from ccsat.proactive.participation import Participation
from ccsat.proactive.triggers import Triggers
from ccsat.proactive.uplift import Uplift, segment_word
from ccsat.results import Result
from ccsat.views.view import Fold, View, full_stop, sentences, stack
from ccsat.wording import count, interval, number, p_value, percent, points, text

SHARES = (
    "prevalence",
    "prevalence_silent",
    "prevalence_answered",
    "predicted_silent_raw",
    "predicted_silent",
    "capture",
    "precision",
)
MOVES = ("in_large", "in_large_raw")


def show_latent(latent: Latent) -> Fold | None:
    """What was found, and every figure with interval and n."""
    rows = []
    for row in latent.table.to_dict("records"):
        unit = "share" if row["key"] in SHARES else "move" if row["key"] in MOVES else "plain"
        rows.append(
            (
                text(f"proactive.key.{row['key']}", k=percent(row["k"], 0)),
                _shown(row["value"], unit),
                _ends(row["lower"], row["upper"], unit),
                count(row["n"]),
            )
        )
    return _said(latent, _table(("figure", "value", "interval", "n"), rows))


def show_participation(shares: Participation) -> Fold | None:
    """What share of the silent is dissatisfied under each assumption."""
    rows = [(text(f"proactive.assumption.{row['assumption']}"), number(row["odds_ratio"]), percent(row["share"]), _ends(row["lower"], row["upper"], "share"),
             text("proactive.head.yes") if row["used"] else "") for row in shares.table.to_dict("records")]  # fmt: skip
    return _said(
        shares, _table(("assumption", "odds_ratio", "share", "interval", "used"), rows, words=("assumption", "used"))
    )


def show_list(outreach: Outreach) -> Fold | None:
    """How long the list is, and the reasons on it: counts, no customers."""
    rows = [
        (word(row["feature"]), count(row["n"]), percent(row["share"])) for row in outreach.reasons.to_dict("records")
    ]
    return _said(outreach, _table(("reason", "customers", "of_list"), rows, words=("reason",)))


def show_triggers(triggers: Triggers) -> Fold | None:
    """Coverage and precision of every rule, of all together, and of as many customers by score."""
    rows = []
    for row in triggers.table.to_dict("records"):
        name = (
            text(f"proactive.head.{row['rule']}")
            if row["rule"] in ("any", "score") and not row["words"]
            else row["rule"]
        )
        rows.append((name, count(row["silent"]), f"{percent(row['coverage'])} {_ends(row['coverage_lower'], row['coverage_upper'], 'share')}",
                     f"{percent(row['precision'])} {_ends(row['precision_lower'], row['precision_upper'], 'share')}", number(row["lift"]), count(row["n"])))  # fmt: skip
    return _said(triggers, _table(("rule", "silent", "coverage", "precision", "lift", "n"), rows, words=("rule",)))


def show_uplift(uplift: Uplift) -> Fold | None:
    """Uplift by segment with interval, adjusted p and advice."""
    rows = []
    for row in uplift.table.to_dict("records"):
        low, high = (row["lower"], row["upper"]) if pd.isna(row["lower_all"]) else (row["lower_all"], row["upper_all"])
        rows.append((segment_word(row["segment"]), percent(row["rate_hold"]), percent(row["rate_treat"]), points(row["uplift"], "rate"), interval(low, high, "rate", of="points"),
                     p_value(row["p_adjusted"]), points(row["detectable"], "rate", sign=False), count(row["n_treat"]), count(row["n_hold"]), text(f"proactive.advice.{row['advice']}")))  # fmt: skip
    heads = (
        "segment",
        "hold",
        "treat",
        "uplift",
        "interval",
        "p_adjusted",
        "detectable",
        "n_treat",
        "n_hold",
        "advice",
    )
    return _said(uplift, _table(heads, rows, words=("segment", "advice")))


def show_drift(drift: Drift) -> Fold | None:
    """The stability index of every feature and of the score, and the calibration on new answers."""
    rows = [
        (word(row["column"]), number(row["psi"], 3), number(row["noise"], 3), text(f"proactive.moved.{row['verdict']}"))
        for row in drift.table.to_dict("records")
    ]
    figures = [(text(f"proactive.key.{row['key']}"), _shown(row["value"], "move" if row["key"] in MOVES else "plain"),
                _ends(row["lower"], row["upper"], "move" if row["key"] in MOVES else "plain"), count(row["n"])) for row in drift.calibration.to_dict("records")]  # fmt: skip
    return _said(
        drift,
        stack(
            _table(("column", "psi", "noise", "verdict"), rows, words=("column", "verdict")),
            _table(("figure", "value", "interval", "n"), figures) if figures else None,
        ),
    )


def _said(answer: Result, part: object) -> Fold | None:
    words = [answer.sentence(), *(text(key, **values) for key, values in answer.caveats)]
    return stack(part, sentences([full_stop(one) for one in dict.fromkeys(words)]))


def _table(heads: tuple[str, ...], rows: list[tuple[str, ...]], words: tuple[str, ...] = ("figure",)) -> View:
    return View(
        tuple(text(f"proactive.head.{key}") for key in heads),
        tuple(rows),
        frozenset(i for i, key in enumerate(heads) if key not in words),
    )


def _shown(value: float, unit: str) -> str:
    return percent(value) if unit == "share" else points(value, "rate") if unit == "move" else number(value, 3)


def _ends(lower: float, upper: float, unit: str) -> str:
    return "–" if pd.isna(lower) else f"[{_shown(lower, unit)}, {_shown(upper, unit)}]"
