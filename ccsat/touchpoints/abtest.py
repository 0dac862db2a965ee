"""A/B tests of a strategy, menu or script: how many customers an arm, when one may look, and what the result decides."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
import pandas as pd

from ccsat.errors import DataError, listing
from ccsat.estimates import design_effect, difference_table, sample_size, wilson
from ccsat.numerics.power import two_sided
from ccsat.results import Result, result_class
from ccsat.wording import count, percent, points, text

DECISIONS = ("adopt", "reject", "no_difference", "not_shown", "guardrail", "continue", "broken")
RATIO_ALARM = 0.001  # p-value below which the arms' sizes are not what was planned
MOST_LOOKS = 10


@result_class
class TestPlan(Result):
    """Looks at a test: `look, share, n_arm` (rows an arm by then)`, day, z, p_value` (below which one may stop), `spent` (chance of a false alarm by then).

    Attributes:
        n_arm: Rows an arm at the last look. baseline, target: Rates that are told apart. power, level, design_effect: What was planned with.
        n_fixed: Rows an arm of a test with one look. days: Until the last look; NaN where no flow was given. peeking: Chance of a false alarm if
            one looked every day at a test with one look (at 14 looks where no flow was given).
    """

    __test__ = False  # not a test of pytest

    n_arm: int
    n_fixed: int
    baseline: float
    target: float
    power: float
    level: float
    design_effect: float
    days: float
    peeking: float

    @property
    def looks(self) -> int:
        return len(self.table)

    def sentence(self) -> str:
        return text("abtest.plan_one" if self.looks == 1 else "abtest.plan_many", n=count(self.n_arm), baseline=percent(self.baseline), target=percent(self.target),
                    power=percent(self.power, 0), level=percent(1 - self.level, 0), looks=self.looks, days="" if math.isnan(self.days) else text("abtest.days", n=count(self.days)),
                    peeking=percent(self.peeking, 0), first=f"{self.table['p_value'].iloc[0]:.2g}")  # fmt: skip


@result_class
class TestVerdict(Result):
    """Outcomes of a test: `outcome, role` (primary, guardrail)`, better, value, lower, upper, n, value_control, n_control, change, change_lower, change_upper,
    p_value, limit, safe`. `change` is treated less control.

    Attributes:
        decision: A code of `DECISIONS`. look: Which look this is. z, bound: Of the primary outcome, and what it had to pass.
        ratio_p: Of arm sizes as uneven as these.
    """

    __test__ = False

    decision: str
    look: int
    z: float
    bound: float
    ratio_p: float
    arms: tuple[str, str]

    def sentence(self) -> str:
        row = self.table.iloc[0]
        return text(f"abtest.decision.{self.decision}") + " " + text("abtest.verdict", outcome=row["outcome"], change=points(row["change"], "rate"), lower=points(row["change_lower"], "rate"),
                    upper=points(row["change_upper"], "rate"), n=count(row["n"]), n_control=count(row["n_control"]), look=self.look)  # fmt: skip


def plan_test(
    baseline: float, smallest: float, *, power: float = 0.8, level: float = 0.95, looks: int = 1, flow: float | None = None, design_effect: float = 1.0,
) -> TestPlan:  # fmt: skip
    """How many rows an arm does it take to see a move of a rate, and when may one look?

    Args:
        baseline: The control's rate. smallest: Smallest move worth acting on, signed, 0 to 1.
        looks: How often one looks, equally spaced; more than one has O'Brien-Fleming bounds: early looks need strong evidence, the last hardly
            more than a single test. With one look the horizon is fixed and nothing may be decided before it.
        flow: Rows a day that enter the test, both arms together. design_effect: Of customers with several sessions.

    Raises:
        DataError: Rates outside of 0 to 1, no move, or looks outside of 1 to 10.

    Source:
        Fleiss, Levin and Paik (2003), 4.2; O'Brien and Fleming (1979), Biometrics 35, 549-556.
    """
    from ccsat.numerics.sequential import crossing, inflation, obrien_fleming, peeking_size

    target = baseline + smallest
    if not (0 < baseline < 1 and 0 < target < 1) or smallest == 0:
        raise DataError("abtest_rates", baseline=baseline, smallest=smallest)
    if not (isinstance(looks, int) and 1 <= looks <= MOST_LOOKS):
        raise DataError("abtest_looks", looks=looks, most=MOST_LOOKS)
    if not (0.5 <= power < 1 and 0.5 < level < 1 and design_effect >= 1 and (flow is None or flow > 0)):
        raise DataError("abtest_options", power=power, level=level, design_effect=design_effect, flow=flow)
    fixed = sample_size(target, baseline, power=power, level=level) * design_effect
    bounds = obrien_fleming(looks, level=level)
    most = fixed * (inflation(bounds, power=power, level=level) if looks > 1 else 1.0)
    share = np.arange(1, looks + 1) / looks
    n = np.ceil(most * share).astype(int)
    table = pd.DataFrame({"look": np.arange(1, looks + 1), "share": share, "n_arm": n, "day": np.ceil(2 * n / flow) if flow else np.nan, "z": bounds,
                          "p_value": two_sided(bounds), "spent": np.cumsum(crossing(bounds))})  # fmt: skip
    days = float(table["day"].iloc[-1])
    daily = peeking_size(int(min(max(days, 2), 60)) if flow else 14, level=level)
    return TestPlan(table=table, n_arm=int(n[-1]), n_fixed=math.ceil(fixed), baseline=baseline, target=target, power=power, level=level, design_effect=design_effect,
                    days=days, peeking=daily)  # fmt: skip


def evaluate_test(
    table: pd.DataFrame, plan: TestPlan, *, arm: str = "arm", control: str, primary: str, better: str = "high",
    guardrails: Mapping[str, tuple[str, float]] | None = None, cluster: str | None = None, share: float = 0.5,
) -> TestVerdict:  # fmt: skip
    """What does a finished (or planned-for) look at a test decide?

    Args:
        table: One row a unit: the arm, and outcomes as 0/1 or yes/no; empty rows of an outcome are not counted.
        plan: Of `plan_test`, made before the test.
        primary: The one outcome that decides. better: "high" or "low".
        guardrails: Outcome -> (better, how much worse is still bearable, 0 to 1).
        cluster: Column of rows that hang together, e.g. the customer. share: Planned share of the treated arm.

    Returns:
        `decision`: broken (the arms are not of the planned sizes: find out why before anything else), guardrail (a guardrail is, or may
        be, beyond its limit: its interval reaches it), adopt or reject (beyond the bound, better or worse), continue (an early look, not past its bound),
        no_difference (the last look, and the interval excludes the planned move), not_shown (the last look, undecided).
        The interval of the primary outcome is at the look's own level, so that it holds 0 exactly where the bound is not passed.

    Raises:
        DataError: Not two arms, or fewer rows than at the next planned look: peeking is refused.

    Source:
        Jennison and Turnbull (2000), Group Sequential Methods, ch. 9 (repeated intervals); Fabijan et al. (2019), KDD (sample-ratio mismatch).
    """
    from scipy.special import ndtr

    rows = table.dropna(subset=[arm])
    arms = sorted(rows[arm].astype(str).unique())
    if len(arms) != 2 or control not in arms:
        raise DataError("abtest_arms", column=arm, control=control, arms=listing(arms))
    treated = next(one for one in arms if one != control)
    outcomes = {primary: ("primary", better, math.nan)} | {
        name: ("guardrail", *rule) for name, rule in (guardrails or {}).items()
    }
    lacks = [name for name in outcomes if name not in rows]
    if lacks:
        raise DataError("abtest_column", columns=listing(lacks), known=listing(rows.columns))
    sizes = rows[arm].astype(str).value_counts()
    n, total = int(sizes.min()), int(sizes.sum())
    reached = plan.table[plan.table["n_arm"] <= max(n, int(n * (1 + 1e-9)))]
    if reached.empty or (plan.looks == 1 and n < plan.n_arm):
        needed = int(plan.table["n_arm"].iloc[0])
        raise DataError("abtest_peek", n=n, needed=needed, looks=plan.looks, peeking=percent(plan.peeking, 0))
    look = reached.iloc[-1]
    bound, last = float(look["z"]), bool(look["look"] == plan.looks)
    within = float(2 * ndtr(bound) - 1)
    lines = [
        _outcome(rows, arm, treated, control, name, rule, cluster, within if name == primary else plan.level)
        for name, rule in outcomes.items()
    ]
    made = pd.DataFrame(lines)
    expected = share * total
    ratio_p = float(two_sided((sizes[treated] - expected) / math.sqrt(total * share * (1 - share))))
    decision = _decide(made, ratio_p, bound, last, plan, better)
    return TestVerdict(table=made.drop(columns="z"), decision=decision, look=int(look["look"]), z=float(made["z"].iloc[0]), bound=bound, ratio_p=ratio_p, arms=(treated, control))  # fmt: skip


def _outcome(
    rows: pd.DataFrame, arm: str, treated: str, control: str, name: str, rule: tuple, cluster: str | None, level: float
) -> dict:
    """One outcome in both arms, on the effective n, with z of its difference."""
    kept = rows.dropna(subset=[name])
    values = pd.to_numeric(kept[name].astype("Float64")).astype(float)
    if not values.isin([0.0, 1.0]).all():
        raise DataError(
            "abtest_outcome", column=name, values=listing(sorted(values[~values.isin([0.0, 1.0])].unique())[:5])
        )
    counts, effects = {}, {}
    for one in (treated, control):
        y = values[(kept[arm].astype(str) == one)]
        counts[one] = np.array([[(y == 0).sum(), (y == 1).sum()]], float)
        if not len(y):
            raise DataError("abtest_arms", column=arm, control=control, arms=listing([treated, control]))
        effects[one] = _deff(y, kept.loc[y.index, cluster] if cluster else None)
    made = difference_table(
        counts[treated],
        counts[control],
        (0, 1),
        unit="rate",
        level=level,
        design_effects=(effects[treated], effects[control]),
    ).iloc[0]
    n1, n0 = made["n"] / effects[treated], made["n_baseline"] / effects[control]
    pooled = (made["value_current"] * n1 + made["value_baseline"] * n0) / (n1 + n0)
    error = math.sqrt(pooled * (1 - pooled) * (1 / n1 + 1 / n0))
    role, better, limit = rule
    worse = made["lower"] if better == "high" else -made["upper"]  # how bad it may be
    lower, upper = wilson(made["value_current"] * n1, n1)
    return {"outcome": name, "role": role, "better": better, "value": made["value_current"], "lower": float(lower), "upper": float(upper), "n": int(made["n"]),
            "value_control": made["value_baseline"], "n_control": int(made["n_baseline"]), "change": made["value"], "change_lower": made["lower"],
            "change_upper": made["upper"], "p_value": made["p_value"], "limit": limit, "safe": None if role == "primary" else bool(worse >= -limit),
            "z": made["value"] / error if error > 0 else 0.0}  # fmt: skip


def _deff(y: pd.Series, cluster: pd.Series | None) -> float:
    """Design effect of a 0/1 outcome whose rows come in clusters."""
    if cluster is None:
        return 1.0
    groups = pd.DataFrame({"y": y, "c": cluster}).groupby("c")["y"].agg(["size", "sum"]).astype(float)
    n, s = groups["size"], groups["sum"]
    mean = s.sum() / n.sum()
    return float(
        design_effect(len(n), n.sum(), s.sum(), (n * n).sum(), (n * s).sum(), (s * s).sum(), variance=mean * (1 - mean))
    )


def _decide(made: pd.DataFrame, ratio_p: float, bound: float, last: bool, plan: TestPlan, better: str) -> str:
    if ratio_p < RATIO_ALARM:
        return "broken"
    first, guards = made.iloc[0], made.iloc[1:]
    passed = abs(first["z"]) >= bound
    good = (first["change"] > 0) == (better == "high")
    if passed and not good:
        return "reject"
    if (~guards["safe"].astype(bool)).any() and (passed or last):
        return "guardrail"
    if passed:
        return "adopt"
    if not last:
        return "continue"
    move = plan.target - plan.baseline
    return "not_shown" if first["change_lower"] <= move <= first["change_upper"] else "no_difference"
