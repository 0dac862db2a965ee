"""Who came back: the text of the request `repeats`, one row a contact with its next contact of the same issue.

An event is a contact, or whatever else a customer may come back by. Events of one issue are put in order of start and id; each is
compared with the next one. The rules are those of DOMAIN 2.5 and SCALE 3d: the interval from the end of one contact to the start of the
next is closed, a contact in the same second is a repeat, the id breaks ties, and what the data cannot yet show is censored.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from ccsat.engine.scan import Scan, column

TAKEN = (
    "hours",
    "judged",
    "n",
    "repeated",
    "immature",
    "early",
)  # columns of the answer that no dimension may be named as
Issue = Callable[[Sequence[str]], str]  # plain names -> the expression that events of one issue share


@dataclass(frozen=True)
class Issues:
    """What makes two contacts one issue, which are judged, and until when the data tell.

    Attributes:
        id, customer, started, ended: Columns of every event. One without a start, or of nobody, takes no part; one without an end, or that ends
            before it starts, ends when it starts.
        issue: Column whose value the next contact must share; None: any contact of the customer. An event without one takes no part.
        ticket: Column that makes contacts one issue as well, beside `issue`.
        channel: Column that the next contact must share; None: any.
        counts: Flag: the event may be a repeat, or be judged. judged: Flag: it may be judged. opens: Flag: it makes what follows no first
            contact. None: all.
        fails: Flag: the event fails every contact of the customer before it, whatever the issue and whether or not it `counts`.
        dropped: Flag: the line broke; a contact of the customer (one that `opens`) within `redial_s` after it belongs to it.
        hours: Windows W.
        lookback_h: Judge first contacts only: those without one of the issue in these hours before; None: judge each against the next.
        shared: A customer with more events than this within the longest window is a shared line, and left out; None: nobody is.
        as_of: What came later is not known; None: the last start in the data.
    """

    id: str = "contact_id"
    customer: str = "customer_id"
    started: str = "started_at"
    ended: str | None = "ended_at"
    issue: str | None = None
    ticket: str | None = None
    channel: str | None = None
    counts: str | None = None
    judged: str | None = None
    opens: str | None = None
    fails: str | None = None
    dropped: str | None = None
    hours: tuple[float, ...] = (2, 24, 48)
    lookback_h: float | None = 168
    redial_s: int = 300
    shared: int | None = 20
    as_of: datetime | None = None

    def columns(self) -> list[str]:
        """The source's columns that the request reads."""
        named = (self.id, self.customer, self.started, self.ended, self.issue, self.ticket, self.channel, self.counts, self.judged, self.opens,
                 self.fails, self.dropped)  # fmt: skip
        return list(dict.fromkeys(name for name in named if name is not None))

    @property
    def seconds(self) -> tuple[int, ...]:
        """The windows in whole seconds."""
        return tuple(round(3600 * h) for h in self.hours)


def moment(time: datetime) -> str:
    """A time as a literal."""
    return f"TIMESTAMP '{time.replace(tzinfo=None).isoformat(' ')}'"


def last_start(scan: Scan, issues: Issues) -> str:
    """The last moment the data know of."""
    whole = replace(scan, windows=(), where=None)
    return f"SELECT MAX(started) AS last_at FROM ({whole.inner(started=scan.coded(issues.started))}) q"


def inside(scan: Scan) -> str:
    """1 where an event lies in the slice that is asked for: a flag, as the events outside still count as repeats."""
    return f"CASE WHEN {' AND '.join(scan._matches(name, value) for name, value in (scan.where or {}).items())} THEN 1 ELSE 0 END"


