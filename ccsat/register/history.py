"""Findings over the runs: what is new, goes on, is gone or came back."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from ccsat.register.identity import Sighting, Status, assign, holds, status
from ccsat.register.store import Store

NOT_SEEN = ("artefact", "insufficient")  # verdicts that say nothing of whether a finding is still there
UNDATED = ("", "undated")
COLUMNS = ["finding_id", "kpi", "caliber", "status", "just_closed", "first_seen", "last_seen", "seen", "of", "cell", "n", "points",
           "lower", "upper", "cause", "grade", "owner"]  # fmt: skip


class Findings:
    """The findings of a study's register."""

    def __init__(self, folder: str | Path):
        self.store = Store(folder)

    def record_run(
        self, place: str, findings: Mapping[str, Any], *, finished: str = "", published: bool = True
    ) -> list[dict[str, Any]]:
        """Put a run's cells on record and say which finding each is, and where it stands.

        A run that is on record already, under the same place, is replaced. A run of an artefact says nothing of its KPI's findings.

        Args:
            place: The run's place below the study's folder, `as_of/key`.
            published: False where the run is about to be: `settle` drops it if it never is.

        Returns:
            One entry a cell in rank order, `{"rank", "finding_id", "status"}`, then findings of the run before that are gone:
            `{"finding_id", "status": "closed", "where", "into"}`; `into` is the finding whose cell now holds theirs, or None.
        """
        seen = [(cell, _sighting(findings, cell)) for cell in findings.get("cells", [])]
        kpi, caliber = findings["kpi"]["key"], findings["kpi"]["caliber"]
        with self.store.write() as base:
            base.execute("DELETE FROM sightings WHERE place = ?", (place,))
            base.execute("INSERT OR REPLACE INTO runs VALUES (?, ?, ?, ?, ?, ?, ?)", (place, findings.get("as_of") or "", finished, kpi, caliber,
                         findings["check"]["verdict"], int(published)))  # fmt: skip
            known = {row["finding_id"]: _recorded(row, kpi, caliber) for row in base.execute(
                "SELECT s.* FROM sightings s JOIN runs r USING (place) WHERE r.kpi = ? AND r.caliber = ? ORDER BY r.as_of, r.finished, r.place", (kpi, caliber))}  # fmt: skip
            ids = assign(known, [sighting for _, sighting in seen])
            for id, (cell, _) in zip(ids, seen, strict=True):
                cause = _best_cause(findings, cell["rank"])
                base.execute("INSERT INTO sightings VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                             (place, cell["rank"], id, json.dumps(cell["where"], ensure_ascii=False), cell["n"], cell["points"], cell["lower"],
                              cell["upper"], cause.get("id"), cause.get("grade"), cause.get("owner")))  # fmt: skip
        if (
            findings["check"]["verdict"] in NOT_SEEN
        ):  # forced on past the gate: named, and nothing said of where they stand
            return [
                {"rank": cell["rank"], "finding_id": id, "status": None}
                for id, (cell, _) in zip(ids, seen, strict=True)
            ]
        stands = self.table(kpi=kpi, caliber=caliber, up_to=place).set_index("finding_id")
        found = [
            {"rank": cell["rank"], "finding_id": id, "status": stands["status"].get(id)}
            for id, (cell, _) in zip(ids, seen, strict=True)
        ]
        now = {id: sighting for id, (_, sighting) in zip(ids, seen, strict=True)}
        gone = stands[stands["just_closed"].astype(bool)]
        return found + [
            {
                "finding_id": id,
                "status": str(Status.CLOSED),
                "where": (where := json.loads(row["cell"])),
                "into": next((other for other, one in now.items() if holds(one, where, row["points"])), None),
            }
            for id, row in gone.iterrows()
        ]

    def places(self) -> list[str]:
        """The places of all runs on record."""
        return self.store.read("SELECT place FROM runs ORDER BY place")["place"].tolist()

    def settle(self, lying: Collection[str], *, but: str = "") -> None:
        """Of the runs recorded before they were published, confirm those that lie there and drop the others.

        Args:
            lying: The places that hold a published run. but: A place to leave as it is.
        """
        with self.store.write() as base:
            for (place,) in base.execute(
                "SELECT place FROM runs WHERE published = 0 AND place <> ?", (but,)
            ).fetchall():
                if place in lying:
                    base.execute("UPDATE runs SET published = 1 WHERE place = ?", (place,))
                else:
                    base.execute("DELETE FROM sightings WHERE place = ?", (place,))
                    base.execute("DELETE FROM runs WHERE place = ?", (place,))

    def table(self, *, kpi: str | None = None, caliber: str | None = None, up_to: str | None = None) -> pd.DataFrame:
        """Every finding: `finding_id, kpi, caliber, status, just_closed, first_seen, last_seen, seen, of, cell, n, points, lower, upper, cause, grade, owner`.

        Args:
            up_to: Only runs up to this one's place, in the order of their dates.
        """
        runs = self.store.read("SELECT * FROM runs ORDER BY as_of, finished, place")
        if up_to is not None and (runs["place"] == up_to).any():
            runs = runs.iloc[: int((runs["place"] == up_to).to_numpy().argmax()) + 1]
        seen = self.store.read("SELECT * FROM sightings ORDER BY place, rank").merge(
            runs[["place", "as_of"]], on="place"
        )
        rows = []
        for (one, way), of in runs[~runs["verdict"].isin(NOT_SEEN)].groupby(["kpi", "caliber"], sort=True):
            if kpi not in (None, one) or caliber not in (None, way):
                continue
            day = of["as_of"].where(~of["as_of"].isin(UNDATED), of["place"])
            order = of.loc[~day.duplicated(keep="last"), "place"].tolist()  # a day run twice counts by its last run
            for id, mine in seen[seen["place"].isin(order)].groupby("finding_id", sort=True):
                found_in = [place in set(mine["place"]) for place in order]
                last = mine.set_index("place").loc[[place for place in order if place in set(mine["place"])]].iloc[-1]
                rows.append({"finding_id": id, "kpi": one, "caliber": way, "status": str(status(found_in)), "just_closed": found_in[-2:] == [True, False],
                             "first_seen": mine["as_of"].min(), "last_seen": mine["as_of"].max(), "seen": sum(found_in), "of": len(order),
                             **last[["cell", "n", "points", "lower", "upper", "cause", "grade", "owner"]]})  # fmt: skip
        return pd.DataFrame(rows, columns=COLUMNS)


def _sighting(findings: Mapping[str, Any], cell: Mapping[str, Any]) -> Sighting:
    return Sighting(
        findings["kpi"]["key"],
        findings["kpi"]["caliber"],
        cell["where"],
        cell["points"],
        _best_cause(findings, cell["rank"]).get("id"),
    )


def _recorded(row: sqlite3.Row, kpi: str, caliber: str) -> Sighting:
    return Sighting(kpi, caliber, json.loads(row["cell"]), row["points"], row["cause"])


def _best_cause(findings: Mapping[str, Any], rank: int) -> Mapping[str, Any]:
    return next((cause for cause in findings.get("causes", []) if cause["cell_rank"] == rank), {})
