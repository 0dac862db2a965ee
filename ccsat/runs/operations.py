"""How a run is watched: what the study says, else its notebook's sidecar, else these defaults."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from ccsat.contracts import Contract
from ccsat.study import Study

TABLES = {
    "limits": ("seconds", "cell_seconds", "retries", "retry_seconds", "wait_seconds"),
    "alerts": (
        "thresholds",
        "amber",
        "red",
        "fail_level",
        "cooldown_hours",
        "readers",
        "maintainers",
        "smtp",
        "command",
    ),
    "retention": ("runs", "days"),
    "privacy": ("hide", "minimum_group", "max_points", "allow"),
    "study": ("timezone",),
}


@dataclass(frozen=True)
class Operations:
    """The settings of the tables above, under their own names.

    Attributes:
        thresholds: Each `{"field", "amber", "red", "below"}`: see `levels.level_of`.
        smtp: The study's mail server (`host`, `port`, `security`, `sender`, `user_env`, `password_env`), or None.
        command: A program and its arguments that takes alerts; none when empty.
        cooldown_hours: Before an unchanged alert is repeated.
        max_points: The most points that a published figure may carry.
        allow: Columns of ids that may be shown.
    """

    seconds: float = 1800
    cell_seconds: float = 600
    retries: int = 2
    retry_seconds: float = 5.0
    wait_seconds: float = 0.0
    thresholds: tuple[Mapping[str, Any], ...] = ()
    amber: float | None = None
    red: float | None = None
    fail_level: str = "amber"
    cooldown_hours: float = 24.0
    readers: tuple[str, ...] = ()
    maintainers: tuple[str, ...] = ()
    smtp: Any = None
    command: tuple[str, ...] = ()
    runs: int | None = None
    days: int | None = None
    hide: tuple[str, ...] = ()
    minimum_group: int = 5
    max_points: int = 5000
    allow: tuple[str, ...] = ()
    timezone: str | None = None


def operations_of(study: Study, contract: Contract | None = None) -> Operations:
    """The settings of a study's runs of a notebook."""
    of_sidecar: dict[str, Any] = {}
    if contract is not None:
        of_sidecar = {**contract.limits, **contract.recipients, **contract.retention, "thresholds": contract.thresholds}
    known = {field.name for field in fields(Operations)}
    values = {name: value for name, value in of_sidecar.items() if name in known}
    for table, names in TABLES.items():
        part = getattr(study, table)
        for name in names:
            if name in part.model_fields_set:
                values[name] = getattr(part, name)
    if "thresholds" in values:
        values["thresholds"] = tuple(
            one if isinstance(one, Mapping) else one.model_dump() for one in values["thresholds"]
        )
    return Operations(**{name: tuple(value) if isinstance(value, list) else value for name, value in values.items()})
