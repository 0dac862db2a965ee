"""The voice menu: what happens at each node, which prompt fails, who is routed where, and what is contained in earnest."""

from __future__ import annotations

import numpy as np
import pandas as pd

from ccsat.centre import Centre
from ccsat.errors import DataError
from ccsat.estimates import adjust
from ccsat.kpis import intelligent_rows as rows_of
from ccsat.results import Ledger, Result, result_class
from ccsat.touchpoints.compared import add_up, estimates, in_words, side_by_side, spans
from ccsat.wording import count, percent, points, text

ENDS = ("exited", "to_agent", "served")  # how a call can end at a node; who does none of it goes on
FAILURES = ("no_input", "no_match", "exited")
SEEN = 0.05
OUTCOMES = ("self_served", "to_agent", "abandoned")


@result_class
class NodeFunnel(Result):
    """What happens at each node: `node, level, informs, n` (calls that entered)`, exited, to_agent, served, went_on` (calls, which add up to n)
    and for `exited, no_input, no_match, to_agent, served` the shares `share_X, lower_X, upper_X`.

    Attributes:
        period: As words. calls: Calls in it. depth: Mean last level of calls that were served or put through. zero_presses: Presses of 0 a call.
    """

    period: str
    calls: int
    depth: float
    zero_presses: float

    def sentence(self) -> str:
        judged = self.table[~self.table["informs"]]
        row = judged.sort_values("exited").iloc[-1] if len(judged) else self.table.iloc[0]
        return text("ivr.node_funnel", period=self.period, calls=count(self.calls), node=row["node"], exits=count(row["exited"]), share=percent(row["share_exited"]),
                    lower=percent(row["lower_exited"]), upper=percent(row["upper_exited"]), n=count(row["n"]), depth=f"{self.depth:.2f}", zero=f"{self.zero_presses:.2f}")  # fmt: skip


@result_class
class PromptTable(Result):
    """Prompts and how they fail: `node, failure` (no_input, no_match, exited)`, value, lower, upper, n, others, excess, extra, p_adjusted,
    value_baseline, n_baseline, change, change_lower, change_upper, found`, the most extra failures first.

    `others` is the share at all other nodes, `excess` the difference, `extra` the failures beyond it; `found` holds where it is beyond chance
    (false discovery rate 5 %).
    """

    period: str

    @property
    def worst(self) -> pd.Series | None:
        """The prompt with the most failures beyond the others'; None where none is beyond chance."""
        rows = self.table[self.table["found"]]
        return rows.iloc[0] if len(rows) else None

    def sentence(self) -> str:
        row = self.worst
        if row is None:
            return text("ivr.no_worst", period=self.period, n=len(self.table))
        return text("ivr.worst", period=self.period, node=row["node"], failure=text(f"ivr.failure.{row['failure']}"), value=percent(row["value"]),
                    lower=percent(row["lower"]), upper=percent(row["upper"]), n=count(row["n"]), others=percent(row["others"]))  # fmt: skip


@result_class
class Routing(Result):
    """Who is routed where: `by, outcome, value, lower, upper, n, value_baseline, n_baseline, change, change_lower, change_upper, p_value`."""

    column: str
    period: str

    def sentence(self) -> str:
        moved = self.table.dropna(subset=["change"])
        if moved.empty:
            return text("ivr.routing_one", period=self.period, column=self.column)
        row = moved.loc[moved["change"].abs().idxmax()]
        return text("ivr.routing", period=self.period, column=self.column, group=row["by"], outcome=text(f"ivr.outcome.{row['outcome']}"),
                    change=points(row["change"], "rate"), lower=points(row["change_lower"], "rate"), upper=points(row["change_upper"], "rate"), n=count(row["n"]))  # fmt: skip


