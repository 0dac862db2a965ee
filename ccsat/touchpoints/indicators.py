"""The 23 indicators of one period beside another, and where they contradict each other."""

from __future__ import annotations

import math

import pandas as pd

from ccsat.centre import Centre
from ccsat.kpis import intelligent_rows as rows_of
from ccsat.kpis.indicator import Indicator
from ccsat.kpis.intelligent import BY_LAYER, HEADLINE, LAYERS
from ccsat.results import Result, result_class
from ccsat.touchpoints.compared import add_up, in_words, side_by_side, spans
from ccsat.wording import count, percent, points, text

KINDS = {"bot_sessions": rows_of.SESSIONS, "bot_turns": rows_of.TURNS, "ivr_paths": rows_of.PATHS, "self_service": rows_of.TASKS,
         "asr_samples": rows_of.ASR, "assist_events": rows_of.ASSIST}  # fmt: skip
# What looks better while something that matters more gets worse: code -> (indicator that rises, indicator that pays); by machine.
CONTRADICTIONS: dict[str, tuple[str, str]] = {
    "contained_not_solved": ("containment_rate", HEADLINE),
    "bot_alone_not_journey": ("true_resolution_rate", HEADLINE),
    "contained_came_back": ("containment_rate", "false_containment"),
    "fewer_transfers_blocked": ("transfer_to_human_rate/fulfilled", "transfer_to_human_rate/blocked"),
    "heard_not_understood": ("recognition_rate", "intent_accuracy"),
    "contained_not_liked": ("containment_rate", "satisfaction"),
    "contained_misrouted": ("containment_rate", "misroute_rate"),
}


@result_class
class IndicatorTable(Result):
    """The indicators of intelligent service, one row each: `layer, kpi, id, machine, unit, measure, better, value, lower, upper, n,
    value_baseline, lower_baseline, upper_baseline, n_baseline, change, change_lower, change_upper, p_value, moved, median, lacks`.

    Attributes:
        contradictions: `code, machine, better, worse, better_change, worse_change`: two indicators that moved opposite ways.
        current, baseline: The periods as words.
    """

    contradictions: pd.DataFrame
    current: str
    baseline: str | None

    def __getitem__(self, key: str) -> pd.Series:
        """The row of an indicator, by "kpi/id"."""
        kpi, _, id = key.partition("/")
        return self.table[(self.table["kpi"] == kpi) & (self.table["id"] == id)].iloc[0]

    @property
    def headline(self) -> pd.Series | None:
        """Journey resolution under the longest window that the data allow."""
        rows = self.table[(self.table["kpi"] == HEADLINE) & self.table["n"].gt(0)]
        return rows.iloc[-1] if len(rows) else None

    def sentence(self) -> str:
        row, known = self.headline, int(self.table["n"].gt(0).sum())
        if row is None:
            return text("intelligent.no_journey", known=known, of=len(self.table), period=self.current)
        said = {"known": known, "of": len(self.table), "period": self.current, "value": percent(row["value"]), "lower": percent(row["lower"]),
                "upper": percent(row["upper"]), "n": count(row["n"]), "caliber": f"{row['kpi']}/{row['id']}"}  # fmt: skip
        if self.baseline is None or math.isnan(row["change"]):
            return text("intelligent.one_period", **said)
        return text("intelligent.two_periods", **said, change=points(row["change"], "rate"), baseline=self.baseline, found=len(self.contradictions))  # fmt: skip


def lacking(centre: Centre, row: Indicator) -> list[str]:
    """Tables and columns that an indicator needs and the centre does not have, as "table.column"."""
    missing = []
    for table, columns in row.needs.items():
        if table == "facts":
            missing += [f"facts.{one}" for one in columns if one not in centre.columns]
        else:
            found = centre.beside(table, KINDS[table])
            missing += [table] if found is None else [f"{table}.{one}" for one in columns if one not in found.roles]
    return missing


def indicator_table(
    centre: Centre,
    current: str | None = None,
    baseline: str | None = None,
    *,
    as_of: str | None = None,
    level: float = 0.95,
) -> IndicatorTable:
    """What do the 23 indicators say of a period, how did they move, and which of them contradict each other?

    Args:
        current, baseline: Periods as in `Question`; the study's where none is given. "last week" with "before" compares two weeks.

    Returns:
        Every indicator with its layer; those whose data are not there have `lacks` in place of a value. `moved` is better, worse, same
        (the interval of the change holds 0) or none. Rows are clustered by customer.

    Raises:
        StudyError: There is no period.

    Assumes:
        Windowed indicators count only what is old enough to be judged; their n is smaller near the end of the data.

    Source:
        DOMAIN 2.8; intervals of DOMAIN 2.1.
    """
    windows = spans(centre, current, baseline, as_of)
    lines = []
    for layer in LAYERS:
        for row in BY_LAYER[layer]:
            head = {"layer": layer, "kpi": row.kpi, "id": row.id, "machine": machine_of(row), "unit": row.unit, "measure": row.measure, "better": row.better}  # fmt: skip
            missing = lacking(centre, row)
            lines.append(head | ({"lacks": ", ".join(missing)} if missing else _measured(centre, row, windows, level)))
    table = pd.DataFrame(lines).reindex(columns=[*_COLUMNS])
    table[["n", "n_baseline"]] = table[["n", "n_baseline"]].fillna(0).astype(int)
    table["lacks"] = table["lacks"].fillna("")
    table["moved"] = [_moved(row) for _, row in table.iterrows()]
    liked = _liking(centre, windows, level)
    found = _contradictions(table, liked)
    short = table["n"].gt(0) & table["n"].lt(30)
    notes = [("caveat.intelligent_lacks", {"n": int((table["lacks"] != "").sum()), "of": len(table)})] if (table["lacks"] != "").any() else []  # fmt: skip
    notes += [("caveat.intelligent_small", {"n": int(short.sum())})] if short.any() else []
    return IndicatorTable(table=table, contradictions=found, current=in_words(windows[-1]), baseline=in_words(windows[0]) if len(windows) > 1 else None,
                          caveats=tuple(notes))  # fmt: skip


