"""The library of actions: how it is written, which causes an action meets, and whose it is to change them."""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping, Sequence
from fnmatch import fnmatchcase
from functools import cache
from importlib import resources

import pandas as pd

from ccsat.errors import DataError
from ccsat.numerics.portfolio import Action, Guess, likely
from ccsat.schema import LIBRARY_COLUMNS
from ccsat.stages.evidence import Cause

DEFAULT_FILE = "default_actions.csv"
DESIGNS = ("holdout", "staggered", "difference_in_differences", "interrupted_series")
INSTRUMENT = ("survey_instrument", "instrument")  # kinds of change that move the measurement, not the service
CLASSES = {
    "kind": "kind",
    "class": "kind",
    "owner": "owner",
    "gap": "gap_type",
}  # word of a key -> attribute of a cause
BY_CAUSE = "cause"  # an action's owner: whoever's the cause is
OPEN = ("mixed", "unstated")  # owners that name nobody: everybody may try
# Whose causes an action can change, by who does it. Others than these are departments of the study's own: not judged.
REACH = {"agent": ("agent",), "centre_process": ("agent", "centre_process")} | {
    owner: (owner,)
    for owner in ("intelligent_service", "business_process", "business_rule", "marketing", "billing_product", "network")
}
BEYOND_AGENTS = ("business_process", "business_rule", "marketing", "billing_product", "network", "intelligent_service")
ROOTS = ("change", "rule", "campaign")  # links of a chain that an action may name
YES = ("yes", "y", "1", "true", "是")


@cache
def _default() -> pd.DataFrame:
    with (resources.files(__package__) / DEFAULT_FILE).open(encoding="utf-8") as lines:
        table = pd.DataFrame(list(csv.DictReader(lines)))
    for column in ("cost", "lead_days"):
        table[column] = table[column].astype(float)
    return table


def default_library() -> pd.DataFrame:
    """The bundled library: usual actions by owner and cause class, in both languages.

    Costs, lead times, p and phi are experts' orders of magnitude, not measured: whatever is planned from them says so. They
    stand only until a study has a library of its own, or verified actions.
    """
    return _default().copy()


def read_library(table: pd.DataFrame) -> list[Action]:
    """The rows of an action library; of the bundled one where the table is empty.

    `phi` is `key=fraction; key=fraction`. A key is a cause id (`change:CH-107`), an id with stars (`driver:*wait*`), or a class of causes:
    `kind:routing`, `owner:business_rule`, `gap:design`, several joined by `&`. `p` and fractions are one number, `low-high`, or
    `low-likely-high`, percent allowed. `exclusive_with` names a group of which one action at most is taken. The owner "cause" is whoever's the
    cause is. A column `design` names how to verify (one of `DESIGNS`); `relief` = yes: it makes up for the cause and does not change it.

    Raises:
        DataError: A fraction or probability is no number.
    """
    rows = (table if len(table) else default_library()).to_dict("records")
    return [Action(str(row["action_id"]), float(row["cost"]), float(row["lead_days"]), _probability(row), _fractions(row["action_id"], row["phi"]),
                   row["exclusive_with"] if isinstance(row.get("exclusive_with"), str) else "",
                   row["owner"] if isinstance(row.get("owner"), str) else "") for row in rows]  # fmt: skip


def read_guess(words: object) -> Guess:
    """A number, or a range `low-high` or `low-likely-high`; of two the middle is the likely one.

    Raises:
        ValueError: It is neither.
    """
    if isinstance(words, (int, float)):
        return float(words)
    try:
        return _number(str(words))
    except ValueError:
        parts = [_number(part) for part in re.split(r"[-–~至]", str(words))]
    if len(parts) not in (2, 3):
        raise ValueError(words)
    low, *middle, high = parts
    return (low, *(middle or [(low + high) / 2]), high)


def _number(words: str) -> float:
    words = words.strip()
    return float(words[:-1]) / 100 if words.endswith(("%", "％")) else float(words)


