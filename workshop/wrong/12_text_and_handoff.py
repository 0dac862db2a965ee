"""Mistakes that the checks of N12 know, an example each: `ccsat workshop check` tries them all."""

from ccsat.workshop.exercises import n12


def wrong_answers(case, right):
    """(item, key of the mistake) -> an answer that makes it."""
    step, views, plan, looks, verdict = (right[key] for key in ("funnel_step", "three_views", "ab_plan", "ab_looks", "ab_verdict"))  # fmt: skip
    row = n12.funnel(case).table.set_index("step").loc[step["step"]]
    contained = float(n12.containment_verdict(case).table["change"].iloc[0])
    decided = next(code for code in ("continue", "not_shown") if code != verdict["decision"])
    return {
        ("funnel_step", "form"): {"step": step["step"]},
        ("funnel_step", "step"): step | {"step": "resolved"},
        ("funnel_step", "percent"): step | {"share": 100 * step["share"], "change": 100 * step["change"]},
        ("funnel_step", "before"): step | {"share": float(row["share_baseline"])},
        ("funnel_step", "lost"): step | {"share": 1 - step["share"]},
        ("funnel_step", "sign"): step | {"change": -step["change"]},
        ("funnel_step", "value"): step | {"share": 0.111},
        ("three_views", "form"): {"strategy": "blocked"},
        ("three_views", "slow"): views | {"strategy": "slow"},
        ("three_views", "context_lost"): views | {"flow": "context_lost"},
        ("three_views", "long_wait"): views | {"flow": "long_wait"},
        ("three_views", "mixed_up"): {"strategy": views["flow"], "flow": views["strategy"], "script": views["script"]},
        ("ab_plan", "form"): {"n_arm": 100},
        **{("ab_plan", key): plan | {"n_arm": n} for key, n in n12.other_plans(case).items()},
        ("ab_plan", "days"): plan | {"days": 10 * plan["days"]},
        ("ab_plan", "n_arm"): plan | {"n_arm": 17},
        ("ab_looks", "form"): {"first_p": "small"},
        ("ab_looks", "same_p"): looks | {"first_p": 0.05},
        ("ab_looks", "divided"): looks | {"first_p": 0.05 / n12.LOOKS},
        ("ab_looks", "peeking"): looks | {"peeking": 0.05},
        ("ab_looks", "first_p"): looks | {"first_p": 0.03},
        ("ab_verdict", "form"): {"decision": "adopt"},
        ("ab_verdict", "containment"): {"decision": "adopt", "change": contained},
        ("ab_verdict", "percent"): verdict | {"change": -3.0},
        ("ab_verdict", "sign"): verdict | {"change": -verdict["change"]},
        ("ab_verdict", "change"): verdict | {"change": 0.5},
        ("ab_verdict", "adopted"): verdict | {"decision": "adopt"},
        ("ab_verdict", "decision"): verdict | {"decision": decided},
    }
