"""One small invented centre with every table that a KPI of the catalogue is counted from."""

import tempfile
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd

from ccsat import worlds
from ccsat.centre import read_centre
from ccsat.study.model import Data

SEED = 101
CURRENT, BASELINE = (
    "2025-04-14/2025-05-11",
    "2025-03-03/2025-04-13",
)  # two weeks before the data end: cohorts of 14 days are mature


@cache
def whole_centre():
    """S07 at small scale with the bot of S02, the experience of S09, and made-up columns for what no world has."""
    folder = Path(tempfile.mkdtemp(prefix="ccsat-kpis-"))
    worlds.make("S07", rng=SEED, scale="small").write(folder)
    bots, silent = (
        worlds.make("S02", rng=SEED, scale="small").tables,
        worlds.make("S09", rng=SEED, scale="small").tables,
    )
    tables = {
        name: pd.read_parquet(folder / f"{name}.parquet")
        for name in ("agents", "agent_days", "intervals", "tickets", "surveys", "contacts", "customers")
    }
    rng = np.random.default_rng(SEED)
    n = len(tables["agents"])
    tables["agents"]["left_on"] = pd.Series(pd.NaT, index=range(n)).where(
        rng.random(n) > 0.2, pd.Timestamp("2025-03-03") + pd.to_timedelta(rng.integers(0, 80, n), unit="D")
    )
    tables["agent_days"]["adherent_s"] = (
        tables["agent_days"]["scheduled_s"] * rng.uniform(0.8, 1, len(tables["agent_days"]))
    ).round()
    tables["intervals"]["offered_ivr"] = 2 * tables["intervals"]["offered"]
    tables["tickets"]["avoidable"] = rng.random(len(tables["tickets"])) < 0.1
    tables["contacts"]["answered"] = tables["contacts"]["end_reason"] != "abandoned"
    surveys = tables["surveys"]
    surveys["nps"] = pd.array(
        np.clip(2 * surveys["rating"].fillna(5).astype(int) + rng.integers(-2, 2, len(surveys)), 0, 10), dtype="Int64"
    )
    more = surveys[surveys["rating"].notna()].sample(1200, random_state=SEED).copy()
    more["survey_id"], more["contact_id"] = [f"M{i}" for i in range(len(more))], None
    more["touchpoint"] = np.array(["ivr", "self_service", "bot", "handoff"])[np.arange(len(more)) % 4]
    more["customer_id"] = rng.choice(tables["customers"]["customer_id"], len(more))
    tables["surveys"] = pd.concat([surveys, more], ignore_index=True)
    tables |= {"bot_sessions": bots["bot_sessions"], "bot_turns": bots["bot_turns"], "experience": silent["experience"]}
    calls = tables["contacts"].sample(800, random_state=SEED)
    tables["asr_samples"] = pd.DataFrame({"utterance_id": [f"U{i}" for i in range(800)], "call_id": [f"I{i % 400}" for i in range(800)], "at": calls["started_at"].to_numpy(),
                                          "words_n": rng.integers(4, 30, 800), "errors_n": rng.integers(0, 4, 800), "customer_id": calls["customer_id"].to_numpy()})  # fmt: skip
    tables["assist_events"] = pd.DataFrame({"suggestion_id": [f"G{i}" for i in range(800)], "contact_id": calls["contact_id"].to_numpy(), "agent_id": calls["agent_id"].to_numpy(),
                                            "at": calls["started_at"].to_numpy(), "used": rng.random(800) < 0.4})  # fmt: skip
    tables = {name: table for name, table in tables.items() if name in Data.model_fields}
    for name, table in tables.items():
        table.to_parquet(folder / f"{name}.parquet")
    study = (folder / "study.toml").read_text(encoding="utf-8")
    named = "\n".join(f'{name} = "{name}.parquet"' for name in tables if f"\n{name} = " not in study)
    (folder / "study.toml").write_text(study.replace("[data]", f"[data]\n{named}", 1), encoding="utf-8")
    return read_centre(folder / "study.toml")
