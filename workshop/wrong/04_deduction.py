"""Mistakes that the checks of N04 know, an example each: `ccsat workshop check` tries them all."""

from ccsat.workshop.exercises import n04
from ccsat.workshop.exercises.claims import statements


def wrong_answers(case, right):
    """(item, key of the mistake) -> an answer that makes it."""
    table, total = n04.splits(case), n04.lost(case)
    points, owners, robust, gap, conclusion = (right[key] for key in ("points", "owner_points", "split_robust", "gap_share_of_cell", "conclusion"))  # fmt: skip
    named = {code: value for code, value in points.items() if code != "unstated"}
    figures = n04.cell_figures(case, gap["cell"])
    decoys = [code for code in statements(case, n04.PRODUCT_RULE) if code != conclusion["claim"]]
    others = [code for code in named if code not in (right["top_by_mention"], right["top_by_points"])]
    first, last = list(named)[0], list(named)[-1]
    by_decoy = {n04.DECOYS[n04.fallen_for(code, case, n04.PRODUCT_RULE)]: code for code in decoys}
    by_mention = {split: right["top_by_mention"] for split in n04.SPLITS}
    return {
        ("points", "form"): {"R01": 0.01},
        ("points", "unstated_dropped"): named,
        ("points", "unstated_spread"): {code: value * total / sum(named.values()) for code, value in named.items()},
        ("points", "shares"): {code: value / total for code, value in points.items()},
        ("points", "percent"): {code: 100 * value for code, value in points.items()},
        ("points", "leave_one_out"): table["leave_one_out"].fillna(0.0).to_dict(),
        ("points", "counted_twice"): n04.whole_points(case).to_dict() | {"unstated": points["unstated"]},
        ("points", "other_split"): table["roc"].to_dict(),
        ("points", "open"): points | {first: points[first] + 0.01},
        ("points", "value"): points | {first: points[first] + 0.005, last: points[last] - 0.005},
        ("top_by_mention", "unstated"): "unstated",
        ("top_by_mention", "by_points"): right["top_by_points"],
        ("top_by_mention", "other"): others[0],
        ("top_by_points", "unstated"): "unstated",
        ("top_by_points", "by_mention"): right["top_by_mention"],
        ("top_by_points", "other"): others[0],
        ("split_robust", "form"): {"primary": right["top_by_points"], "robust": True},
        ("split_robust", "unstated"): robust | {"rank": "unstated"},
        ("split_robust", "by_mention"): by_mention | {"robust": True},
        ("split_robust", "split"): robust | {"model": others[0]},
        ("split_robust", "robust"): robust | {"robust": not robust["robust"]},
        ("owner_points", "form"): owners | {"agent": "much"},
        ("owner_points", "unstated_dropped"): {key: value for key, value in owners.items() if key != "unstated"},
        ("owner_points", "mixed_assigned"): {key: value for key, value in owners.items() if key != "mixed"} | {"agent": owners["agent"] + owners["mixed"]},
        ("owner_points", "percent"): {key: 100 * value for key, value in owners.items()},
        ("owner_points", "other_split"): n04.by_owner(case, table["primary"]),
        ("owner_points", "open"): owners | {"agent": owners["agent"] + 0.01},
        ("owner_points", "value"): owners | {"agent": owners["agent"] + 0.005, "network": owners["network"] - 0.005},
        ("gap_share_of_cell", "form"): {"cell": "early_termination", "share": 0.9},
        ("gap_share_of_cell", "no_dimension"): gap | {"cell": {"business": "x"}},
        ("gap_share_of_cell", "empty"): gap | {"cell": {"biz_l2": "early termination"}},
        ("gap_share_of_cell", "too_wide"): gap | {"cell": {"biz_l1": "plan_change"}},
        ("gap_share_of_cell", "too_narrow"): gap | {"cell": {"biz_l2": "early_termination", "channel": "phone"}},
        ("gap_share_of_cell", "elsewhere"): gap | {"cell": {"biz_l1": "complaint"}},
        ("gap_share_of_cell", "percent"): gap | {"share": 100 * figures["gap"]},
        ("gap_share_of_cell", "of_deduction"): gap | {"share": figures["deduction"]},
        ("gap_share_of_cell", "of_volume"): gap | {"share": figures["volume"]},
        ("gap_share_of_cell", "of_average"): gap | {"share": figures["average"]},
        ("gap_share_of_cell", "share"): gap | {"share": 0.5},
        ("conclusion", "form"): {"claim": conclusion["owner"], "owner": conclusion["claim"]},
        **{("conclusion", key): conclusion | {"claim": code} for key, code in by_decoy.items()},
        ("conclusion", "blames_agents"): conclusion | {"owner": "agent"},
        ("conclusion", "leaves_open"): conclusion | {"owner": "mixed"},
        ("conclusion", "other_owner"): conclusion | {"owner": "network"},
    }  # fmt: skip
