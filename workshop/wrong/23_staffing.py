"""Mistakes that the checks of N23 know, an example each: `ccsat workshop check` tries them all."""

from ccsat import workforce as wf
from ccsat.workshop.exercises import n23


def wrong_answers(case, right):
    """(item, key of the mistake) -> an answer that makes it."""
    counts, peak = n23.day_counts(case), n23.peak(case)
    levels, report, staff, pooling, rates, more = (right[key] for key in ("levels", "report", "staff", "pooling", "rates", "more_calls"))
    times = {"now": peak["aht_s"], "plus_60": peak["aht_s"] + n23.MORE_AHT}
    by_rule = round(staff["now"] * times["plus_60"] / times["now"])
    four = n23.needed(peak["calls"] * n23.SPLIT, peak["aht_s"])
    other = wf.time_rates(n23.days(case), ["staff_utilisation"]).value("staff_utilisation", "productive")
    return {
        ("levels", "form"): {"sl_offered": 0.8},
        ("levels", "percent"): {key: 100 * value for key, value in levels.items()},
        ("levels", "all_alike"): dict.fromkeys(levels, levels["sl_offered"]),
        ("levels", "abandoned_left_out"): levels | {"sl_offered": counts.answered_in / counts.answered},
        ("levels", "wrong_ones_left_out"): levels | {"sl_ex_abandon_in_T": counts.answered_in / (counts.answered + counts.abandoned_in)},
        ("levels", "value"): levels | {"sl_ex_short": 0.5},
        ("report", "form"): {"caliber": "sl_ex_short"},
        ("report", "default"): {"caliber": "sl_offered", "points": 0.0},
        ("report", "caliber"): report | {"caliber": "sl_ex_short"},
        ("report", "percent"): report | {"points": 100 * report["points"]},
        ("report", "sign"): report | {"points": -report["points"]},
        ("report", "points"): report | {"points": report["points"] + 0.2},
        ("staff", "form"): {"now": "many"},
        ("staff", "half_hour"): {key: n23.needed(peak["calls_half_hour"], aht) for key, aht in times.items()},
        ("staff", "load_only"): {key: -(-int(peak["calls"]) * int(aht) // 3600) for key, aht in times.items()},
        ("staff", "in_proportion"): staff | {"plus_60": by_rule + (by_rule == staff["plus_60"])},
        ("staff", "one_short"): {key: value - 1 for key, value in staff.items()},
        ("staff", "value"): {"now": 5, "plus_60": 6},
        ("pooling", "form"): {"apart": 60},
        ("pooling", "one_line"): pooling | {"apart": pooling["apart"] // n23.SPLIT},
        ("pooling", "no_difference"): pooling | {"apart": pooling["together"], "saved": 0},
        ("pooling", "open"): pooling | {"saved": pooling["saved"] + 7},
        ("pooling", "four_peaks"): {"apart": n23.SPLIT * pooling["together"], "together": four, "saved": n23.SPLIT * pooling["together"] - four},
        ("pooling", "value"): {"apart": pooling["apart"] + 3, "together": pooling["together"], "saved": pooling["saved"] + 3},
        ("rates", "form"): {"occupancy": 0.8},
        ("rates", "percent"): {key: 100 * value for key, value in rates.items()},
        ("rates", "averaged"): rates | {"occupancy": n23.averaged(case)["occupancy"]},
        ("rates", "other_caliber"): rates | {"staff_utilisation": other},
        ("rates", "value"): rates | {"not_ready_rate": 0.5},
        ("more_calls", "form"): {"ratio": 1.5},
        ("more_calls", "in_proportion"): more | {"ratio": 1.10},
        ("more_calls", "ratio"): more | {"ratio": 9.0},
        ("more_calls", "percent"): more | {"points": 100 * more["points"]},
        ("more_calls", "points"): more | {"points": 0.05},
        ("more_calls", "causes"): more | {"reading": "causes"},
        ("more_calls", "nothing"): more | {"reading": "nothing"},
    }  # fmt: skip
