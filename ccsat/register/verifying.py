"""Which actions are to be verified, and on which metric."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import pandas as pd

from ccsat.centre import Centre
from ccsat.errors import DataError, StudyError, listing
from ccsat.question import Question
from ccsat.register.actions import Actions, intervention
from ccsat.register.store import FIELDS
from ccsat.register.verify import METRICS, Told, Verified, verify_action

AUTO = "auto"


def to_verify(register: Actions, centre: Centre, ids: Sequence[str]) -> list[Mapping[str, Any]]:
    """The records of these actions; without ids, those in force of which nothing firm is known.

    One that is in the study's own list only is put on record, as done.

    Raises:
        StudyError: No action of an id.
    """
    own = {str(row["action_id"]): row for row in centre.actions.to_dict("records")} if len(centre.actions) else {}
    known = set(register.actions()["action_id"])
    for id in ids:
        if id not in known and id not in own:
            names = sorted(known | own.keys())
            raise StudyError("register_unknown", id=id, known=listing(names) or "–")
    for id in ids:
        if id not in known:
            register.add(
                {**{field: _plain(own[id].get(field)) for field in FIELDS}, "at": own[id]["at"].date(), "state": "done"}
            )
    return [register.action(id) for id in (ids or register.unverified()["action_id"])]


def _plain(value: Any) -> Any:
    return None if pd.isna(value) else value


def verify_metrics(
    centre: Centre, question: Question, action: Mapping[str, Any], *, metric: str = AUTO, design: str = AUTO, as_of: date | None = None
) -> list[Verified]:  # fmt: skip
    """What the KPI tells of an action, and where it cannot tell, what the number of contacts in its scope does.

    Args:
        metric: One of `METRICS`, or "auto".

    Raises:
        As `verify_action`.
    """
    if metric not in (AUTO, *METRICS):
        raise StudyError("verify_option", option="metric", given=metric, known=listing((AUTO, *METRICS)))
    what = intervention(action)
    told = [
        verify_action(centre, question, what, metric="kpi" if metric == AUTO else metric, design=design, as_of=as_of)
    ]
    if metric == AUTO and told[0].told is Told.CANNOT_TELL and centre.study.data.contacts is not None:
        try:
            told.append(verify_action(centre, question, what, metric="volume", design=design, as_of=as_of))
        except DataError:  # too few whole weeks: the KPI's answer stands
            pass
    return told