def rows(scan: Scan, issues: Issues, as_of: datetime, *, issue: Issue, carried: Mapping[str, str] | None = None, suspects: str | None = None) -> str:  # fmt: skip
    """One row an event of a customer's: `id, customer, started, ended, judged, first, next_at` and the `carried` columns (plain name -> expression).

    `judged` is 1 where the event may be judged and had ended by `as_of`, `first` where no contact of the issue went before; `next_at` is the start
    of the next event of its issue, or of one that fails it. Redials are merged into the contact they belong to; shared lines are left out, which
    `suspects`, a condition that all their events meet, helps to find.
    """
    own = [*_own(issues), *(carried or {})]
    steps, stream = _taking_part(scan, issues, as_of, carried or {}, suspects), "s"
    if issues.dropped is not None:
        steps, stream = [*steps, *_redials(issues, own, _order(scan, issues))], "m"
    steps.append(("x", _linked(issues, own, _order(scan, issues), issue, stream)))
    steps.append(
        (
            "y",
            f"SELECT {_list(own)}, {_next(issues)} AS next_at, {_of_two('before', '>', issues)} AS before_at FROM x",
        )
    )
    may = f"ended <= {moment(as_of)}" + (" AND judged = 1" if issues.judged else "")
    first = "1"
    if issues.lookback_h is not None:
        first = f"CASE WHEN started <= {_after('before_at', round(3600 * issues.lookback_h))} THEN 0 ELSE 1 END"
    shown = ["id", "customer", "started", "ended", *(carried or {})]
    return f"{_with(steps)} SELECT {_list(shown)}, CASE WHEN {may} THEN 1 ELSE 0 END AS judged, {first} AS first, next_at FROM y"


def counts(text: str, issues: Issues, as_of: datetime, keys: Sequence[str], condition: str = "1 = 1") -> str:
    """Rows of `rows` counted a window: `n_i` judged and mature, `r_i` of them with a repeat, `i_i` immature, `e_i` of these with one already."""
    sums = ["CAST(COUNT(*) AS BIGINT) AS judged"]
    for i, seconds in enumerate(issues.seconds):
        ripe, back = f"ended <= {_before(as_of, seconds)}", f"next_at <= {_after('ended', seconds)}"
        tests = {"n": ripe, "r": f"{ripe} AND {back}", "i": f"NOT {ripe}", "e": f"NOT {ripe} AND {back}"}
        sums += [
            f"CAST(SUM(CASE WHEN {test} THEN 1 ELSE 0 END) AS BIGINT) AS {name}_{i}" for name, test in tests.items()
        ]
    grouped = f" GROUP BY {_list(keys)}" if keys else ""
    return f"SELECT {_list([*keys, *sums])} FROM ({text}) q WHERE judged = 1 AND first = 1 AND {condition}{grouped}"


def left_out(scan: Scan, issues: Issues, as_of: datetime, *, suspects: str | None = None) -> str:
    """What takes no part, in one row: events `no_time, later, no_customer, no_issue`, `shared_lines` and their events `shared`, and `redials` merged."""
    plain = {"started": scan.coded(issues.started), "customer": column(issues.customer)}
    plain |= {
        name: column(getattr(issues, name))
        for name in ("issue", "ticket", "counts")
        if getattr(issues, name) is not None
    }
    known = f"started <= {moment(as_of)}"
    tests = {"no_time": "started IS NULL", "later": f"NOT {known}", "no_customer": f"{known} AND customer IS NULL",
             "no_issue": f"{known} AND customer IS NOT NULL AND NOT {_keyed(issues)}"}  # fmt: skip
    own = f"SELECT {', '.join(f'{text} AS {name}' for name, text in plain.items())} FROM {scan.relation()}"
    sums = [f"CAST(SUM(CASE WHEN {test} THEN 1 ELSE 0 END) AS BIGINT) AS {name}" for name, test in tests.items()]
    steps = _taking_part(scan, issues, as_of, {}, suspects)
    if issues.shared is not None:
        sums.append("(SELECT COUNT(*) FROM lines) AS shared_lines")
        sums.append(
            f"(SELECT COUNT(*) FROM e WHERE {_counted(issues)} AND customer IN (SELECT customer FROM lines)) AS shared"
        )
    if issues.dropped is not None:
        steps += _redials(issues, _own(issues), _order(scan, issues))
        sums.append("(SELECT COUNT(*) FROM r WHERE head = 0) AS redials")
    return f"{_with(steps)} SELECT {_list(sums)} FROM ({own}) q WHERE {_counted(issues)}"


