"""What a number of agents means for callers, and how many agents a service level needs."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from ccsat.errors import DataError
from ccsat.results import Result, result_class
from ccsat.wording import count, number, percent, text
from ccsat.workforce.erlang import FIELDS_A, FIELDS_C, each, queue_a, queue_c

MOST_STAFF = 1_000_000


@result_class
class Queue(Result):
    """A queue by a model: one row a set of numbers.

    The table: `calls_per_hour, aht_s, staff, within_s, load` (erlangs)`, occupancy, p_wait` (share who find all agents busy)`,
    service_level` (share of all callers answered within `within_s`)`, asa_s` (mean wait of those answered)`, queue` (mean number
    waiting)`, reason` ("" or "unstable"). With abandonment also `patience_s, abandon_rate, wait_s` (mean wait of all).

    Attributes:
        model: "erlang_c" or "erlang_a".
    """

    model: str

    def sentence(self) -> str:
        row = self.table.iloc[0]
        more = "" if len(self.table) == 1 else text("workforce.more_rows", n=count(len(self.table) - 1))
        given = {
            "calls": number(row["calls_per_hour"], 0),
            "aht": number(row["aht_s"], 0),
            "staff": count(row["staff"]),
        }
        if row["reason"]:
            return text("workforce.unstable", load=number(row["load"], 2), **given) + more
        found = {"level": percent(row["service_level"], 2), "within": number(row["within_s"], 0), "asa": number(row["asa_s"], 1),
                 "p_wait": percent(row["p_wait"]), "occupancy": percent(row["occupancy"])}  # fmt: skip
        if self.model == "erlang_a":
            found |= {"lost": percent(row["abandon_rate"], 2), "patience": number(row["patience_s"], 0)}
        return text(f"workforce.queue_{self.model}", **given, **found) + more


def erlang_c(calls: object, aht: object, staff: object, *, within: object = 20.0) -> Queue:
    """How long do callers wait for a number of agents, if nobody hangs up?

    Args:
        calls: An hour. aht: Handling time in seconds. staff: Agents on the queue, whole numbers. within: Seconds of the service level.
            Each a number or several; they are matched as NumPy does.

    Returns:
        A `Queue`; NaN and the reason "unstable" where staff do not exceed the load.

    Raises:
        DataError: A negative number, no agent, or agents in parts.

    Assumes:
        Calls come at random at a steady rate, handling times are exponential, callers wait in one line and never hang up. So it
        overstates the wait when the load is near what the agents can carry.

    Source:
        DOMAIN 2.3; Erlang (1917).
    """
    calls, aht, staff, within = _given(calls, aht, staff, within)
    found = each(queue_c, FIELDS_C, calls, aht, staff, within)
    table = _table(calls, aht, staff, within, found)
    return Queue(table=table, model="erlang_c", caveats=_caveats(table, ("caveat.erlang_c_patience", {})))


def erlang_a(calls: object, aht: object, staff: object, *, patience: object, within: object = 20.0) -> Queue:
    """How long do callers wait, and how many hang up, for a number of agents?

    Args:
        patience: Mean seconds after which a waiting caller hangs up. Infinite: nobody does (then as `erlang_c`). Others as there.

    Returns:
        A `Queue`. A queue whose callers hang up is stable whatever the load.

    Raises:
        DataError: As `erlang_c`; or a patience that is not positive.

    Assumes:
        As `erlang_c`, with exponential patience: the chance to hang up does not rise with the time waited.

    Source:
        DOMAIN 2.3; Palm (1957); Garnett, Mandelbaum, Reiman (2002), Manufacturing & Service Operations Management 4, 208-227.
    """
    calls, aht, staff, within = _given(calls, aht, staff, within)
    patience = np.asarray(patience, dtype=float)
    if not (patience > 0).all():
        raise DataError("workforce_number", name="patience", value=str(np.ravel(patience)[:3].tolist()), least="> 0")
    calls, aht, staff, within, patience = np.broadcast_arrays(calls, aht, staff, within, patience)
    found = each(queue_a, FIELDS_A, calls, aht, staff, within, patience)
    table = _table(calls, aht, staff, within, found).assign(patience_s=np.ravel(patience))
    return Queue(table=table, model="erlang_a", caveats=_caveats(table, ("caveat.erlang_a_patience", {})))


def _given(calls, aht, staff, within) -> tuple[np.ndarray, ...]:
    named = {"calls": calls, "aht": aht, "staff": staff, "within": within}
    arrays = {name: np.asarray(value, dtype=float) for name, value in named.items()}
    for name, values in arrays.items():
        least = 1 if name == "staff" else 0
        wrong = ~(np.isfinite(values) & (values >= least)) | (
            (values != np.floor(values)) if name == "staff" else False
        )
        wrong = wrong | ((values == 0) if name == "aht" else False)
        if wrong.any():
            said = {"staff": "1, 2, 3, …", "aht": "> 0"}.get(name, ">= 0")
            raise DataError("workforce_number", name=name, value=str(values[wrong].ravel()[:3].tolist()), least=said)
    return tuple(np.broadcast_arrays(*arrays.values()))


def _table(calls, aht, staff, within, found) -> pd.DataFrame:
    table = pd.DataFrame({
        "calls_per_hour": calls.ravel(), "aht_s": aht.ravel(), "staff": staff.ravel().astype(np.int64), "within_s": within.ravel(),
        **{name: values.ravel() for name, values in found.items()},
    })  # fmt: skip
    return table.assign(reason=np.where(table["p_wait"].isna(), "unstable", ""))


def _caveats(table: pd.DataFrame, *said: tuple[str, dict]) -> tuple[tuple[str, dict], ...]:
    unstable = int((table["reason"] != "").sum())
    return (*said, *([("caveat.erlang_unstable", {"n": unstable})] if unstable else []))


def staff_needed(
    calls: object, aht: object, *, level: float = 0.8, within: float = 20.0, patience: float | None = None, shrinkage: float = 0.0,
    most_occupied: float = 1.0,
) -> Queue:  # fmt: skip
    """How many agents hold a service level?

    Args:
        level: Share of callers to be answered `within` seconds.
        patience: Mean seconds until a caller hangs up; nobody does where not given.
        shrinkage: Share of paid time in which an agent is not on the queue; `scheduled` is grossed up by it.
        most_occupied: Occupancy not to be exceeded.

    Returns:
        A `Queue` at the smallest such number of agents, with `scheduled`.

    Raises:
        DataError: A level or shrinkage outside 0 to 1, or as `erlang_c`.

    Source:
        DOMAIN 2.3.
    """
    for name, value, fits in (("level", level, 0 < level < 1), ("shrinkage", shrinkage, 0 <= shrinkage < 1),
                              ("most_occupied", most_occupied, 0 < most_occupied <= 1)):  # fmt: skip
        if not fits:
            raise DataError("workforce_number", name=name, value=str(value), least="0–1")
    calls, aht, _, _ = _given(calls, aht, 1, within)
    pairs, back = np.unique(np.column_stack([calls.ravel(), aht.ravel()]), axis=0, return_inverse=True)
    needed = np.array([_least(row[0], row[1], level, within, patience, most_occupied) for row in pairs])[np.ravel(back)]
    found = (
        erlang_c(calls.ravel(), aht.ravel(), needed, within=within)
        if patience is None
        else erlang_a(calls.ravel(), aht.ravel(), needed, patience=patience, within=within)
    )
    table = found.table.assign(scheduled=np.ceil(needed / (1 - shrinkage) - 1e-9).astype(np.int64))
    return Queue(table=table, model=found.model, caveats=found.caveats)


def _least(calls: float, aht: float, level: float, within: float, patience: float | None, most: float) -> int:
    """The smallest number of agents that holds both; more agents never answer fewer in time, so halving finds it."""

    def holds(staff: int) -> bool:
        if patience is None:
            _, occupancy, _, reached, _, _ = queue_c(calls, aht, staff, within)
        else:
            _, occupancy, _, reached, *_ = queue_a(calls, aht, staff, within, patience)
        return bool(reached >= level and occupancy <= most)  # NaN holds nothing

    load = calls * aht / 3600
    low = max(int(np.floor(load / most)) - 1, 0) if patience is None else 0  # does not hold
    high = max(low + 1, 1)
    while not holds(high):
        low, high = high, high + max(1, high - low) * 2
        if high > MOST_STAFF:
            raise DataError("workforce_number", name="calls", value=str(calls), least=f"<= {MOST_STAFF}")
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if holds(middle) else (middle, high)
    return high


def pooling_curve(
    calls: Sequence[float], aht: float, *, level: float = 0.8, within: float = 20.0, patience: float | None = None
) -> Pooling:
    """What does one large line save against several small ones that hold the same service level?

    Args:
        calls: An hour, one or more sizes.

    Returns:
        A `Pooling`, a row a size, the smallest first.

    Source:
        DOMAIN 2.3 (A26).
    """
    found = staff_needed(np.sort(np.asarray(calls, dtype=float)), aht, level=level, within=within, patience=patience)
    table = found.table.assign(
        staff_per_100_calls=lambda t: 100 * t["staff"] / t["calls_per_hour"].where(t["calls_per_hour"] > 0)
    )
    smallest = table.iloc[0]
    apart = np.ceil(table["calls_per_hour"] / smallest["calls_per_hour"] * smallest["staff"] - 1e-9) if smallest["calls_per_hour"] > 0 else np.nan  # fmt: skip
    table = table.assign(staff_apart=apart, saved=apart - table["staff"])
    return Pooling(table=table, model=found.model, caveats=found.caveats, level=level)


@result_class
class Pooling(Queue):
    """Agents needed by size of line; as `Queue`, with `staff_per_100_calls`, `staff_apart` (lines of the smallest size in place of one) and `saved`."""

    level: float

    def sentence(self) -> str:
        small, large = self.table.iloc[0], self.table.iloc[-1]
        return text("workforce.pooling", level=percent(self.level, 0), within=number(small["within_s"], 0), small=number(small["calls_per_hour"], 0),
                    large=number(large["calls_per_hour"], 0), staff_small=count(small["staff"]), staff_large=count(large["staff"]), saved=count(large["saved"]),
                    occupancy_small=percent(small["occupancy"]), occupancy_large=percent(large["occupancy"]))  # fmt: skip


def staff_curve(
    calls: float,
    aht: float,
    *,
    around: int = 8,
    level: float = 0.8,
    within: float = 20.0,
    patience: float | None = None,
) -> Queue:
    """How do wait and service level move with each agent more or less than are needed?

    Args:
        around: Agents to each side of the number needed.
    """
    needed = int(staff_needed(calls, aht, level=level, within=within, patience=patience).table["staff"].iloc[0])
    staff = np.arange(max(1, needed - around), needed + around + 1)
    return (
        erlang_c(calls, aht, staff, within=within)
        if patience is None
        else erlang_a(calls, aht, staff, patience=patience, within=within)
    )
