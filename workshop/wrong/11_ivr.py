"""Mistakes that the checks of N11 know, an example each: `ccsat workshop check` tries them all."""

from ccsat.workshop.exercises import n11
from ccsat.workshop.exercises.claims import statements


def wrong_answers(case, right):
    """(item, key of the mistake) -> an answer that makes it."""
    exits, prompt, menu, back, conclusion = (right[key] for key in ("exit_node", "worst_prompt", "menu_effect", "false_containment", "conclusion"))  # fmt: skip
    other = next(node for node in n11.node_options(case) if node not in (exits["node"], prompt["node"]))
    wrong, parts = n11.other_effects(case), n11.account(case).table.set_index("part")
    decoys = {n11.DECOYS[found]: code for code in statements(case, n11.DEEP_KEY) if (found := n11.fallen_for(code, case, n11.DEEP_KEY)) is not None}  # fmt: skip
    most = n11.failing(case)["most_failures"]
    return {
        ("exit_node", "form"): {"node": exits["node"]},
        ("exit_node", "node"): exits | {"node": other},
        ("exit_node", "percent"): exits | {"share": 100 * exits["share"]},
        ("exit_node", "of_exits"): exits | {"share": n11.deepest_exit(case)["of_exits"]},
        ("exit_node", "share"): exits | {"share": 0.5},
        ("worst_prompt", "form"): {"node": prompt["node"]},
        ("worst_prompt", "flow"): {"node": exits["node"], "failure": "exited"},
        ("worst_prompt", "most_failures"): {"node": most[0], "failure": most[1]},
        ("worst_prompt", "failure"): prompt | {"failure": "no_input"},
        ("worst_prompt", "node"): prompt | {"node": other},
        ("menu_effect", "form"): {"effect": menu["effect"]},
        **{("menu_effect", key): menu | {"effect": wrong[key]} for key in ("before_after", "after_only", "overall")},
        ("menu_effect", "percent"): menu | {"effect": 100 * menu["effect"]},
        ("menu_effect", "sign"): menu | {"effect": -menu["effect"]},
        ("menu_effect", "holds"): menu | {"holds": not menu["holds"]},
        ("menu_effect", "value"): menu | {"effect": -0.2},
        ("false_containment", "form"): {"gained": 0.1},
        ("false_containment", "percent"): {key: 100 * value for key, value in back.items()},
        ("false_containment", "swapped"): back | {"came_back": float(parts.loc["held", "points"])},
        ("false_containment", "of_all"): back | {"false_rate": float(parts.loc["back", "value"])},
        ("false_containment", "before"): back | {"false_rate": n11.account(case).false_baseline},
        ("false_containment", "gained"): back | {"gained": 0.5},
        ("false_containment", "came_back"): back | {"came_back": 0.5},
        ("false_containment", "false_rate"): back | {"false_rate": 0.5},
        ("conclusion", "form"): {"claim": "v1", "first": "m1"},
        **{("conclusion", key): conclusion | {"claim": code} for key, code in decoys.items()},
        ("conclusion", "partly"): conclusion | {"first": "v3"},
        ("conclusion", "no_cause"): conclusion | {"first": "v4"},
    }