# Steps ----------------------------------------------------------------------------------------


def _own(issues: Issues) -> list[str]:
    """Plain names of the columns that the steps hand on."""
    optional = ("issue", "ticket", "channel", "judged", "opens", "dropped")
    given = [name for name in optional if getattr(issues, name) is not None]
    return ["id", "customer", "started", "ended", *given, *(["failed_at"] if issues.fails is not None else [])]


def _list(names: Sequence[str]) -> str:
    return ", ".join(names)


def _with(steps: Sequence[tuple[str, str]]) -> str:
    """Steps one after the other, read anew instead of being kept; where redials read the events twice, short lists of customers are kept."""
    names = [name for name, _ in steps]
    kept = ("lines", "d") if "d" in names else ()
    return "WITH " + ", ".join(
        f"{name} AS {'' if name in kept else 'NOT '}MATERIALIZED ({text})" for name, text in steps
    )


def _after(time: str, seconds: int) -> str:
    return f"{time} + INTERVAL '{int(seconds)}' SECOND"


def _before(time: datetime, seconds: int) -> str:
    return moment(time - timedelta(seconds=seconds))


def _order(scan: Scan, issues: Issues) -> str:
    """The order of events; the id breaks ties, byte by byte."""
    return f"ORDER BY started, {scan.bytewise(issues.id, 'id')}"


def _counted(issues: Issues) -> str:
    return "counts = 1" if issues.counts is not None else "1 = 1"


def _keyed(issues: Issues) -> str:
    """Whether an event has an issue."""
    names = (
        [name for name in ("issue", "ticket") if getattr(issues, name) is not None] if issues.issue is not None else []
    )
    return f"({' OR '.join(f'{name} IS NOT NULL' for name in names)})" if names else "(1 = 1)"


def _taking_part(scan: Scan, issues: Issues, as_of: datetime, carried: Mapping[str, str], suspects: str | None) -> list[tuple[str, str]]:  # fmt: skip
    """Events of customers known by `as_of` (`e`), the shared lines among them (`lines`), and the events that take part (`s`)."""
    start = scan.coded(issues.started)
    end = scan.coded(issues.ended) if issues.ended is not None else None
    plain = {"id": column(issues.id), "customer": column(issues.customer), "started": start,
             "ended": start if end is None else f"CASE WHEN {end} >= {start} THEN {end} ELSE {start} END"}  # fmt: skip
    plain |= {name: column(getattr(issues, name)) for name in (*_own(issues)[4:], "counts", "fails")
              if getattr(issues, name, None) is not None} | dict(carried)  # fmt: skip
    events = (f"SELECT {', '.join(f'{text} AS {name}' for name, text in plain.items())} FROM {scan.relation()}"
              f" WHERE {start} <= {moment(as_of)} AND {column(issues.customer)} IS NOT NULL")  # fmt: skip
    if issues.fails is not None:
        failing = "MIN(CASE WHEN fails = 1 THEN started END) OVER (PARTITION BY customer ORDER BY started RANGE BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING)"
        events = f"SELECT q.*, {failing} AS failed_at FROM ({events}) q"
    steps, taking = [("e", events)], [_counted(issues), _keyed(issues)]
    if issues.shared is not None:
        most = int(issues.shared)
        earlier = f"LAG(started, {most}) OVER (PARTITION BY customer {_order(scan, issues)}) AS earlier"
        some = " AND ".join([_counted(issues), *([suspects] if suspects else [])])
        busy = f"SELECT customer FROM e WHERE {some} GROUP BY customer HAVING COUNT(*) > {most}"
        spans = f"SELECT customer, started, {earlier} FROM e WHERE {_counted(issues)} AND customer IN (SELECT customer FROM busy)"
        lines = f"SELECT DISTINCT customer FROM ({spans}) q WHERE started <= {_after('earlier', max(issues.seconds))}"
        steps += [("busy", busy), ("lines", lines)]
        taking.append("customer NOT IN (SELECT customer FROM lines)")
    return [*steps, ("s", f"SELECT {_list([*_own(issues), *carried])} FROM e WHERE {' AND '.join(taking)}")]


