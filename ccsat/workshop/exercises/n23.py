"""N23, staffing: service level under six calibers, agents needed, pooling, agents' time, and what more calls go with.

Everything is computed from the team's own half-hours, agents' days and ratings; nothing is planted here.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

import numpy as np
import pandas as pd

from ccsat import workforce as wf
from ccsat.views import View
from ccsat.wording import count, percent, text
from ccsat.workforce.rates import seconds
from ccsat.workshop.case import Case
from ccsat.workshop.exercises.item import Exercise, Item, Judgement, from_wording
from ccsat.workshop.exercises.ladder import RIGHT, is_number

WORDS = "workshop.n23"
CHANNEL = "phone"
LEVEL, WITHIN = 0.8, 20.0
MORE_AHT, MORE_CALLS = 60, 1.10
NEAR_LEVEL, NEAR_RATE, NEAR_RATIO, NEAR_POINTS = 5e-4, 2e-3, 0.01, 6e-5
RATES = ("occupancy", "staff_utilisation", "login_rate", "not_ready_rate")
READINGS = ("goes_with", "causes", "nothing")
SPLIT = 4  # lines of the same size that the peak is split into


# The team's own numbers -----------------------------------------------------------------------


@cache
def half_hours(case: Case) -> pd.DataFrame:
    """Half-hours of the telephone: calls, agents needed and scheduled."""
    return wf.read_intervals(case.centre, channel=CHANNEL)


@cache
def day_counts(case: Case) -> wf.Counts:
    """The calls of the team's busiest day, with those who hung up within 20 seconds as the exchange noted them."""
    rows = half_hours(case)
    busiest = rows.groupby("day")["offered"].sum().idxmax()
    counted = wf.counts_of(rows[rows["day"] == busiest])
    part = 0.35 + 0.3 * np.random.default_rng(case.seed).random()
    soon = max(round(counted.abandoned * part), counted.short_abandoned)
    return wf.Counts(counted.answered, counted.abandoned, counted.answered_in, float(soon), counted.short_abandoned)


def day_view(case: Case) -> View:
    """The five counts of that day."""
    counts = day_counts(case)
    rows = tuple((text(f"{WORDS}.count.{name}"), name, count(getattr(counts, name))) for name in ("answered", "abandoned", "answered_in", "abandoned_in", "short_abandoned"))
    return View((text(f"{WORDS}.head.what"), text(f"{WORDS}.head.name"), text(f"{WORDS}.head.n")), rows, frozenset({2}))


def vendor_view(case: Case) -> View:
    """What the vendor's report says of that day."""
    value = wf.service_level(day_counts(case), "sl_answered").value
    return View((), ((text(f"{WORDS}.vendor", value=percent(value, 2)),),))


@cache
def peak(case: Case) -> dict[str, float]:
    """The busiest half-hour of an average week: calls in half an hour, calls an hour, and the seconds that a call took before the last four weeks."""
    rows = half_hours(case)
    usual = rows.groupby(["weekday", "slot"])["offered"].mean()
    weekday, slot = usual.idxmax()
    first = str(rows["day"].min())
    last = str(rows["day"].min() + pd.Timedelta(days=55))
    aht = wf.handling_time(case.centre, channel=CHANNEL, window=(first, last))["aht_s"]
    calls = float(round(usual.max()))
    return {"weekday": int(weekday), "slot": slot, "calls_half_hour": calls, "calls": 2 * calls, "aht_s": float(round(aht))}


def peak_view(case: Case) -> View:
    """That half-hour in words."""
    found = peak(case)
    rows = ((text(f"{WORDS}.peak.when"), text(f"weekday.d{found['weekday']}") + " " + found["slot"]), (text(f"{WORDS}.peak.calls_half_hour"), count(found["calls_half_hour"])),
            (text(f"{WORDS}.peak.aht_s"), count(found["aht_s"])))  # fmt: skip
    return View((text(f"{WORDS}.head.what"), text(f"{WORDS}.head.value")), rows, frozenset({1}))


@cache
def needed(calls: float, aht: float) -> int:
    """Agents for 80/20 by Erlang C."""
    return int(wf.staff_needed(calls, aht, level=LEVEL, within=WITHIN).table["staff"].iloc[0])


@cache
def days(case: Case) -> pd.DataFrame:
    """Agents' days."""
    return wf.read_agent_days(case.centre)


@cache
def rates(case: Case) -> dict[str, float]:
    """The rates of agents' time, by their default calibers."""
    found = wf.time_rates(days(case), RATES)
    return {rate: found.value(rate) for rate in RATES}


@cache
def averaged(case: Case) -> dict[str, float]:
    """The mistake of averaging each day's own rate."""
    made = {}
    for rate in RATES:
        above, below = next(iter(wf.TIME_RATES[rate].values()))
        top, under = (pd.Series(seconds(days(case), side)) for side in (above, below))
        made[rate] = float((top / under.where(under > 0)).mean())
    return made


