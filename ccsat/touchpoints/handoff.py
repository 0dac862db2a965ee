"""Man and machine: what becomes of customers who ask for a human, how long they wait, and how each layer is liked."""

from __future__ import annotations

import pandas as pd

from ccsat.centre import Centre
from ccsat.kpis import intelligent_rows as rows_of
from ccsat.results import Result, result_class
from ccsat.touchpoints.compared import add_up, in_words, side_by_side, spans
from ccsat.touchpoints.funnel import Funnel, make_funnel
from ccsat.touchpoints.ivr import need_table
from ccsat.wording import count, percent, text

STEPS = ("requested", "fulfilled", "context_passed", "not_reasked", "resolved")
PATHS = ("bot_only", "handed", "blocked")
PATH_SQL = "CASE WHEN handoff_done = 1 THEN 'handed' WHEN handoff_requested = 1 THEN 'blocked' ELSE 'bot_only' END"


@result_class
class Waits(Result):
    """Waits of those who were put through: `period, n, mean, median, p90, longest`, in seconds."""

    def sentence(self) -> str:
        row = self.table[self.table["period"] == "current"].iloc[0]
        return text("handoff.waits", n=count(row["n"]), median=count(row["median"]), p90=count(row["p90"]))


@result_class
class LayerRatings(Result):
    """How each layer is rated: `layer` (bot_only, handed, blocked)`, value, lower, upper, n, value_baseline, n_baseline, change, change_lower,
    change_upper, p_value, share, share_baseline` (of rated sessions)."""

    caliber: str

    def sentence(self) -> str:
        rows = self.table.sort_values("value")
        low, high = rows.iloc[0], rows.iloc[-1]
        return text("handoff.layers", caliber=self.caliber, low=text(f"handoff.path.{low['layer']}"), low_value=percent(low["value"]), low_n=count(low["n"]),
                    high=text(f"handoff.path.{high['layer']}"), high_value=percent(high["value"]), high_n=count(high["n"]))  # fmt: skip


def handoff_funnel(
    centre: Centre,
    current: str | None = None,
    baseline: str | None = None,
    *,
    hours: int = 48,
    as_of: str | None = None,
) -> Funnel:
    """Of those who ask for a human, who gets one, whose story comes along, who is not asked again, and who does not come back?

    Args:
        hours: Window without a further contact on the issue that counts as resolved.

    Returns:
        A funnel over sessions old enough to be judged. Steps are nested: context counts among those put through, not being asked again among
        those with context, resolved among these. Sessions where a flag was not recorded drop out at that step, with a caveat.

    Raises:
        DataError: The study has no bot sessions with these columns.

    Source:
        DOMAIN 1.4 U2.3d, g; 2.8.
    """
    need_table(centre, "bot_sessions", rows_of.SESSIONS, "session_id", "started_at", "handoff_requested", "handoff_done", "context_passed", "reasked", "next_contact_at")  # fmt: skip
    windows = spans(centre, current, baseline, as_of)
    base = f"SELECT s.*, session_id AS row_key FROM ({rows_of.sessions(centre)}) s WHERE {rows_of.mature(hours)}"
    parts = (
        "handoff_requested = 1",
        "handoff_done = 1",
        "context_passed = 1",
        "reasked = 0",
        f"NOT {rows_of.back(hours)}",
    )
    made = {}
    for k, step in enumerate(STEPS):
        found = add_up(centre, base, windows, level=f"CASE WHEN {' AND '.join(parts[: k + 1])} THEN 1 ELSE 0 END")
        made[step] = found.set_index("period")["s"]
    counts = pd.DataFrame(made).T
    unknown = add_up(
        centre,
        base,
        windows[-1:],
        level="CASE WHEN handoff_done = 1 THEN CASE WHEN context_passed IS NULL OR reasked IS NULL THEN 1 ELSE 0 END END",
    )
    missing = int(unknown["s"].sum()) if len(unknown) else 0
    notes = (("caveat.handoff_unknown", {"n": missing, "of": int(unknown["n"].sum())}),) if missing else ()
    return make_funnel("handoff", list(STEPS), {name: counts[name] for name in counts}, notes)


def handoff_waits(
    centre: Centre, current: str | None = None, baseline: str | None = None, *, as_of: str | None = None
) -> Waits:
    """How long do customers wait after they were promised a human?"""
    need_table(centre, "bot_sessions", rows_of.SESSIONS, "session_id", "started_at", "handoff_done", "handoff_wait_s")
    windows = spans(centre, current, baseline, as_of)
    sql = f'SELECT s."at", CAST(FLOOR(s.handoff_wait_s + 0.5) AS INTEGER) AS wait_s FROM ({rows_of.sessions(centre)}) s WHERE handoff_done = 1 AND handoff_wait_s IS NOT NULL'
    counts = centre.engine.crosstab(sql, ["wait_s"], windows=windows).astype({"wait_s": float})
    lines = []
    for label, rows in counts.groupby("period", sort=False):
        rows = rows.sort_values("wait_s")
        n, place = int(rows["n"].sum()), rows["n"].cumsum()
        at = {q: float(rows["wait_s"][place >= q * n].iloc[0]) for q in (0.5, 0.9)}
        lines.append(
            {
                "period": label,
                "n": n,
                "mean": float((rows["wait_s"] * rows["n"]).sum() / n),
                "median": at[0.5],
                "p90": at[0.9],
                "longest": float(rows["wait_s"].iloc[-1]),
            }
        )
    return Waits(table=pd.DataFrame(lines))


def layer_ratings(
    centre: Centre, current: str | None = None, baseline: str | None = None, *, as_of: str | None = None
) -> LayerRatings:
    """How do customers rate the bot alone, the bot with a human after it, and the bot that kept them from one?

    Raises:
        DataError: The ratings do not belong to bot sessions.
    """
    from ccsat.cells import ask
    from ccsat.errors import DataError
    from ccsat.question import Question

    need_table(
        centre, "bot_sessions", rows_of.SESSIONS, "session_id", "started_at", "handoff_requested", "handoff_done"
    )
    if "session_id" not in centre.columns:
        raise DataError("touch_no_table", table="facts", missing="session_id", known=", ".join(centre.columns))
    windows = spans(centre, current, baseline, as_of)
    asked = ask(centre, Question.of(centre.study))
    worth = " ".join(f"WHEN {key} THEN {value}" for key, value in asked.caliber.levels(centre.scale).items())
    customer = "f.customer_id" if "customer_id" in centre.columns else "CAST(NULL AS VARCHAR) AS customer_id"
    rows = (f'SELECT f.row_key, f."at", {customer}, CASE f.rating {worth} END AS level, {PATH_SQL} AS layer FROM ({centre.facts}) f '
            f"JOIN ({rows_of.source(centre, 'bot_sessions', rows_of.SESSIONS)}) s ON s.session_id = f.session_id")  # fmt: skip
    found = add_up(centre, rows, windows, by=("layer",))
    if found.empty:
        raise DataError("touch_no_rows", table="bot_sessions", period=" / ".join(map(in_words, windows)))
    table = side_by_side(found, by=("layer",))
    table["share"] = table["n"] / table["n"].sum()
    table["share_baseline"] = table["n_baseline"] / max(table["n_baseline"].sum(), 1)
    return LayerRatings(table=table.sort_values("layer", ignore_index=True), caliber=asked.caliber.key)
