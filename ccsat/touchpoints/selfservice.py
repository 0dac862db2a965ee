"""Self-service: how far tasks come, at which step they are lost, and who turns to a human afterwards."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy.special import ndtr

from ccsat.cells import ask
from ccsat.centre import Centre
from ccsat.engine import Window
from ccsat.errors import DataError, listing
from ccsat.estimates import newcombe, wilson
from ccsat.question import Question
from ccsat.results import Ledger, Result, result_class
from ccsat.wording import count, p_words, percent, text

KINDS = {"task_id": "id", "customer_id": "id", "at": "time", "task": "text", "step_reached": "number", "steps_total": "number", "completed": "flag",
         "later_contact_id": "id"}  # fmt: skip
HOURS = (24, 48)


@result_class
class TaskFunnel(Ledger):
    """Tasks step by step: the losses of all steps add up to what is not completed.

    The table, one row a step: `step, n` (tasks that came to it)`, lost` (went no further)`, points, lower, upper` (lost over all that were started; 95 %)`,
    rate, rate_lower, rate_upper` (lost over those that came to it).

    Attributes:
        n: Tasks started. completion: `value, lower, upper`. change: Of completion against the baseline, `value, lower, upper, n_baseline, value_baseline`; None without one.
        largest: The step with the largest loss. distinct: p-value of the two largest losses being alike: where it is high, the order of the two is chance.
        by_task: `task, n, completed, lower, upper, step` (of its largest loss)`, lost`, the least completed first; empty where tasks have no names.
    """

    n: int
    completion: dict
    change: dict | None
    largest: int
    distinct: float
    by_task: pd.DataFrame

    def sentence(self) -> str:
        row = self.table.set_index("step").loc[self.largest]
        return text("selfservice.funnel", n=count(self.n), done=percent(self.completion["value"]), lower=percent(self.completion["lower"]), upper=percent(self.completion["upper"]),
                    step=self.largest, lost=count(row["lost"]), share=percent(row["points"])) + text("selfservice.clear" if self.distinct < 0.05 else "selfservice.tied", p=p_words(self.distinct))  # fmt: skip


@result_class
class LaterContacts(Result):
    """Who turns to a human after a self-service task.

    The table, one row a window and end of the task: `hours, completed, n` (tasks old enough to be judged)`, again, value, lower, upper` (95 %).
    `basis`: "issue" where the data name the later contact on the same matter, else "customer": any later contact of the same customer.
    """

    basis: str

    def sentence(self) -> str:
        last = self.table[self.table["hours"] == self.table["hours"].max()].set_index("completed")
        done = last.loc[True] if True in last.index else None
        whole = last[["n", "again"]].sum()
        return text("selfservice.later", hours=int(self.table["hours"].max()), n=count(whole["n"]), value=percent(whole["again"] / whole["n"]), of=text(f"selfservice.{self.basis}"),
                    done="–" if done is None else percent(done["value"]), lower="–" if done is None else percent(done["lower"]), upper="–" if done is None else percent(done["upper"]),
                    n_done="–" if done is None else count(done["n"]))  # fmt: skip


def task_funnel(centre: Centre, question: Question | None = None) -> TaskFunnel:
    """How many tasks are completed, and at which step are most lost?

    Args:
        question: Its current period is counted, and its baseline compared with; every task where left out.

    Returns:
        `TaskFunnel`. A task that is not completed is lost at the last step it reached.

    Raises:
        DataError: The study has no table `self_service` with `step_reached` and `completed`, or no task in the period.

    Assumes:
        A step's number means the same within a task; over tasks of unlike length step k is "the k-th step", so read `by_task` beside it.

    Source:
        DOMAIN 1.4 U2.2a, 6.3 N09; Wilson (1927); two shares of one multinomial: Agresti (2013), Categorical Data Analysis, 1.5.
    """
    sql = _table(centre, ("step_reached", "completed"))
    windows = () if question is None else ask(centre, question).windows
    parts = {window.label: _counts(centre, sql, window) for window in windows} or {
        "current": _counts(centre, sql, None)
    }
    rows = parts["current"]
    n = int(rows["n"].sum())
    if not n:
        raise DataError("selfservice_none")
    table = _steps(rows, n)
    done = int(rows.loc[rows["completed"], "n"].sum())
    low, high = wilson(done, n)
    order = table.sort_values("lost", ascending=False, kind="stable")
    first, second = (*order["lost"].head(2), 0)[:2]
    distinct = float(2 * ndtr(-abs(first - second) / np.sqrt(first + second))) if first + second else 1.0
    change = None
    if "baseline" in parts and parts["baseline"]["n"].sum():
        before = parts["baseline"]
        m, had = int(before["n"].sum()), int(before.loc[before["completed"], "n"].sum())
        least, most = newcombe(done, n, had, m)
        change = {
            "value": done / n - had / m,
            "lower": float(least),
            "upper": float(most),
            "n_baseline": m,
            "value_baseline": had / m,
        }
    return TaskFunnel(table=table, key="task_funnel", total=1 - done / n, unit="rate", n=n, completion={"value": done / n, "lower": float(low), "upper": float(high)},
                      change=change, largest=int(order["step"].iloc[0]) if len(order) else 0, distinct=distinct, by_task=_by_task(rows),
                      caveats=(("caveat.selfservice_lengths", {}),) if rows["steps_total"].nunique() > 1 else ())  # fmt: skip


def later_contacts(centre: Centre, question: Question | None = None, *, hours: Sequence[int] = HOURS) -> LaterContacts:
    """How many turn to a human within so many hours, after a completed task and after one that was given up?

    Args:
        question: Its current period; every task where left out.
        hours: Windows. A task is counted in a window only when that many hours of data follow it.

    Returns:
        `LaterContacts`.

    Raises:
        DataError: No table `self_service` with `at`, or nothing that ties a task to a contact.

    Assumes:
        Contacts are whole for these customers. By customer ("customer") a later contact may be about something else, so that share is an upper bound.

    Source:
        DOMAIN 1.4 U2.2a; maturity as in 2.5.
    """
    sql = _table(centre, ("at", "completed"))
    there = set(centre.beside("self_service", KINDS).roles)
    windows = [] if question is None else [w for w in ask(centre, question).windows if w.label == "current"]
    if {"later_contact_id"} <= there and "contact_id" in centre.columns:
        basis = "issue"
        joined = f"SELECT t.task_id, t.at, t.completed, f.at AS next_at FROM ({sql}) t LEFT JOIN ({centre.facts}) f ON f.contact_id = t.later_contact_id"
    elif {"customer_id", "task_id"} <= there and "customer_id" in centre.columns:
        basis = "customer"
        joined = (f"SELECT t.task_id, t.at, t.completed, MIN(f.at) AS next_at FROM ({sql}) t LEFT JOIN ({centre.facts}) f "
                  "ON f.customer_id = t.customer_id AND f.at > t.at GROUP BY t.task_id, t.at, t.completed")  # fmt: skip
    else:
        raise DataError("selfservice_untied", known=listing(there))
    rows = centre.engine.sample(joined, ["at", "completed", "next_at"], key="task_id", windows=windows)
    end = pd.Timestamp(centre.days[1]) + pd.Timedelta(days=1)
    at, done = pd.to_datetime(rows["at"]), rows["completed"].astype(float) == 1
    gap = (pd.to_datetime(rows["next_at"]) - at).dt.total_seconds() / 3600
    out = []
    for h in hours:
        ripe = at <= end - pd.Timedelta(hours=h)
        for ended in (True, False):
            mine = ripe & (done == ended)
            n, again = int(mine.sum()), int(((gap >= 0) & (gap <= h) & mine).sum())
            if n:
                low, high = wilson(again, n)
                out.append((h, ended, n, again, again / n, float(low), float(high)))
    if not out:
        raise DataError("selfservice_none")
    return LaterContacts(table=pd.DataFrame(out, columns=["hours", "completed", "n", "again", "value", "lower", "upper"]), basis=basis,
                         caveats=(("caveat.selfservice_customer", {}),) if basis == "customer" else ())  # fmt: skip


def _table(centre: Centre, needed: Sequence[str]) -> str:
    """The tasks as SQL.

    Raises:
        DataError: There is no such table, or it lacks what is needed.
    """
    table = centre.beside("self_service", KINDS)
    if table is None:
        raise DataError("selfservice_table", known=listing(centre.study.data.tables()))
    if missing := [name for name in needed if name not in table.roles]:
        raise DataError("selfservice_columns", missing=listing(missing), known=listing(table.roles) or "–")
    return table.sql


def _counts(centre: Centre, sql: str, window: Window | None) -> pd.DataFrame:
    there = centre.beside("self_service", KINDS).roles
    columns = ["step_reached", "completed", *(name for name in ("task", "steps_total") if name in there)]
    rows = centre.engine.crosstab(sql, columns, windows=[] if window is None else [window])
    rows = rows[rows["step_reached"].notna() & rows["completed"].notna()]
    rows = rows.assign(completed=rows["completed"].astype(float) == 1, step_reached=rows["step_reached"].astype(int))
    if "steps_total" not in rows:
        rows["steps_total"] = int(rows["step_reached"].max()) if len(rows) else 0
    return rows.reset_index(drop=True)


def _steps(rows: pd.DataFrame, n: int) -> pd.DataFrame:
    """One row a step; a completed task came to all of its steps."""
    out = []
    came = np.where(rows["completed"], rows[["steps_total", "step_reached"]].max(axis=1), rows["step_reached"]).astype(
        int
    )
    for step in range(1, int(came.max(initial=0)) + 1):
        reached = int(rows["n"][came >= step].sum())
        lost = int(rows.loc[~rows["completed"] & (rows["step_reached"] == step), "n"].sum())
        low, high = wilson(lost, n)
        rate_low, rate_high = wilson(lost, reached)
        out.append(
            (step, reached, lost, lost / n, float(low), float(high), lost / reached, float(rate_low), float(rate_high))
        )
    never = int(rows.loc[~rows["completed"] & (rows["step_reached"] < 1), "n"].sum())
    if never:  # given up before the first step
        low, high = wilson(never, n)
        out.insert(0, (0, n, never, never / n, float(low), float(high), never / n, float(low), float(high)))
    return pd.DataFrame(
        out, columns=["step", "n", "lost", "points", "lower", "upper", "rate", "rate_lower", "rate_upper"]
    )


def _by_task(rows: pd.DataFrame) -> pd.DataFrame:
    columns = ["task", "n", "completed", "lower", "upper", "step", "lost"]
    if "task" not in rows:
        return pd.DataFrame(columns=columns)
    out = []
    for task, mine in rows.dropna(subset=["task"]).groupby("task"):
        n, done = int(mine["n"].sum()), int(mine.loc[mine["completed"], "n"].sum())
        lost = mine[~mine["completed"]].groupby("step_reached")["n"].sum()
        low, high = wilson(done, n)
        out.append(
            (
                task,
                n,
                done / n,
                float(low),
                float(high),
                int(lost.idxmax()) if len(lost) else 0,
                int(lost.max()) if len(lost) else 0,
            )
        )
    return pd.DataFrame(out, columns=columns).sort_values(["completed", "task"], ignore_index=True)
