"""Experience improvement: the pipeline of actions, and what was promised against what was verified."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd

from ccsat.centre import Centre
from ccsat.errors import DataError
from ccsat.question import day_of
from ccsat.register import Actions
from ccsat.results import Result, result_class
from ccsat.service.rates import rate_table, whole_rate
from ccsat.wording import count, percent, points, text

STAGES = ("planned", "running", "verified", "dropped")
WEAK = ("D",)  # grades that are an opinion, not a measurement
ENOUGH = 0.5  # of what was promised, from which an action counts as having kept its promise
Z95 = 1.959963984540054


@result_class
class ActionPipeline(Result):
    """Actions and where they stand. One row an action: `id, title_zh, title_en, owner, stage` ("planned", "running", "verified", "dropped")`, starts, predicted, verified,
    lower, upper` (95 %, where a verification on record has it)`, grade, kept` (at least half of what was promised; None where not verified)`, cost`.

    Attributes:
        stages: `stage, n, predicted, cost`. promised, realised: Points of the verified actions. ratio: realised over promised, with `ratio_lower, ratio_upper` over the
            actions (a jackknife; NaN below three). weak: Verified actions of which only an opinion is known. rates: "kept" as in a register of rates. unit: Of the points.
    """

    stages: pd.DataFrame
    promised: float
    realised: float
    ratio: float
    ratio_lower: float
    ratio_upper: float
    weak: int
    rates: pd.DataFrame
    unit: str
    as_of: date | None

    def sentence(self) -> str:
        seen = self.stages.set_index("stage")["n"].reindex(STAGES).fillna(0).astype(int)
        kept = whole_rate(self.rates, "kept")
        said = text(
            "service.pipeline",
            n=count(len(self.table)),
            planned=count(seen["planned"]),
            running=count(seen["running"]),
            verified=count(seen["verified"]),
        )
        if kept is None:
            return said + text("service.pipeline_unverified")
        key = "service.pipeline_verified" if np.isfinite(self.ratio_lower) else "service.pipeline_verified_few"
        return said + text(key, promised=points(self.promised, self.unit), realised=points(self.realised, self.unit), ratio=percent(self.ratio, 0), low=percent(self.ratio_lower, 0),
                           high=percent(self.ratio_upper, 0), x=count(kept["x"]), n=count(kept["n"]), lower=percent(kept["lower"], 0), upper=percent(kept["upper"], 0))  # fmt: skip


def action_pipeline(
    centre: Centre | None = None, *, runs: str | Path | None = None, as_of: date | str | None = None, unit: str = "rate"
) -> ActionPipeline:  # fmt: skip
    """Which actions are planned, running and verified, and how much of what was promised came true?

    Args:
        centre: Whose table of actions is read (`verified_points` and `verification_design` where it has them).
        runs: The study's folder of runs: its register stands instead of the table for actions that both hold.
        as_of: The day; by default the data's last.
        unit: Of the points.

    Returns:
        `ActionPipeline`. An action that was verified only by an opinion (grade D) counts as verified and is counted in `weak`.

    Raises:
        DataError: No action on record.

    Source:
        DOMAIN 1.6 U4.4, 2.12; jackknife of a ratio: Cochran (1977), Sampling Techniques, 6.15.
    """
    as_of = (
        day_of(as_of)
        if isinstance(as_of, str)
        else as_of or (centre.days[1] if centre is not None and centre.days else None)
    )
    parts = [part for part in (_recorded(runs), _listed(centre)) if part is not None and len(part)]
    if not parts:
        raise DataError("service_actions")
    table = pd.concat([part.astype(object) for part in parts], ignore_index=True).drop_duplicates(
        "id", ignore_index=True
    )
    for column in ("predicted", "verified", "lower", "upper", "cost"):
        table[column] = pd.to_numeric(table[column]).astype(float)
    table["starts"] = pd.to_datetime(table["starts"])
    begun = table["starts"].notna() & (table["starts"] <= pd.Timestamp(as_of or pd.Timestamp.max))
    stage = np.select(
        [table["state"] == "dropped", table["verified"].notna(), begun & (table["state"] != "planned")],
        ["dropped", "verified", "running"],
        "planned",
    )
    table["stage"] = stage
    both = (table["stage"] == "verified") & (table["predicted"] > 0)
    table["kept"] = (table["verified"] >= ENOUGH * table["predicted"]).where(both, None)
    stages = (
        table.groupby("stage")
        .agg(n=("id", "size"), predicted=("predicted", "sum"), cost=("cost", "sum"))
        .reindex([s for s in STAGES if s in set(stage)])
        .reset_index()
    )
    promised, realised = (table.loc[both, column].to_numpy(float) for column in ("predicted", "verified"))
    ratio, low, high = _ratio(realised, promised)
    weak = int((both & table["grade"].isin(WEAK)).sum())
    said = [("caveat.pipeline_weak", {"n": weak})] if weak else []
    if len(promised) and len(promised) < 5:
        said.append(("caveat.pipeline_few", {"n": len(promised)}))
    rates = rate_table(table, {"kept": (both, table["kept"].eq(True))})
    columns = [
        "id",
        "title_zh",
        "title_en",
        "owner",
        "stage",
        "starts",
        "predicted",
        "verified",
        "lower",
        "upper",
        "grade",
        "kept",
        "cost",
    ]
    return ActionPipeline(table=table.sort_values(["starts", "id"], ignore_index=True)[columns], stages=stages, promised=float(promised.sum()), realised=float(realised.sum()), ratio=ratio,
                          ratio_lower=low, ratio_upper=high, weak=weak, rates=rates, unit=unit, as_of=as_of, caveats=tuple(said))  # fmt: skip


def _ratio(realised: np.ndarray, promised: np.ndarray) -> tuple[float, float, float]:
    """Sum over sum with its jackknife interval; no interval below three actions."""
    n = len(promised)
    if not n or promised.sum() == 0:
        return float("nan"), float("nan"), float("nan")
    ratio = realised.sum() / promised.sum()
    rest = promised.sum() - promised
    if n < 3 or not (rest > 0).all():
        return float(ratio), float("nan"), float("nan")
    left = (realised.sum() - realised) / rest
    error = np.sqrt((n - 1) / n * ((left - left.mean()) ** 2).sum())
    return float(ratio), float(ratio - Z95 * error), float(ratio + Z95 * error)


def _listed(centre: Centre | None) -> pd.DataFrame | None:
    """The study's own table of actions."""
    if centre is None or centre.actions.empty:
        return None
    rows = centre.actions
    lead = pd.to_timedelta(pd.to_numeric(rows["lead_days"]).fillna(0), unit="D")
    return pd.DataFrame({"id": rows["action_id"].astype(str), "title_zh": rows.get("title_zh"), "title_en": rows.get("title_en"), "owner": rows["owner"], "starts": rows["at"] + lead,
                         "predicted": rows["predicted_points"], "verified": rows.get("verified_points"), "lower": np.nan, "upper": np.nan, "grade": rows.get("verification_design"),
                         "cost": rows["cost"], "state": None})  # fmt: skip


def _recorded(runs: str | Path | None) -> pd.DataFrame | None:
    """The register's actions with their latest verification that told something."""
    if runs is None:
        return None
    rows = Actions(runs).actions()
    firm = rows["told"].isin(["works", "no_effect"])
    return pd.DataFrame({"id": rows["action_id"], "title_zh": rows["title_zh"], "title_en": rows["title_en"], "owner": rows["owner"], "starts": rows["starts_on"], "predicted": rows["predicted_points"],
                         "verified": rows["points"].where(firm), "lower": rows["points_lower"].where(firm), "upper": rows["points_upper"].where(firm), "grade": rows["grade"],
                         "cost": rows["cost"], "state": rows["state"]})  # fmt: skip