def _probability(row: Mapping) -> Guess:
    try:
        return read_guess(row["p"])
    except ValueError:
        raise DataError("library_p", action=row["action_id"], found=row["p"]) from None


def _fractions(action: object, phi: object) -> dict[str, Guess]:
    found: dict[str, Guess] = {}
    for piece in re.split(r"[;；]", phi) if isinstance(phi, str) else ():
        if not piece.strip():
            continue
        cause, _, value = piece.partition("=")
        try:
            found[cause.strip()] = read_guess(value)
        except ValueError:
            raise DataError("library_phi", action=action, piece=piece.strip()) from None
    return found


# Which causes an action meets -------------------------------------------------------------------


def fits(key: str, cause: Cause) -> int:
    """How closely a key of `phi` names a cause: 0 not at all, then the number of classes, then an id with stars, then the id."""
    if key == cause.id:
        return 100
    if key in {f"{link.key}:{link.values.get('id')}" for link in cause.chain if link.key in ROOTS}:
        return 99  # a campaign's own change, say
    conditions = [part.strip().partition(":")[::2] for part in key.split("&")]
    if all(name in CLASSES for name, _ in conditions):
        return len(conditions) * all(str(getattr(cause, CLASSES[name])) == value.strip() for name, value in conditions)
    return 50 * ("*" in key and fnmatchcase(cause.id.lower(), key.lower()))


def can_change(action_owner: str, cause_owner: str, *, named: bool, relief: bool = False) -> bool:
    """Whether this owner's action can change a cause of that owner.

    Args:
        named: The library names this very cause: its word is taken, but an agent's training changes no other department's rule.
        relief: It makes up for the cause and does not change it (a refund, a waiver), so whose it is does not matter.
    """
    if relief or cause_owner in OPEN or action_owner in OPEN or action_owner not in REACH:
        return True
    if named:
        return action_owner != "agent" or cause_owner not in BEYOND_AGENTS
    return cause_owner in REACH[action_owner]


def fit_actions(
    library: pd.DataFrame, causes: Sequence[Cause], *, instrument: Sequence[str] = ()
) -> tuple[list[Action], list[dict]]:
    """Actions with their fractions by cause id, and what was set to nothing.

    Args:
        instrument: Ids of changes of the measurement: mending them wins back no service.

    Returns:
        All actions; those that meet nothing have no fractions. And `{"action", "owner", "cause", "cause_owner", "why"}` for what
        counts as nothing: "owner" (cannot change it), "instrument", "no_cause" (meets none of the causes found).
    """
    softens = library.get("relief", pd.Series(dtype=object)).astype(str).str.strip().str.casefold().isin(YES).to_numpy()
    fitted, out = [], []
    for place, action in enumerate(read_library(library)):
        relief = bool(place < len(softens) and softens[place])
        fixes: dict[str, Guess] = {}
        barred = []
        for cause in causes:
            close = {key: fits(key, cause) for key in action.fixes}
            best = max(close.values(), default=0)
            if not best:
                continue
            if can_change(action.owner, cause.owner, named=best >= 50, relief=relief):
                fixes[cause.id] = max((action.fixes[key] for key, value in close.items() if value == best), key=likely)
            elif any(likely(action.fixes[key]) > 0 for key, value in close.items() if value == best):
                barred.append(
                    {
                        "action": action.id,
                        "owner": action.owner,
                        "cause": cause.id,
                        "cause_owner": cause.owner,
                        "why": "owner",
                    }
                )
        out += barred
        if not fixes and not barred:
            why = "instrument" if set(action.fixes) & set(instrument) else "no_cause"
            out.append({"action": action.id, "owner": action.owner, "cause": None, "cause_owner": None, "why": why})
        fitted.append(
            Action(action.id, action.cost, action.lead_days, action.success, fixes, action.group, action.owner)
        )
    return fitted, out


def as_library(table: pd.DataFrame) -> pd.DataFrame:
    """A library with all of its columns, empty where it lacks them."""
    return table.reindex(columns=list(dict.fromkeys([*LIBRARY_COLUMNS, "design", "relief", *table.columns])))