_COLUMNS = ("layer", "kpi", "id", "machine", "unit", "measure", "better", "value", "lower", "upper", "n", "value_baseline", "lower_baseline",
            "upper_baseline", "n_baseline", "change", "change_lower", "change_upper", "p_value", "moved", "median", "lacks")  # fmt: skip


def machine_of(row: Indicator) -> str:
    """Which machine an indicator speaks of: ivr, bot, or both where agents are helped."""
    return "ivr" if any(one in row.needs for one in ("ivr_paths", "self_service", "asr_samples")) else "bot" if "bot_sessions" in row.needs else "agent"  # fmt: skip


def _measured(centre: Centre, row: Indicator, windows, level: float) -> dict:
    sql = row.rows(centre)
    columns = centre.engine.columns(sql)
    cluster = row.cluster or next((one for one in ("customer_id", "call_id", "agent_id") if one in columns), None)
    found = add_up(centre, sql, windows, cluster=cluster, times="times" if "times" in columns else None)
    if found.empty or not (found["period"] == "current").any():
        return {"n": 0}
    made = side_by_side(found, unit="rate" if row.measure == "rate" else "raw", level=level).iloc[0].to_dict()
    return made | ({} if row.measure == "rate" else {"median": _median(centre, sql, windows)})


def _median(centre: Centre, sql: str, windows) -> float:
    """Of the current period's rows, from their counts per level."""
    counts = centre.engine.crosstab(sql, ["level"], windows=windows[-1:]).dropna(subset=["level"]).sort_values("level")
    place = counts["n"].cumsum()
    return float(counts["level"][place >= place.iloc[-1] / 2].iloc[0]) if len(counts) else math.nan


def _moved(row: pd.Series) -> str:
    if pd.isna(row["change"]) or not row["n_baseline"]:
        return "none"
    if row["change_lower"] <= 0 <= row["change_upper"]:
        return "same"
    return "better" if (row["change"] > 0) == (row["better"] == "high") else "worse"


def _liking(centre: Centre, windows, level: float) -> pd.Series | None:
    """The study's own satisfaction, rating by rating, as a row that others can contradict."""
    from ccsat.cells import ask
    from ccsat.question import Question

    if len(windows) < 2 or "rating" not in centre.columns:
        return None
    asked = ask(centre, Question.of(centre.study))
    values = asked.caliber.levels(centre.scale)
    if asked.caliber.outcome != "rating" or set(values.values()) != {0.0, 1.0}:
        return None
    worth = " ".join(f"WHEN {key} THEN {value}" for key, value in values.items())
    cluster = "customer_id" if "customer_id" in centre.columns else None
    found = add_up(centre, centre.facts, windows, level=f"CASE rating {worth} END", cluster=cluster)
    made = side_by_side(found, level=level).iloc[0]
    return pd.concat([made, pd.Series({"kpi": "satisfaction", "id": asked.caliber.id, "better": asked.caliber.better})])


def _contradictions(table: pd.DataFrame, liked: pd.Series | None) -> pd.DataFrame:
    """Pairs of one machine: the first moved for the better, the second for the worse, each beyond chance."""
    lines = []
    for code, (one, other) in CONTRADICTIONS.items():
        for machine in ("bot", "ivr"):
            ups, downs = (_of(table, key, machine, liked) for key in (one, other))
            up = next((row for row in ups[::-1] if row["moved"] == "better"), None)
            down = next((row for row in downs[::-1] if row["moved"] == "worse"), None)
            if up is not None and down is not None:
                lines.append({"code": code, "machine": machine, "better": f"{up['kpi']}/{up['id']}", "worse": f"{down['kpi']}/{down['id']}",
                              "better_change": up["change"], "worse_change": down["change"]})  # fmt: skip
    return pd.DataFrame(lines, columns=["code", "machine", "better", "worse", "better_change", "worse_change"])


def _of(table: pd.DataFrame, key: str, machine: str, liked: pd.Series | None) -> list[pd.Series]:
    if key == "satisfaction":
        return [] if liked is None else [pd.concat([liked, pd.Series({"moved": _moved(liked)})])]
    kpi, _, id = key.partition("/")
    rows = table[(table["kpi"] == kpi) & (table["machine"] == machine)]
    return [row for _, row in (rows[rows["id"] == id] if id else rows).iterrows()]