@result_class
class ContainmentAccount(Ledger):
    """What a change of containment is made of: `part` (held, back), `value, value_baseline, points, lower, upper`, shares of all mature calls or sessions.

    `held` is contained and not back in time, `back` is contained and back: false containment. The points add up to the change of containment.
    """

    n: int
    n_baseline: int
    hours: int
    false_value: float
    false_baseline: float

    def sentence(self) -> str:
        parts = self.table.set_index("part")["points"]
        return text("ivr.account", total=points(self.total, "rate"), back=points(parts["back"], "rate"), held=points(parts["held"], "rate"), hours=self.hours,
                    false=percent(self.false_value), false_baseline=percent(self.false_baseline), n=count(self.n), n_baseline=count(self.n_baseline))  # fmt: skip


def need_table(centre: Centre, table: str, kinds, *columns: str) -> None:
    """Refuse a study without a table that an analysis is about.

    Raises:
        DataError: The study names no such table, or it lacks a column.
    """
    found = centre.beside(table, kinds)
    missing = [one for one in columns if found is None or one not in found.roles]
    if found is None or missing:
        known = list(found.roles) if found is not None else list(centre.study.data.tables())
        raise DataError(
            "touch_no_table", table=table, missing=", ".join(missing or [table]), known=", ".join(sorted(known))
        )


def node_funnel(
    centre: Centre, current: str | None = None, *, as_of: str | None = None, level: float = 0.95
) -> NodeFunnel:
    """What happens to callers at each node of the menu?

    Args:
        current: The period; the study's where none is given.

    Returns:
        One row a node. A call counts once a node. Exits of nodes that only inform (`node_kind` "information") may be successes: they are shown
        and marked `informs`, and not called losses.

    Raises:
        DataError: The study has no `ivr_paths`.

    Source:
        DOMAIN 1.4 U2.3e, 2.8.
    """
    need_table(centre, "ivr_paths", rows_of.PATHS, "call_id", "at", "node", "event", "outcome")
    window = spans(centre, current, None, as_of)[-1:]
    heard = _heard(centre)
    made = {}
    for name in dict.fromkeys((*ENDS, *FAILURES)):
        found = add_up(centre, heard, window, by=("node",), level=name)
        made[name] = found[["node", "s"]].join(estimates(found, level=level)).set_index("node")
    kinds = centre.engine.query(
        f"SELECT node, MIN(level_n) AS level, MAX(node_kind) AS kind FROM ({heard}) h GROUP BY node ORDER BY node"
    ).set_index("node")
    if not len(made["exited"]):
        raise DataError("touch_no_rows", table="ivr_paths", period=in_words(window[0]))
    table = pd.DataFrame({"node": made["exited"].index, "level": kinds["level"].reindex(made["exited"].index).to_numpy(float),
                          "informs": (kinds["kind"].reindex(made["exited"].index) == rows_of.INFORMATION).to_numpy(), "n": made["exited"]["n"].to_numpy()})  # fmt: skip
    for name in ENDS:
        table[name] = made[name]["s"].round().astype(int).to_numpy()
    table["went_on"] = table["n"] - table[list(ENDS)].sum(axis=1)
    for name, one in made.items():
        table[[f"share_{name}", f"lower_{name}", f"upper_{name}"]] = one[["value", "lower", "upper"]].to_numpy()
    calls = rows_of.calls(centre)
    sums = {key: add_up(centre, calls_as_rows(calls), window, level=sql).iloc[0] for key, sql in
            (("depth", "CASE WHEN outcome <> 'abandoned' THEN depth END"), ("zero", "zero_n"))}  # fmt: skip
    return NodeFunnel(table=table.sort_values(["level", "n"], ascending=[True, False], ignore_index=True), period=in_words(window[0]),
                      calls=int(sums["zero"]["n"]), depth=float(sums["depth"]["s"] / sums["depth"]["n"]), zero_presses=float(sums["zero"]["s"] / sums["zero"]["n"]))  # fmt: skip


def calls_as_rows(calls: str) -> str:
    """Calls with the key that rows are told apart by."""
    return f"SELECT c.*, call_id AS row_key FROM ({calls}) c"


def _heard(centre: Centre) -> str:
    """Prompts with `served`: whether the call ended here without an agent and without giving up."""
    deepest = "CASE WHEN outcome = 'self_served' AND exited = 0 AND to_agent = 0 AND level_n = MAX(level_n) OVER (PARTITION BY call_id) THEN 1 ELSE 0 END"
    return f"SELECT p.*, call_id || '/' || node AS row_key, {deepest} AS served FROM ({rows_of.prompts(centre)}) p WHERE entered = 1"


