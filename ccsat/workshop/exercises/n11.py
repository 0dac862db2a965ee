"""N11, the voice menu: where callers hang up, which prompt fails, what the new menu did beside a control, and what was contained in earnest.

Every number is made from the team's own calls and ratings; the statements of the meeting are planted.
"""

from __future__ import annotations

from functools import cache

from ccsat.touchpoints import ivr
from ccsat.touchpoints.menu_change import ChangeEffect, menu_change
from ccsat.workshop.case import Case
from ccsat.workshop.exercises.claims import fallen_for, statements
from ccsat.workshop.exercises.item import Exercise, Item, Judgement, Options, from_wording
from ccsat.workshop.exercises.ladder import RIGHT, is_number

WORDS = "workshop.n11"
NEAR, NEAR_EFFECT = 1e-3, 5e-3
HOURS = 24
DEEP_KEY = 2  # the link of the true chain that the meeting hears
DECOYS = ("success", "training", "queue")  # in the order of the world's truth


# The team's own figures -----------------------------------------------------------------------


@cache
def nodes(case: Case) -> ivr.NodeFunnel:
    """What happens at each node in the current period."""
    return ivr.node_funnel(case.centre)


@cache
def prompts(case: Case) -> ivr.PromptTable:
    """Prompts and how they fail."""
    return ivr.worst_prompts(case.centre)


@cache
def account(case: Case) -> ivr.ContainmentAccount:
    """What the gain of containment is made of."""
    return ivr.containment_account(case.centre, "ivr", hours=HOURS)


@cache
def effect(case: Case) -> ChangeEffect:
    """What the menu did to the phone's satisfaction beyond what happened online."""
    return menu_change(case.centre, at=menu_day(case))


@cache
def menu_day(case: Case) -> str:
    """The day of the menu's change: the first day on which another version is heard."""
    rows = case.table("ivr_paths")
    first = rows.groupby("menu_version", observed=True)["at"].min().sort_values()
    return str(first.iloc[-1].date())


@cache
def other_effects(case: Case) -> dict[str, float]:
    """The effect as it is often taken: the phone's own change, the two channels after it, and the whole KPI."""
    table = effect(case).table
    after = table["after"]

    def mean(column: str, n: str, rows) -> float:
        return float((table.loc[rows, column] * table.loc[rows, n]).sum() / table.loc[rows, n].sum())

    phone, online = mean("mean", "n", after), mean("mean_control", "n_control", after)
    return {
        "before_after": phone - mean("mean", "n", ~after),
        "after_only": phone - online,
        "overall": effect(case).overall,
    }


@cache
def deepest_exit(case: Case) -> dict:
    """The node at which most callers hang up, and the share of those who enter."""
    table = nodes(case).table
    row = table.loc[table["exited"].idxmax()]
    return {"node": str(row["node"]), "share": float(row["share_exited"]), "of_exits": float(row["exited"] / table["exited"].sum()),
            "of_calls": float(row["exited"] / nodes(case).calls), "rate_node": str(table.loc[table["share_exited"].idxmax(), "node"])}  # fmt: skip


@cache
def failing(case: Case) -> dict[str, tuple[str, str]]:
    """The worst prompt (`right`), and prompts that only look so."""
    table = prompts(case).table
    spoken = table[table["failure"] != "exited"]
    found = spoken[spoken["found"]].iloc[0]
    most = spoken.assign(failed=spoken["value"] * spoken["n"]).sort_values("failed").iloc[-1]
    return {
        "right": (str(found["node"]), str(found["failure"])),
        "most_failures": (str(most["node"]), str(most["failure"])),
    }


# Judges ---------------------------------------------------------------------------------------


def judge_exit(answer: dict, case: Case) -> Judgement:
    """Where most callers hang up."""
    truth = deepest_exit(case)
    if set(answer) != {"node", "share"} or not is_number(answer["share"]) or answer["node"] not in node_options(case):
        return Judgement("form", hint=1)
    if answer["node"] != truth["node"]:
        return Judgement("node", share=0.2, hint=2)
    if abs(answer["share"] - truth["share"]) <= NEAR:
        return RIGHT
    if abs(answer["share"] / 100 - truth["share"]) <= NEAR:
        return Judgement("percent", share=0.7, hint=3)
    if abs(answer["share"] - truth["of_exits"]) <= NEAR:
        return Judgement("of_exits", share=0.5, hint=2)
    return Judgement("share", share=0.4, hint=2)


def judge_prompt(answer: dict, case: Case) -> Judgement:
    """Which prompt's words fail."""
    if (
        set(answer) != {"node", "failure"}
        or answer["node"] not in node_options(case)
        or answer["failure"] not in ivr.FAILURES
    ):
        return Judgement("form", hint=1)
    given, found = (answer["node"], answer["failure"]), failing(case)
    if given == found["right"]:
        return RIGHT
    if answer["failure"] == "exited":
        return Judgement("flow", share=0.2, hint=2)
    if given == found["most_failures"]:
        return Judgement("most_failures", share=0.3, hint=2)
    if given[0] == found["right"][0]:
        return Judgement("failure", share=0.5, hint=3)
    return Judgement("node", share=0.1, hint=3)