@cache
def tenth_more(case: Case) -> wf.WhatIf:
    """A tenth more calls with the same agents."""
    return wf.what_if(case.centre, channel=CHANNEL, volume=MORE_CALLS, within=WITHIN)


# Judges ---------------------------------------------------------------------------------------


def _numbers(answer: Mapping, keys) -> bool:
    return set(answer) == set(keys) and all(map(is_number, answer.values()))


def judge_levels(answer: dict, case: Case) -> Judgement:
    """The six service levels of one day."""
    if not _numbers(answer, wf.SERVICE_LEVELS):
        return Judgement("form", hint=1)
    truth = wf.service_levels(day_counts(case)).table.set_index("caliber")["value"]
    if all(abs(answer[key] / 100 - truth[key]) <= NEAR_LEVEL for key in truth.index):
        return Judgement("percent", share=0.8, hint=3)
    wrong = [key for key in truth.index if abs(answer[key] - truth[key]) > NEAR_LEVEL]
    if not wrong:
        return RIGHT
    share = 0.8 * (len(truth) - len(wrong)) / len(truth)
    counts = day_counts(case)
    if len(set(answer.values())) == 1:
        return Judgement("all_alike", share=share, hint=1)
    if abs(answer["sl_offered"] - counts.answered_in / counts.answered) <= NEAR_LEVEL:
        return Judgement("abandoned_left_out", share=share, hint=2)
    if abs(answer["sl_ex_abandon_in_T"] - counts.answered_in / (counts.answered + counts.abandoned_in)) <= NEAR_LEVEL:
        return Judgement("wrong_ones_left_out", share=share, hint=2)
    return Judgement("value", share=share, hint=2, values={"caliber": wrong[0]})


def judge_report(answer: dict, case: Case) -> Judgement:
    """Which caliber a report used, and how much of its good look comes from it."""
    if set(answer) != {"caliber", "points"} or answer["caliber"] not in wf.SERVICE_LEVELS or not is_number(answer["points"]):
        return Judgement("form", hint=1)
    table = wf.service_levels(day_counts(case)).table.set_index("caliber")
    if answer["caliber"] == "sl_offered":
        return Judgement("default", hint=2)
    if answer["caliber"] != "sl_answered":
        return Judgement("caliber", share=0.2, hint=2)
    truth = float(table.loc["sl_answered", "points"])
    if abs(answer["points"] - truth) <= NEAR_LEVEL:
        return RIGHT
    if abs(answer["points"] / 100 - truth) <= NEAR_LEVEL:
        return Judgement("percent", share=0.7, hint=3)
    if abs(answer["points"] + truth) <= NEAR_LEVEL:
        return Judgement("sign", share=0.7, hint=3)
    return Judgement("points", share=0.5, hint=3)


def staff_truth(case: Case) -> dict[str, int]:
    """Agents now, and with calls a minute longer."""
    found = peak(case)
    return {"now": needed(found["calls"], found["aht_s"]), "plus_60": needed(found["calls"], found["aht_s"] + MORE_AHT)}


def judge_staff(answer: dict, case: Case) -> Judgement:
    """Agents for 80/20 in the peak half-hour, now and with 60 seconds more."""
    if not _numbers(answer, ("now", "plus_60")):
        return Judgement("form", hint=1)
    truth, found = staff_truth(case), peak(case)
    if answer == truth:
        return RIGHT
    times = {"now": found["aht_s"], "plus_60": found["aht_s"] + MORE_AHT}
    good = sum(answer[key] == truth[key] for key in truth)
    if all(answer[key] == needed(found["calls_half_hour"], times[key]) for key in truth):
        return Judgement("half_hour", share=0.3, hint=2)
    loads = {key: found["calls"] * times[key] / 3600 for key in truth}
    if all(abs(answer[key] - loads[key]) < 1.001 for key in truth):
        return Judgement("load_only", share=0.2, hint=2)
    if answer["now"] == truth["now"] and abs(answer["plus_60"] - truth["now"] * times["plus_60"] / times["now"]) < 1.001:
        return Judgement("in_proportion", share=0.5, hint=3)
    if all(answer[key] == truth[key] - 1 for key in truth):
        return Judgement("one_short", share=0.6, hint=3)
    return Judgement("value", share=0.4 * good, hint=2)


def pooling_truth(case: Case) -> dict[str, int]:
    """Four lines of a quarter of the peak's calls each, and one line of all."""
    found = peak(case)
    apart = SPLIT * needed(found["calls"] / SPLIT, found["aht_s"])
    together = needed(found["calls"], found["aht_s"])
    return {"apart": apart, "together": together, "saved": apart - together}