def _redials(issues: Issues, own: Sequence[str], order: str) -> list[tuple[str, str]]:
    """Contacts right after a broken line as part of the contact that broke (`m`); only customers with a broken line are looked at."""
    part = "PARTITION BY customer, opens" if issues.opens is not None else "PARTITION BY customer"
    same = "LAG(dropped) OVER w = 1" + (" AND opens = 1" if issues.opens is not None else "")
    head = (f"SELECT {_list(own)}, CASE WHEN {same} AND started <= {_after('LAG(ended) OVER w', issues.redial_s)} THEN 0 ELSE 1 END AS head"
            f" FROM s WHERE customer IN (SELECT customer FROM d) WINDOW w AS ({part} {order})")  # fmt: skip
    runs = f"SELECT {_list(own)}, head, SUM(head) OVER ({part} {order} ROWS UNBOUNDED PRECEDING) AS run FROM r"
    whole = {name: f"MAX({name}) OVER ({part}, run) AS {name}" for name in ("ended", "judged")}
    merged = f"SELECT {_list([whole.get(name, name) for name in own])}, head FROM g"
    return [("d", "SELECT DISTINCT customer FROM e WHERE dropped = 1"), ("r", head), ("g", runs),
            ("m", f"SELECT {_list(own)} FROM s WHERE customer NOT IN (SELECT customer FROM d)"
                  f" UNION ALL SELECT {_list(own)} FROM ({merged}) q WHERE head = 1")]  # fmt: skip


def _linked(issues: Issues, own: Sequence[str], order: str, issue: Issue, stream: str) -> str:
    """Every event with the next one of its issue and the end of the last contact before it."""
    same = ["channel"] if issues.channel is not None else []
    ways = [("issue", ["customer", *(["issue"] if issues.issue is not None else []), *same])]
    ways += [("ticket", ["customer", "ticket", *same])] if issues.ticket is not None else []
    columns, made = [], []
    for name, key in ways:
        part = issue(key)
        if part != _list(key):  # a step before, so that the sort carries the key and not what it is made of
            made, part = [*made, f"{part} AS key_{name}"], f"key_{name}"
        over = f"PARTITION BY {part} {order}"
        links = {"next": f"LEAD(started) OVER ({over})"}
        if issues.lookback_h is not None:
            ends = f"MAX(CASE WHEN opens = 1 THEN ended END) OVER ({over} ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)"
            links["before"] = f"LAG(ended) OVER ({over})" if issues.opens is None else ends
        if issues.ticket is not None:
            links = {way: f"CASE WHEN {name} IS NOT NULL THEN {text} END" for way, text in links.items()}
        columns += [f"{text} AS {way}_{name}" for way, text in links.items()]
    source = f"(SELECT {_list([*own, *made])} FROM {stream}) k" if made else stream
    return f"SELECT {_list([*own, *columns])} FROM {source}"


def _of_two(way: str, sign: str, issues: Issues) -> str:
    """The nearer of two links, where an issue has two keys."""
    if way == "before" and issues.lookback_h is None:
        return "NULL"
    one, other = f"{way}_issue", f"{way}_ticket"
    return (
        one if issues.ticket is None else f"CASE WHEN {other} {sign} {one} OR {one} IS NULL THEN {other} ELSE {one} END"
    )


def _next(issues: Issues) -> str:
    """The next event, or one that fails every contact before it, whichever comes first."""
    following = _of_two("next", "<", issues)
    if issues.fails is None:
        return following
    return f"CASE WHEN failed_at < {following} OR {following} IS NULL THEN failed_at ELSE {following} END"
