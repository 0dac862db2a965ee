"""Mistakes that the checks of N19 know, an example each: `ccsat workshop check` tries them all."""

from ccsat.workshop.exercises import n19


def wrong_answers(case, right):
    """(item, key of the mistake) -> an answer that makes it."""
    delay, false, kept = (right[key] for key in ("delay", "false_alerts", "pipeline_kept"))
    table = n19.watched(case).table
    table = table[(table["kpi"] == "satisfaction_rate") & (table["where"].map(len) > 0)]
    seen = [dict(where) for where in table["where"]]
    shadow = next(where for where in seen if where not in (n19.deepest(case), n19.largest(case), right["alert_cell"]))
    levels = {dim: case.centre.surveys[dim].astype(str).unique() for dim in ("region", "segment", "team")}
    silent = next({dim: level} for dim, names in levels.items() for level in names if {dim: level} not in seen)
    return {
        ("alert_cell", "form"): {"weather": "rain"},
        ("alert_cell", "largest"): n19.largest(case),
        ("alert_cell", "shadow"): shadow,
        ("alert_cell", "no_alert"): silent,
        ("delay", "form"): {"days": "late"},
        ("delay", "swapped"): delay | {"echoes": delay["false"], "false": delay["echoes"]},
        ("delay", "echo_is_false"): delay | {"false": delay["false"] + delay["echoes"]},
        ("delay", "days"): delay | {"days": delay["days"] + 20},
        ("delay", "counts"): delay | {"echoes": delay["echoes"] + 50},
        ("false_alerts", "form"): {"default": 1},
        ("false_alerts", "swapped"): {"default": false["loose"], "loose": false["default"]},
        ("false_alerts", "own_centre"): {"default": len(n19.watched(case).table), "loose": 999},
        ("false_alerts", "loose"): false | {"loose": false["loose"] + 40},
        ("false_alerts", "value"): {"default": 500, "loose": 600},
        ("pipeline_kept", "form"): {"verified": 1},
        ("pipeline_kept", "all_counted"): kept | {"verified": len(n19.pipeline(case).table)},
        ("pipeline_kept", "percent"): kept | {"ratio": 100 * kept["ratio"]},
        ("pipeline_kept", "denominator"): kept | {"ratio": n19.all_promised(case)},
        ("pipeline_kept", "ratio"): kept | {"ratio": 0.9},
        ("pipeline_kept", "weak"): kept | {"weak": kept["weak"] + 5},
        ("pipeline_kept", "verified"): kept | {"verified": 77},
        ("next_step", "more_alerts"): "s1",
        ("next_step", "many_problems"): "s2",
        ("next_step", "kept"): "s4",
        ("next_step", "looser"): "s5",
    }  # fmt: skip