def judge_pooling(answer: dict, case: Case) -> Judgement:
    """What splitting the peak into four lines costs."""
    if not _numbers(answer, ("apart", "together", "saved")):
        return Judgement("form", hint=1)
    truth, found = pooling_truth(case), peak(case)
    if answer == truth:
        return RIGHT
    if answer["apart"] * SPLIT == truth["apart"]:
        return Judgement("one_line", share=0.4, hint=2)
    if answer["apart"] == answer["together"]:
        return Judgement("no_difference", share=0.2, hint=1)
    if answer["saved"] != answer["apart"] - answer["together"]:
        return Judgement("open", share=0.4, hint=3)
    if answer["together"] == needed(found["calls"] * SPLIT, found["aht_s"]):
        return Judgement("four_peaks", share=0.3, hint=2)
    return Judgement("value", share=0.3 if answer["together"] == truth["together"] else 0.0, hint=2)


def judge_rates(answer: dict, case: Case) -> Judgement:
    """Four rates of agents' time."""
    if not _numbers(answer, RATES):
        return Judgement("form", hint=1)
    truth = rates(case)
    near = lambda key, value: abs(answer[key] - value) <= NEAR_RATE
    if all(abs(answer[key] / 100 - truth[key]) <= NEAR_RATE for key in RATES):
        return Judgement("percent", share=0.8, hint=3)
    wrong = [key for key in RATES if not near(key, truth[key])]
    if not wrong:
        return RIGHT
    share = 0.8 * (len(RATES) - len(wrong)) / len(RATES)
    if all(near(key, averaged(case)[key]) for key in wrong):
        return Judgement("averaged", share=share, hint=2)
    other = wf.time_rates(days(case), RATES).table
    for row in other.itertuples():
        if row.rate in wrong and near(row.rate, row.value):
            return Judgement("other_caliber", share=share, hint=2, values={"rate": row.rate})
    return Judgement("value", share=share, hint=2, values={"rate": wrong[0]})


def judge_what_if(answer: dict, case: Case) -> Judgement:
    """A tenth more calls: how much longer the wait, what satisfaction goes with it, and how that may be said."""
    if set(answer) != {"ratio", "points", "reading"} or answer["reading"] not in READINGS or not is_number(answer["ratio"]) or not is_number(answer["points"]):  # fmt: skip
        return Judgement("form", hint=1)
    truth = tenth_more(case)
    if abs(answer["ratio"] - MORE_CALLS) <= NEAR_RATIO / 2:
        return Judgement("in_proportion", share=0.2, hint=1)
    if abs(answer["ratio"] / truth.ratio - 1) > NEAR_RATIO:
        return Judgement("ratio", share=0.2, hint=2)
    if abs(answer["points"] / 100 - truth.change) <= NEAR_POINTS:
        return Judgement("percent", share=0.6, hint=3)
    if abs(answer["points"] - truth.change) > NEAR_POINTS:
        return Judgement("points", share=0.4, hint=2)
    if answer["reading"] != "goes_with":
        return Judgement(answer["reading"], share=0.5, hint=3)
    return RIGHT


EXERCISE = Exercise(
    world="S04",
    items={
        "levels": Item(20, dict, '{"sl_offered": 0.7, "sl_answered": 0.7, …}', judge_levels, ("form", "percent", "all_alike", "abandoned_left_out", "wrong_ones_left_out", "value")),
        "report": Item(10, dict, '{"caliber": "sl_ex_short", "points": 0.01}', judge_report, ("form", "default", "caliber", "percent", "sign", "points"),
                       options=from_wording("service_level", wf.SERVICE_LEVELS), named=lambda answer: [answer["caliber"]] if "caliber" in answer else []),
        "staff": Item(20, dict, '{"now": 20, "plus_60": 25}', judge_staff, ("form", "half_hour", "load_only", "in_proportion", "one_short", "value")),
        "pooling": Item(15, dict, '{"apart": 60, "together": 50, "saved": 10}', judge_pooling, ("form", "one_line", "no_difference", "open", "four_peaks", "value")),
        "rates": Item(20, dict, '{"occupancy": 0.7, "staff_utilisation": 0.8, "login_rate": 0.9, "not_ready_rate": 0.1}', judge_rates,
                      ("form", "percent", "averaged", "other_caliber", "value")),
        "more_calls": Item(15, dict, '{"ratio": 1.5, "points": -0.001, "reading": "nothing"}', judge_what_if,
                           ("form", "in_proportion", "ratio", "percent", "points", "causes", "nothing"), options=from_wording(f"{WORDS}.reading", READINGS),
                           named=lambda answer: [answer["reading"]] if "reading" in answer else []),
    },
    materials={"half_hours": half_hours, "counts": day_counts, "day": day_view, "vendor": vendor_view, "peak": peak_view, "peak_numbers": peak, "days": days},
)  # fmt: skip