def worst_prompts(
    centre: Centre, current: str | None = None, baseline: str | None = None, *, as_of: str | None = None
) -> PromptTable:
    """Which prompt do callers not answer, answer wrongly, or hang up at, more than at the others?

    Returns:
        One row a node and failure. Each is held against all other nodes of the period by a two-sided z test on the effective n, corrected for
        the number of prompts; hanging up at a node that only informs is not a failure and is left out.

    Source:
        DOMAIN 1.4 U2.3e (script); Benjamini and Hochberg (1995).
    """
    from scipy.special import ndtr

    need_table(centre, "ivr_paths", rows_of.PATHS, "call_id", "at", "node", "event", "outcome")
    windows, heard, parts = spans(centre, current, baseline, as_of), _heard(centre), []
    informs = f"COALESCE(node_kind, '') = '{rows_of.INFORMATION}'"
    for failure in FAILURES:
        level = f"CASE WHEN NOT ({informs}) THEN {failure} END" if failure == "exited" else failure
        found = add_up(centre, heard, windows, by=("node",), level=level)
        now = found[found["period"] == "current"].reset_index(drop=True)
        if now.empty:
            raise DataError("touch_no_rows", table="ivr_paths", period=in_words(windows[-1]))
        made = estimates(now)
        n, s, deff = now["n"].to_numpy(), now["s"].to_numpy(), made["deff"].to_numpy()
        rest_n, rest_s = n.sum() - n, s.sum() - s
        pooled = s.sum() / n.sum()
        with np.errstate(invalid="ignore", divide="ignore"):
            others = rest_s / rest_n
            error = np.sqrt(pooled * (1 - pooled) * (deff / n + 1 / rest_n))
            p = 2 * ndtr(-np.abs(s / n - others) / error)
        mine = pd.DataFrame({"node": now["node"], "failure": failure, "others": others, "excess": s / n - others, "extra": n * (s / n - others), "p": p})  # fmt: skip
        parts.append(mine.merge(side_by_side(found, by=("node",)), on="node"))
    table = pd.concat(parts, ignore_index=True)
    table["p_adjusted"] = adjust(table["p"].to_numpy())
    table["found"] = (table["p_adjusted"] < SEEN) & (table["excess"] > 0)
    columns = ["node", "failure", "value", "lower", "upper", "n", "others", "excess", "extra", "p_adjusted", "value_baseline", "n_baseline",
               "change", "change_lower", "change_upper", "found"]  # fmt: skip
    return PromptTable(
        table=table.sort_values(["found", "extra"], ascending=False, ignore_index=True)[columns],
        period=in_words(windows[-1]),
    )


