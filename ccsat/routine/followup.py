"""Do the actions work? Those in force are verified again until something firm is known."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pandas as pd

from ccsat.cells import Asked, Measure, ask, measure
from ccsat.centre import Centre
from ccsat.errors import CcsatError, DataError, StudyError
from ccsat.gate import gate_data
from ccsat.question import Question, day_of
from ccsat.register.actions import Actions, intervention
from ccsat.register.verified import Verified
from ccsat.register.verify import LEAST_AFTER
from ccsat.register.verifying import to_verify, verify_metrics
from ccsat.results import Result, result_class
from ccsat.routine.repeats import Since, findings_before, folder_name, runs_folder, since
from ccsat.wording import language

CODE = "R05"
FIRM = ("works", "no_effect")
NOT_JUDGED = ("too_early", "not_comparable")
NOW_DAYS = 28
COLUMNS = ["action_id", "title", "owner", "starts_on", "status", "told", "told_volume", "because", "problem", "design", "grade", "n", "n_control", "weeks", "effect", "lower",
           "upper", "points", "points_lower", "points_upper", "predicted_points", "more_weeks", "judged_from", "p_before"]  # fmt: skip
OF_VERIFIED = ("because", "design", "grade", "n", "n_control", "weeks", "effect", "lower", "upper", "points", "points_lower", "points_upper", "predicted_points",
               "more_weeks", "p_before")  # fmt: skip


@result_class
class Followed(Result):
    """The actions in force that were verified in this run; one row each.

    `told` is "works", "no_effect", "cannot_tell", or, without a comparison, "too_early" (`judged_from`: the first day that it can be) and "not_comparable" (`problem` says
    why). `status`: "new" (not in the run before), "continuing" (still not firm), "recurred", "closed" (something firm is told now). `points` are of the whole KPI,
    `effect` inside the action's scope; better is positive in both; `more_weeks` are still needed at the present flow (None: over two years, or nothing was predicted).

    Attributes:
        verified: Action -> its verifications: on the KPI, and where that cannot tell on the number of contacts.
        settled: What the register told for good before this day. overdue, upcoming: Planned actions whose due day has passed, or comes within a week.
        gone: Actions of the run before that are neither here nor settled: dropped since.
        before: Day of the run before. recorded: Whether the verifications were put on record.
    """

    asked: Asked
    measured: Measure
    day: date
    verified: Mapping[str, tuple[Verified, ...]]
    settled: pd.DataFrame
    overdue: pd.DataFrame
    upcoming: pd.DataFrame
    gone: tuple[str, ...]
    before: str | None
    recorded: bool

    def counts(self) -> dict[str, int]:
        """How many actions there are of each answer and standing."""
        told, status = self.table["told"].tolist(), self.table["status"].tolist()
        return {"verified": len(told), **{one: told.count(one) for one in (*FIRM, "cannot_tell", *NOT_JUDGED)}, "new": status.count(Since.NEW) + status.count(Since.RECURRED),
                "continuing": status.count(Since.CONTINUING), "closed": status.count(Since.CLOSED) + len(self.gone), "settled_before": len(self.settled),
                "overdue": len(self.overdue)}  # fmt: skip


def follow_actions(centre: Centre, *, as_of: str = "", out_dir: str | Path | None = None) -> Followed:
    """Verify every action that is in force and of which nothing firm is known, and put what is found on record.

    Those are the register's actions that are done, and the study's own list, which is put on record too. What was firm before this day stays. A run of a past day
    puts nothing on record that a later one has superseded.

    Args:
        as_of: The ISO day; the last one in the data where empty.
        out_dir: Where the notebook writes; the register lies in the study's folder of runs beside it. Without one nothing is put on record.

    Raises:
        NoDataError: The day is not there yet. StudyError: The data have no time.

    Source:
        DOMAIN 2.12, 6.5; see `register.verify_action`.
    """
    study = centre.study
    question = Question.of(study, as_of=as_of or None)
    if centre.days is None:
        raise StudyError("no_time", key="actions.at", words=CODE)
    recent = Question(
        kpi=question.kpi,
        caliber=question.caliber,
        current=f"last {NOW_DAYS} days",
        min_n=question.min_n,
        as_of=as_of or None,
    )
    gate_data(centre, recent)
    day = min(day_of(as_of), centre.days[1]) if as_of else centre.days[1]
    whole = Question(kpi=question.kpi, caliber=question.caliber, seed=question.seed)
    measured = measure(centre, recent)
    runs = None if out_dir is None else runs_folder(out_dir, folder_name(study.name))
    with _register(runs, folder_name(study.name)) as register:
        adopt(register, centre, day)
        due, settled = due_actions(register, day)
        rows, verified = [], {}
        for action in due:
            row, found = _verify(centre, whole, action, day)
            rows.append(row)
            verified[row["action_id"]] = found
            for one in found if runs is not None else ():
                put_on_record(register, one, day)
        overdue, upcoming = register.overdue(day), register.due(day)
    earlier = None if runs is None else findings_before(runs / folder_name(study.name, CODE), as_of or str(day))
    was = {one["action_id"]: one["told"] for one in (earlier or {}).get("actions", [])}
    open_before = {id for id, told in was.items() if told not in FIRM}
    for row in rows:
        row["status"] = str(Since.CLOSED if row["told"] in FIRM else since(row["action_id"], open_before, was))
    gone = tuple(sorted(open_before - {row["action_id"] for row in rows} - set(settled["action_id"])))
    caveats = [("caveat.followed_association", {})] if any(verified.values()) else []
    caveats += [] if runs is not None else [("caveat.followed_unrecorded", {})]
    return Followed(table=pd.DataFrame(rows, columns=COLUMNS), asked=ask(centre, whole), measured=measured, day=day, verified=verified, settled=settled, overdue=overdue,
                    upcoming=upcoming, gone=gone, before=earlier["as_of"] if earlier else None, recorded=runs is not None, caveats=tuple(caveats))  # fmt: skip


@contextlib.contextmanager
def _register(runs: Path | None, name: str) -> Iterator[Actions]:
    """The study's register; one that is thrown away where the notebook runs by itself."""
    if runs is not None:
        yield Actions(runs / name)
        return
    with tempfile.TemporaryDirectory() as folder:
        yield Actions(folder)


