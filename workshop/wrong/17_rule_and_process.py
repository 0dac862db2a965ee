"""Mistakes that the checks of N17 know, an example each: `ccsat workshop check` tries them all."""

from ccsat.workshop.exercises import n17


def wrong_answers(case, right):
    """(item, key of the mistake) -> an answer that makes it."""
    thousand, apart, shares, slope, hours, end = (
        right[key] for key in ("thousand", "apart", "shares", "slope", "hours", "conclusion")
    )
    table, rule = n17.rules(case), n17.rule_of(case)
    row = table.loc[rule]
    other = next(name for name in table.index if name not in (rule, n17.NO_RULE))
    return {
        ("thousand", "form"): {"rule": rule},
        ("thousand", "no_rule"): thousand | {"rule": n17.NO_RULE},
        ("thousand", "other"): thousand | {"rule": other},
        ("thousand", "touched"): thousand | {"touched": int(row["n"])},
        ("thousand", "observed"): thousand | {"per_thousand": row["per_thousand_observed"]},
        ("thousand", "one"): thousand | {"per_thousand": row["deduction"]},
        ("thousand", "of_whole"): thousand | {"per_thousand": 1000 * row["points"]},
        ("thousand", "value"): thousand | {"per_thousand": 999.0},
        ("apart", "form"): {"difference": 0.1},
        ("apart", "percent"): {key: 100 * value for key, value in apart.items()},
        ("apart", "sign"): {key: -value for key, value in apart.items()},
        ("apart", "interval"): apart | {"lower": -0.9},
        ("apart", "everyone"): apart | {"difference": row["value"] - table.loc[n17.NO_RULE, "value"]},
        ("apart", "value"): apart | {"difference": 0.05},
        ("shares", "form"): {"of_loss": 0.1},
        ("shares", "percent"): {key: 100 * value for key, value in shares.items()},
        ("shares", "swapped"): {"of_contacts": shares["of_loss"], "of_loss": shares["of_contacts"]},
        ("shares", "of_loss"): shares | {"of_loss": 0.9},
        ("shares", "value"): {"of_contacts": 0.9, "of_loss": 0.9},
        ("slope", "form"): {"per_10h": -0.1},
        ("slope", "order"): slope | {"lower": slope["upper"], "upper": slope["lower"]},
        ("slope", "interval"): slope | {"lower": -0.9},
        ("slope", "per_hour"): {key: value / 10 for key, value in slope.items()},
        ("slope", "sign"): slope | {"per_10h": -slope["per_10h"]},
        ("slope", "percent"): slope | {"per_10h": 100 * slope["per_10h"]},
        ("slope", "value"): slope | {"per_10h": -0.7},
        ("hours", "form"): {"hours": 3},
        ("hours", "reversed"): hours | {"hours": -hours["hours"]},
        ("hours", "hours"): hours | {"hours": 500.0},
        ("hours", "one_hour"): hours | {"points": n17.dose(case)["slope"]},
        ("hours", "percent"): hours | {"points": 100 * hours["points"]},
        ("hours", "points"): hours | {"points": 0.9},
        ("conclusion", "form"): {"rule_owner": "agent"},
        ("conclusion", "training"): end | {"rule_first": "a4"},
        ("conclusion", "agents"): end | {"process_owner": "agent"},
        ("conclusion", "owner"): end | {"rule_owner": "marketing"},
        ("conclusion", "partly"): end | {"process_first": "e3"},
        ("conclusion", "no_cause"): end | {"process_first": "e5"},
    }