def routing(
    centre: Centre,
    by: str = "first_key",
    current: str | None = None,
    baseline: str | None = None,
    *,
    as_of: str | None = None,
) -> Routing:
    """Strategy: who is routed where by the menu?

    Args:
        by: "first_key" (the first key pressed), "menu_version", or a dimension of the study that the customer carries.

    Raises:
        DataError: Nothing of that name.
    """
    need_table(centre, "ivr_paths", rows_of.PATHS, "call_id", "at", "event", "outcome")
    windows, calls = spans(centre, current, baseline, as_of), rows_of.calls(centre)
    paths = rows_of.source(centre, "ivr_paths", rows_of.PATHS)
    if by == "first_key":
        first = f'SELECT call_id, "key" AS cell FROM (SELECT call_id, "key", ROW_NUMBER() OVER (PARTITION BY call_id ORDER BY "at", "level") AS place FROM ({paths}) p WHERE event = \'press\' AND "key" IS NOT NULL) k WHERE place = 1'
    elif by == "menu_version":
        first = f"SELECT call_id, menu_version AS cell FROM ({calls}) v"
    elif by in centre.dims and "customer_id" in centre.columns:
        quoted = centre.engine.quote(by)
        first = f"SELECT c.call_id, d.cell FROM ({calls}) c JOIN (SELECT customer_id, MAX({quoted}) AS cell FROM ({centre.facts}) f GROUP BY customer_id) d ON d.customer_id = c.customer_id"
    else:
        raise DataError("touch_no_split", by=by, known=", ".join(("first_key", "menu_version", *centre.dims)))
    rows = f"SELECT c.*, c.call_id AS row_key, COALESCE(k.cell, '–') AS cell FROM ({calls}) c LEFT JOIN ({first}) k ON k.call_id = c.call_id"
    parts = [side_by_side(add_up(centre, rows, windows, by=("cell",), level=f"CASE WHEN outcome = '{one}' THEN 1 ELSE 0 END"), by=("cell",)).assign(outcome=one)
             for one in OUTCOMES]  # fmt: skip
    table = pd.concat(parts, ignore_index=True).rename(columns={"cell": "by"})
    order = [
        "by",
        "outcome",
        "value",
        "lower",
        "upper",
        "n",
        "value_baseline",
        "n_baseline",
        "change",
        "change_lower",
        "change_upper",
        "p_value",
    ]
    return Routing(
        table=table.sort_values(["by", "outcome"], ignore_index=True)[order], column=by, period=in_words(windows[-1])
    )


def containment_account(centre: Centre, machine: str = "ivr", *, hours: int = 24, current: str | None = None, baseline: str | None = None,
                        as_of: str | None = None) -> ContainmentAccount:  # fmt: skip
    """Of what containment gained, how much held, and how much came back?

    Args:
        machine: "ivr" or "bot". hours: Window within which a contact on the issue counts as back.

    Returns:
        A ledger that closes. Only calls and sessions old enough to be judged count, in both periods alike, so containment may differ a little
        from that of the indicator table.

    Raises:
        DataError: No table, no second period, or nothing to judge.

    Source:
        DOMAIN 2.8 (false containment).
    """
    if machine == "ivr":
        need_table(centre, "ivr_paths", rows_of.PATHS, "call_id", "at", "outcome", "later_contact_id")
        rows, contained, base = calls_as_rows(rows_of.calls(centre)), "outcome = 'self_served'", "lost = 0"
    else:
        need_table(
            centre, "bot_sessions", rows_of.SESSIONS, "session_id", "started_at", "handoff_done", "next_contact_at"
        )
        rows, contained, base = (
            f"SELECT s.*, session_id AS row_key FROM ({rows_of.sessions(centre)}) s",
            "handoff_done = 0",
            "is_valid = 1",
        )
    windows = spans(centre, current, baseline, as_of)
    if len(windows) < 2:
        raise DataError("touch_two_periods", period=in_words(windows[0]))
    judged, back = f"{base} AND {rows_of.mature(hours)}", rows_of.back(hours)
    lines = []
    for part, sql in (("held", f"{contained} AND NOT {back}"), ("back", f"{contained} AND {back}")):
        found = add_up(centre, rows, windows, level=f"CASE WHEN {judged} THEN CASE WHEN {sql} THEN 1 ELSE 0 END END")
        if set(found["period"]) != {"current", "baseline"}:
            raise DataError("touch_no_rows", table=machine, period=" / ".join(map(in_words, windows)))
        lines.append({"part": part, **side_by_side(found).iloc[0]})
    table = pd.DataFrame(lines).rename(
        columns={"change": "points", "change_lower": "points_lower", "change_upper": "points_upper"}
    )
    share, share_baseline = table["value"].sum(), table["value_baseline"].sum()
    of = table.set_index("part")
    return ContainmentAccount(table=table[["part", "value", "lower", "upper", "value_baseline", "points", "points_lower", "points_upper", "p_value"]], key=f"containment_{machine}",
                              total=float(table["points"].sum()), unit="rate", n=int(table["n"].iloc[0]), n_baseline=int(table["n_baseline"].iloc[0]), hours=hours,
                              false_value=float(of.loc["back", "value"] / share), false_baseline=float(of.loc["back", "value_baseline"] / share_baseline))  # fmt: skip
