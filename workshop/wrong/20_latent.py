"""Mistakes that the checks of N20 know, an example each: `ccsat workshop check` tries them all."""

from ccsat.workshop.exercises import n20


def wrong_answers(case, right):
    """(item, key of the mistake) -> an answer that makes it."""
    silence, score, listed, uplift = (right[key] for key in ("silence", "score", "list_10", "uplift"))
    shares, figures, traps = n20.shares(case), n20.listing_figures(case), n20.trap_figures(case)
    raw = n20.found(case).figure("predicted_silent_raw").value
    said, wrong = n20.claims(case), [row["claim"] for row in case._truth["decoys"]]
    decoys = {n20.DECOYS[wrong.index(words)]: code for code, words in said.items() if words in wrong}
    precision = n20.found(case).figure("precision", n20.CAPACITY).value
    others = next(kind for kind in n20.KINDS if kind not in (n20.SMALLEST, case._truth["repair"]["best"]))
    return {
        ("silence", "form"): {"answered": 0.1, "silent": 0.1},
        ("silence", "percent"): silence | {"answered": 17.6, "silent": 13.1},
        ("silence", "answered"): silence | {"answered": 0.5},
        ("silence", "same"): silence | {"silent": silence["answered"]},
        ("silence", "features_only"): silence | {"silent": shares["features"]},
        ("silence", "everybody"): silence | {"silent": shares["all"]},
        ("silence", "upside_down"): silence | {"odds_ratio": 1 / silence["odds_ratio"]},
        ("silence", "odds"): silence | {"odds_ratio": 5.0},
        ("silence", "value"): silence | {"silent": 0.30},
        ("score", "form"): {"auc": 0.7},
        ("score", "percent"): score | {"auc": 74.0},
        ("score", "leak"): score | {"auc": n20.leaked(case)},
        ("score", "uncalibrated"): score | {"predicted": raw},
        ("score", "swapped"): score | {"predicted_raw": score["predicted"], "predicted": 0.30},
        ("score", "auc"): score | {"auc": 0.55},
        ("score", "value"): score | {"predicted": 0.40},
        ("list_10", "form"): {"n": 100},
        ("list_10", "all_customers"): listed | {"n": figures["all_customers"]},
        ("list_10", "length"): listed | {"n": 100},
        ("list_10", "uncalibrated"): listed | {"expected": figures["raw"]},
        ("list_10", "expected"): listed | {"expected": float(listed["n"])},
        ("list_10", "precision"): listed | {"capture": precision},
        ("list_10", "capture"): listed | {"capture": 0.9},
        ("uplift", "form"): {"uplift": 0.05},
        ("uplift", "percent"): {key: 100 * value for key, value in uplift.items()},
        ("uplift", "against_others"): uplift | {"uplift": traps["against_others"]},
        ("uplift", "before_after"): uplift | {"uplift": traps["before_after"]},
        ("uplift", "sign"): {key: -value for key, value in uplift.items()},
        ("uplift", "interval"): uplift | {"lower": uplift["lower"] - 0.05},
        ("uplift", "value"): uplift | {"uplift": uplift["uplift"] + 0.02},
        ("segments", "everybody"): list(n20.KINDS),
        ("segments", "network"): [n20.SMALLEST],
        ("segments", "not_shown"): [case._truth["repair"]["best"], others],
        ("segments", "missed"): [others],
        ("next_holdout", "both_arms"): 2 * right["next_holdout"],
        ("next_holdout", "as_many"): 50,
        ("next_holdout", "value"): 50 * right["next_holdout"],
        **{("conclusion", key): code for key, code in decoys.items()},
    }  # fmt: skip