def adopt(register: Actions, centre: Centre, day: date) -> None:
    """Put the actions of the study's own list that were begun by a day on record, as done."""
    if centre.actions.empty:
        return
    begun = centre.actions[pd.to_datetime(centre.actions["at"]).dt.date <= day]
    ids = [str(id) for id in begun["action_id"]]
    missing = [id for id in dict.fromkeys(ids) if id not in set(register.actions()["action_id"])]
    if missing:
        to_verify(register, centre, missing)


def due_actions(register: Actions, day: date) -> tuple[list[dict[str, Any]], pd.DataFrame]:
    """The actions in force to be verified on a day, and the firm verifications of the KPI from before it."""
    told = register.verifications()
    firm = told[(told["metric"] == "kpi") & (told["as_of"] < str(day))].drop_duplicates("action_id", keep="last")
    firm = firm[firm["told"].isin(FIRM)]
    actions = register.actions()
    done = actions[(actions["state"] == "done") & ~actions["action_id"].isin(firm["action_id"])]
    names = actions.set_index("action_id")[["title_zh", "title_en", "owner"]]
    return [register.action(id) for id in done["action_id"]], firm.join(names, on="action_id").reset_index(drop=True)


def put_on_record(register: Actions, verified: Verified, day: date) -> bool:
    """Record a verification unless the same, or one of a later day, is on record; returns whether it was."""
    known = register.verifications()
    mine = known[(known["action_id"] == verified.id) & (known["metric"] == verified.metric)]
    same = mine[
        (mine["as_of"] == str(day))
        & (mine["told"] == str(verified.told))
        & (mine["effect"] == verified.effect)
        & (mine["n"] == verified.n)
    ]
    if len(same) or (mine["as_of"] > str(day)).any():
        return False
    register.record_verification(verified, as_of=day)
    return True


def _verify(
    centre: Centre, question: Question, action: Mapping[str, Any], day: date
) -> tuple[dict[str, Any], tuple[Verified, ...]]:
    """One action's row and verifications; what stands against a comparison is said in the row."""
    title = action[f"title_{language()}"] or action["title_zh"] or action["title_en"] or ""
    row: dict[str, Any] = {
        "action_id": action["action_id"],
        "title": title,
        "owner": action["owner"],
        "predicted_points": action["predicted_points"],
    }
    try:
        starts = intervention(action).starts_on
        row |= {"starts_on": starts, "judged_from": starts + timedelta(7 * LEAST_AFTER)}
        if day < row["judged_from"] - timedelta(1):
            return {**row, "told": "too_early"}, ()
        found = tuple(verify_metrics(centre, question, action, as_of=day))
    except (DataError, StudyError) as error:
        return {**row, "told": "not_comparable", "problem": _first(error)}, ()
    volume = next((str(one.told) for one in found if one.metric == "volume"), None)
    return {
        **row,
        **{name: getattr(found[0], name) for name in OF_VERIFIED},
        "told": str(found[0].told),
        "told_volume": volume,
    }, found


def _first(error: CcsatError) -> str:
    return error.message(language()).splitlines()[0]