def judge_effect(answer: dict, case: Case) -> Judgement:
    """What the menu did beyond the control, and whether the comparison holds."""
    if set(answer) != {"effect", "holds"} or not is_number(answer["effect"]) or not isinstance(answer["holds"], bool):
        return Judgement("form", hint=1)
    truth, value = effect(case), answer["effect"]
    near = {key: abs(value - other) for key, other in {"right": truth.effect, **other_effects(case)}.items()}
    closest = min(near, key=near.get)
    if near["right"] <= NEAR_EFFECT and (closest == "right" or near[closest] > 1e-4):
        return RIGHT if answer["holds"] == bool(truth.holds) else Judgement("holds", share=0.7, hint=3)
    if closest != "right" and near[closest] <= 1e-3:
        return Judgement(closest, share=0.4, hint=2)
    if abs(value / 100 - truth.effect) <= NEAR_EFFECT:
        return Judgement("percent", share=0.6, hint=3)
    if abs(value + truth.effect) <= NEAR_EFFECT:
        return Judgement("sign", share=0.6, hint=3)
    return Judgement("value", share=0.1, hint=2)


def judge_false(answer: dict, case: Case) -> Judgement:
    """How much of the gained containment came back."""
    if set(answer) != {"gained", "came_back", "false_rate"} or not all(map(is_number, answer.values())):
        return Judgement("form", hint=1)
    if any(abs(value) > 1 for value in answer.values()):
        return Judgement("percent", share=0.3, hint=3)
    found, parts = account(case), account(case).table.set_index("part")
    truth = {"gained": found.total, "came_back": float(parts.loc["back", "points"]), "false_rate": found.false_value}
    wrong = [key for key in truth if abs(answer[key] - truth[key]) > NEAR]
    if not wrong:
        return RIGHT
    share = 0.8 * (len(truth) - len(wrong)) / len(truth)
    if abs(answer["came_back"] - float(parts.loc["held", "points"])) <= NEAR:
        return Judgement("swapped", share=share, hint=2)
    near = {
        "of_all": abs(answer["false_rate"] - float(parts.loc["back", "value"])),
        "before": abs(answer["false_rate"] - found.false_baseline),
    }
    closest = min(near, key=near.get)
    if near[closest] <= NEAR:
        return Judgement(closest, share=share, hint=2)
    return Judgement(wrong[0], share=share, hint=2)


def judge_conclusion(answer: dict, case: Case) -> Judgement:
    """Which statement holds, and which action comes first?"""
    labels = {action["id"]: action["label"] for action in case._truth["actions"]}
    if (
        set(answer) != {"claim", "first"}
        or answer["claim"] not in statements(case, DEEP_KEY)
        or answer["first"] not in labels
    ):
        return Judgement("form", hint=1)
    decoy = fallen_for(answer["claim"], case, DEEP_KEY)
    if decoy is not None:
        return Judgement(DECOYS[decoy], hint=2)
    label = labels[answer["first"]]
    return RIGHT if label == "best" else Judgement("partly" if label == "acceptable" else "no_cause", share=0.5, hint=3)


# Codes ----------------------------------------------------------------------------------------


def node_options(case: Case) -> Options:
    """The nodes of the menu, by their names in the data."""
    return {str(node): {"zh": str(node), "en": str(node)} for node in sorted(nodes(case).table["node"])}


def prompt_options(case: Case) -> Options:
    """Nodes, and ways to fail."""
    return from_wording("ivr.failure", ivr.FAILURES)(case) | node_options(case)


def conclusions(case: Case) -> Options:
    """What is said in the meeting, and the actions on offer."""
    library = {action["id"]: {"zh": action["zh"], "en": action["en"]} for action in case._truth["actions"]}
    return statements(case, DEEP_KEY) | library


def change_day(case: Case) -> str:
    """The day on which the new menu was first heard."""
    return menu_day(case)


EXERCISE = Exercise(
    world="S07",
    items={
        "exit_node": Item(15, dict, '{"node": "main", "share": 0.12}', judge_exit, ("form", "node", "percent", "of_exits", "share"), options=node_options,
                          named=lambda answer: [answer["node"]] if "node" in answer else []),
        "worst_prompt": Item(20, dict, '{"node": "main", "failure": "no_input"}', judge_prompt, ("form", "flow", "most_failures", "failure", "node"),
                             options=prompt_options, named=lambda answer: [answer[key] for key in ("node", "failure") if key in answer]),
        "menu_effect": Item(30, dict, '{"effect": -0.01, "holds": False}', judge_effect,
                            ("form", "before_after", "after_only", "overall", "percent", "sign", "holds", "value")),
        "false_containment": Item(25, dict, '{"gained": 0.05, "came_back": 0.01, "false_rate": 0.2}', judge_false,
                                  ("form", "percent", "swapped", "of_all", "before", "gained", "came_back", "false_rate")),
        "conclusion": Item(10, dict, '{"claim": "m1", "first": "a7"}', judge_conclusion, ("form", *DECOYS, "partly", "no_cause"), options=conclusions,
                           named=lambda answer: [answer[key] for key in ("claim", "first") if key in answer]),
    },
    materials={"change_day": change_day},
)  # fmt: skip
