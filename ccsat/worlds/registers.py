"""What was changed, done and aimed at in a world: its registers, with the harmless entries among them."""

from __future__ import annotations

from importlib import resources

import numpy as np
import pandas as pd

from ccsat.worlds import company as co
from ccsat.worlds.frames import date, moment
from ccsat.worlds.story import Plot

NOT_WORDS = ("at", "announced", "cost", "lead_days", "predicted_points", "verified_points")


def make_registers(plot: Plot, decoys: int | None, rng: np.random.Generator | None) -> dict[str, pd.DataFrame]:
    """The tables `changes`, `actions`, `targets`, `campaigns`, `ola` and `incidents`.

    Args:
        decoys: How many harmless changes stand in the ledger; None: as many as the story has, or in a varied world some of all.
        rng: Of a varied world: it drops some harmless changes and moves the rest by days.
    """
    decoys = plot.harmless if decoys is None else decoys
    return {"changes": _changes(plot, decoys, rng), "actions": _actions(plot), "targets": _targets(plot),
            "campaigns": _campaigns(plot), "ola": _ola(), "incidents": _incidents()}  # fmt: skip


def _background(table: str) -> pd.DataFrame:
    with (resources.files(__package__) / "background.csv").open(encoding="utf-8") as lines:
        rows = pd.read_csv(lines, dtype=str, keep_default_na=False).astype({"day": int, "hour": int})
    return rows[rows["table"] == table].reset_index(drop=True)


def _changes(plot: Plot, decoys: int | None, rng: np.random.Generator | None) -> pd.DataFrame:
    """The background's changes and the story's, by time. A varied world drops some of the background and moves the rest."""
    rows = _background("changes").rename(columns={"id": "change_id", "owner": "owner_dept"})
    rows["announced"] = rows["announced"] == "true"
    if rng is not None:
        dropped = (rows["optional"] == "true") & (rng.random(len(rows)) < 0.4)
        moved = np.where(rows["kind"] == "network", 0, rng.integers(-2, 3, len(rows)))
        rows = rows.assign(day=np.maximum(rows["day"] + moved, 0))[~dropped if decoys is None else slice(None)]
    rows = rows if decoys is None else rows.sort_values("optional", kind="stable").head(decoys)
    columns = ["change_id", "at", "kind", "title_zh", "title_en", "scope", "owner_dept", "announced"]
    return _dated(rows, plot.changes, columns).astype({"announced": bool})


def _actions(plot: Plot) -> pd.DataFrame:
    rows = _background("actions").rename(columns={"id": "action_id"})
    columns = ["action_id", "at", "kind", "title_zh", "title_en", "scope", "owner", "cost", "lead_days", "predicted_points",
               "verified_points", "verification_design"]  # fmt: skip
    numbers = {"cost": float, "lead_days": np.int32, "predicted_points": float, "verified_points": float}
    return _dated(rows, plot.actions, columns).astype(numbers)


def _dated(rows: pd.DataFrame, planted: tuple, columns: list[str]) -> pd.DataFrame:
    table = (
        pd.concat([rows, pd.DataFrame(list(planted))], ignore_index=True) if planted else rows.reset_index(drop=True)
    )
    table["at"] = moment(24.0 * table["day"].astype(float) + table["hour"].astype(float))
    table = table.sort_values(["at", columns[0]], ignore_index=True)[columns]
    table = table.astype(object).where(table != "", None).astype({"at": "datetime64[ms]"})
    return table.astype({c: "str" for c in columns if c not in NOT_WORDS})


def _targets(plot: Plot) -> pd.DataFrame:
    rows = [
        ("satisfaction_rate", "five_level", "2025-05", "centre", "rate", 0.95, "high", 0.9567, "team"),
        ("bad_review_rate", "five_level", "2025-05", "centre", "rate", 0.025, "low", 0.021, "team"),
        ("participation_rate", "of_delivered", "2025-05", "centre", "rate", 0.30, "high", 0.35, "centre"),
        ("resolution_rate", "of_all", "2025-05", "centre", "rate", 0.86, "high", 0.89, "team"),
    ]
    table = pd.DataFrame(rows, columns=["kpi", "caliber", "period", "level", "unit", "target", "better", "leading_value",
                                        "lowest_owner_level"])  # fmt: skip
    return table.astype({name: "str" for name in table.columns if name not in ("target", "leading_value")})


def _csv(name: str) -> pd.DataFrame:
    with (resources.files(__package__) / name).open(encoding="utf-8") as lines:
        return pd.read_csv(lines)


def _campaigns(plot: Plot) -> pd.DataFrame:
    """One row a campaign; the story says what is wrong with one. What the seventh and later are called says nothing."""
    rows, names = _csv("campaigns.csv"), co.campaign_names(plot.setting.campaigns)
    table = rows.iloc[np.arange(len(names)) % len(rows)].reset_index(drop=True)
    later = np.arange(len(names)) >= len(rows)
    table["campaign_id"] = names
    table.loc[later, "name_zh"] = [f"活动 {name}" for name in np.array(names)[later]]
    table.loc[later, "name_en"] = [f"Campaign {name}" for name in np.array(names)[later]]
    fresh = table["campaign_id"].to_numpy() == plot.setting.fresh_campaign
    table["starts_on"] = date(np.where(fresh, co.first_day(3), co.DAYS - 180))
    table["ends_on"] = date(np.where(fresh, co.first_day(9) - 1, co.DAYS - 1))
    for name, other in plot.campaigns.items():
        for column, value in other.items():
            table.loc[table["campaign_id"] == name, column] = value
    words = ("campaign_id", "name_zh", "name_en", "condition_zh", "condition_en", "script_version")
    return table.astype(
        {c: "str" for c in words} | {"promised_value": float, "delivered_value": float, "briefed_flag": bool}
    )


def _ola() -> pd.DataFrame:
    """What departments have agreed on, a row a type of ticket."""
    table = _csv("ola.csv").rename(columns={"valid_from_day": "valid_from"})
    table["valid_from"] = date(table["valid_from"])
    return table


def _incidents() -> pd.DataFrame:
    """Outages and slow systems."""
    known = list(co.INCIDENTS.values())
    start = np.array([24.0 * one["day"] + one["hours"][0] for one in known])
    hours = np.array([float(one["hours"][1] - one["hours"][0]) for one in known])
    scope = [f"region={one['region']};biz_l1={one['line']}" if "region" in one else "channel=online" for one in known]
    return pd.DataFrame({
        "incident_id": pd.Series(list(co.INCIDENTS), dtype="str"), "started_at": moment(start), "ended_at": moment(start + hours),
        "hours": hours, "class": pd.Series(np.where(hours <= 6, "minor", "major"), dtype="str"),
        "scope": pd.Series(scope, dtype="str"),
    })  # fmt: skip
