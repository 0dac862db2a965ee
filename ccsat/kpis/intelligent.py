"""The 23 indicators of intelligent service in five layers, each as rows that any cell, ledger, chart or trace can count."""

from __future__ import annotations

from collections.abc import Callable

from ccsat.centre import Centre
from ccsat.kpis import intelligent_rows as rows_of
from ccsat.kpis.indicator import Indicator

LAYERS = ("reach", "understanding", "dialogue", "outcome", "cooperation")
WINDOWS = (24, 48)
SESSION, TURN, PATH = (
    ("session_id", "customer_id", "started_at"),
    ("session_id", "turn_no", "speaker"),
    ("call_id", "at", "outcome"),
)
BOT = {"bot_sessions": (*SESSION, "handoff_done")}
BACK = {"bot_sessions": (*SESSION, "next_contact_at")}
BOTH = {"bot_sessions": (*SESSION, "handoff_done", "next_contact_at")}
TURNS = {"bot_sessions": SESSION, "bot_turns": TURN}
CALLS = {"ivr_paths": PATH}
LATER = {"ivr_paths": (*PATH, "later_contact_id"), "facts": ("contact_id",)}
OF_BOT, OF_NODE = ("entry", "intent_pred"), ("node",)


def session(level: str) -> Callable[[Centre], str]:
    """Rows of bot sessions: what each is worth by an expression over `intelligent_rows.sessions`."""
    return lambda centre: (
        f"SELECT session_id AS row_key, session_id, {_of_session(centre)}, CAST({level} AS INTEGER) AS level FROM ({rows_of.sessions(centre)}) s"
    )


def answer(level: str) -> Callable[[Centre], str]:
    """Rows of the bot's answers."""
    key = "session_id || '/' || CAST(CAST(turn_no AS INTEGER) AS VARCHAR)"
    return lambda centre: (
        f"SELECT {key} AS row_key, session_id, {_of_session(centre)}, node, CAST({level} AS INTEGER) AS level FROM ({rows_of.utterances(centre)}) s"
    )


def _of_session(centre: Centre) -> str:
    """A session's ids, time and dimensions; the study's own name for a column stands instead where its facts reach the session."""
    reached = {"session_id", "contact_id"} <= set(centre.columns)
    theirs = {centre.study.dimension(name).column.rpartition(".")[2] for name in centre.dims} if reached else set()
    return ", ".join(["customer_id", "contact_id", '"at"', *(name for name in OF_BOT if name not in theirs)])


def call(level: str) -> Callable[[Centre], str]:
    """Rows of calls at the voice menu."""
    fields = 'call_id AS row_key, call_id, customer_id, contact_id, "at"'
    return lambda centre: (
        f"SELECT {fields}{rows_of.of_menu(centre)}, CAST({level} AS INTEGER) AS level FROM ({rows_of.calls(centre)}) s"
    )


def prompt(level: str) -> Callable[[Centre], str]:
    """Rows of prompts heard: a call at a node."""
    fields = "call_id || '/' || node AS row_key, call_id, customer_id, contact_id, \"at\", node"
    return lambda centre: (
        f"SELECT {fields}{rows_of.of_menu(centre)}, CAST({level} AS INTEGER) AS level FROM ({rows_of.prompts(centre)}) s WHERE entered = 1"
    )


def entries(machine: str) -> Callable[[Centre], str]:
    """Every session there is, by whatever received the customer first: 1 where it was this machine."""

    def rows(centre: Centre) -> str:
        parts, met = [], []
        if rows_of.has(centre, "ivr_paths", rows_of.PATHS, *PATH):
            fields = "call_id AS row_key, customer_id, \"at\", contact_id, 'forced' AS entry_kind"
            parts.append(f"SELECT {fields}, {int(machine == 'ivr')} AS level FROM ({rows_of.calls(centre)}) s")
            met.append(
                f"SELECT contact_id FROM ({rows_of.source(centre, 'ivr_paths', rows_of.PATHS)}) p WHERE contact_id IS NOT NULL"
            )
        if rows_of.has(centre, "bot_sessions", rows_of.SESSIONS, *SESSION):
            kind = "CASE WHEN entry = 'ivr' THEN 'forced' ELSE 'chosen' END AS entry_kind"
            fields = f'session_id AS row_key, customer_id, "at", CAST(NULL AS VARCHAR) AS contact_id, {kind}'
            parts.append(f"SELECT {fields}, {int(machine == 'bot')} AS level FROM ({rows_of.sessions(centre)}) s")
        other = f" WHERE contact_id NOT IN ({' UNION '.join(met)})" if met else ""
        customer = "customer_id" if "customer_id" in centre.columns else "CAST(NULL AS VARCHAR) AS customer_id"
        parts.append(
            f"SELECT row_key, {customer}, \"at\", contact_id, 'chosen' AS entry_kind, 0 AS level FROM ({centre.facts}) f{other}"
        )
        return " UNION ALL ".join(parts)

    return rows


def tasks(centre: Centre) -> str:
    """Rows of self-service tasks: 1 where the last step was reached."""
    fields = 'task_id AS row_key, call_id, customer_id, "at", task'
    return f"SELECT {fields}, completed AS level FROM ({rows_of.source(centre, 'self_service', rows_of.TASKS)}) s"


def words(centre: Centre) -> str:
    """Rows of transcribed utterances, each standing for its words: right ones, and wrong ones."""
    source = rows_of.source(centre, "asr_samples", rows_of.ASR)
    wrong = "CASE WHEN errors_n > words_n THEN words_n ELSE errors_n END"
    parts = (("right", 1, f"words_n - {wrong}"), ("wrong", 0, wrong))
    return " UNION ALL ".join(
        f"SELECT utterance_id || '/{name}' AS row_key, call_id, customer_id, node, \"at\", {level} AS level, CAST({times} AS INTEGER) AS times FROM ({source}) s"
        for name, level, times in parts
    )


def suggestions(centre: Centre) -> str:
    """Rows of suggestions shown to agents: 1 where it was used."""
    source = rows_of.source(centre, "assist_events", rows_of.ASSIST)
    return f'SELECT suggestion_id AS row_key, contact_id, agent_id, "at", used AS level FROM ({source}) s'


def ivr_journeys(hours: int) -> Callable[[Centre], str]:
    """Rows of calls, what follows an agent included: resolved where nobody came back in time; who gave up in the menu is not resolved."""

    def rows(centre: Centre) -> str:
        when = "started_at" if "started_at" in centre.columns else '"at"'
        over = f"COALESCE(ended_at, {when})" if "ended_at" in centre.columns else when
        spoke = (f"SELECT contact_id, {over} AS spoke_until, LEAD({when}) OVER (PARTITION BY customer_id ORDER BY {when}, contact_id) AS next_at "
                 f"FROM ({centre.facts}) f WHERE customer_id IS NOT NULL")  # fmt: skip
        level = (f"CASE WHEN NOT ({rows_of.mature(hours)}) OR lost = 1 THEN NULL WHEN outcome = 'abandoned' THEN 0 "
                 f"WHEN outcome = 'to_agent' THEN CASE WHEN contact_id IS NULL OR spoke_until IS NULL THEN NULL "
                 f"WHEN next_at IS NOT NULL AND next_at <= spoke_until + INTERVAL '{hours}' HOUR THEN 0 ELSE 1 END "
                 f"WHEN {rows_of.back(hours)} THEN 0 ELSE 1 END")  # fmt: skip
        joined = f"SELECT c.*, k.spoke_until, k.next_at FROM ({rows_of.calls(centre)}) c LEFT JOIN ({spoke}) k ON k.contact_id = c.contact_id"
        return f'SELECT call_id AS row_key, call_id, customer_id, contact_id, "at"{rows_of.of_menu(centre)}, CAST({level} AS INTEGER) AS level FROM ({joined}) s'

    return rows


def _row(kpi: str, id: str, needs, rows, *, unit: str = "session", better: str = "high", **more) -> Indicator:
    """A row of this table: owned by the centre that runs the machine, so no team or agent bears it."""
    dims = more.pop("dims", OF_BOT if unit in ("session", "hand_off") else ())
    return Indicator(kpi=kpi, id=id, group="intelligent", unit=unit, needs=needs, rows=rows, better=better, owner_level="centre", dims=dims,
                     source="DOMAIN 2.8", **more)  # fmt: skip


def _windowed(kpi: str, machine: str, needs, make: Callable[[int], Callable], **more) -> tuple[Indicator, ...]:
    """A row for each window; it is judged once the window is over."""
    end = "" if machine == "bot" else f"_{machine}"
    return tuple(_row(kpi, f"{hours}h{end}", needs, make(hours), mature_h=hours, **more) for hours in WINDOWS)


def _judged(hours: int, level: str, base: str = "is_valid = 1") -> str:
    return f"CASE WHEN {base} AND {rows_of.mature(hours)} THEN {level} END"


def _false(hours: int) -> Callable[[Centre], str]:
    return session(
        _judged(hours, f"CASE WHEN {rows_of.back(hours)} THEN 1 ELSE 0 END", "is_valid = 1 AND handoff_done = 0")
    )


def _true(hours: int) -> Callable[[Centre], str]:
    return session(_judged(hours, f"CASE WHEN handoff_done IS NULL THEN NULL WHEN handoff_done = 0 AND NOT {rows_of.back(hours)} THEN 1 ELSE 0 END"))  # fmt: skip


def _false_ivr(hours: int) -> Callable[[Centre], str]:
    return call(
        _judged(hours, f"CASE WHEN {rows_of.back(hours)} THEN 1 ELSE 0 END", "outcome = 'self_served' AND lost = 0")
    )


def _true_ivr(hours: int) -> Callable[[Centre], str]:
    return call(
        _judged(hours, f"CASE WHEN outcome = 'self_served' AND NOT {rows_of.back(hours)} THEN 1 ELSE 0 END", "lost = 0")
    )


LEFT = f"CASE WHEN COALESCE(node_kind, '') = '{rows_of.INFORMATION}' THEN NULL WHEN outcome = 'self_served' THEN 0 ELSE exited END"
BY_LAYER: dict[str, tuple[Indicator, ...]] = {
    "reach": (
        _row("bot_entry_share", "ivr", {"facts": ("contact_id", "agent_id", "at"), "ivr_paths": (*PATH, "contact_id")}, entries("ivr"), dims=("entry_kind",)),
        _row("bot_entry_share", "bot", {"facts": ("contact_id", "agent_id", "at"), "bot_sessions": SESSION}, entries("bot"), dims=("entry_kind",)),
        _row("valid_session_rate", "bot", TURNS, session("is_valid")),
        _row("instant_human_rate", "bot", TURNS, session("is_instant"), better="low"),
    ),
    "understanding": (
        _row("intent_accuracy", "labelled", {"bot_sessions": (*SESSION, "intent_true", "intent_pred")},
             session("CASE WHEN intent_true IS NOT NULL THEN CASE WHEN intent_true = intent_pred THEN 1 ELSE 0 END END")),
        _row("recognition_rate", "utterance", {**TURNS, "bot_turns": (*TURN, "is_fallback")}, answer("CASE WHEN is_valid = 1 THEN 1 - is_fallback END"),
             unit="utterance", dims=(*OF_BOT, "node")),
        _row("recognition_rate", "session", {"bot_sessions": (*SESSION, "recognised")}, session("CASE WHEN is_valid = 1 THEN recognised END")),
        _row("no_match_rate", "ivr", {"ivr_paths": (*PATH, "node", "event")}, prompt("no_match"), unit="prompt", better="low", dims=OF_NODE),
        _row("no_input_rate", "ivr", {"ivr_paths": (*PATH, "node", "event")}, prompt("no_input"), unit="prompt", better="low", dims=OF_NODE),
        _row("word_accuracy", "sample", {"asr_samples": ("utterance_id", "at", "words_n", "errors_n")}, words, unit="word", cluster="call_id", dims=("node",)),
    ),
    "dialogue": (
        _row("turns_to_solve", "mean", {"bot_sessions": (*SESSION, "handoff_done", "next_contact_at", "turns")},
             session(_judged(24, f"CASE WHEN NOT {rows_of.back(24)} THEN turns END", "is_valid = 1 AND handoff_done = 0")),
             better="low", measure="mean", measured_in="turns", mature_h=24),
        _row("rephrase_rate", "session", {**TURNS, "bot_turns": (*TURN, "rephrase")}, session("CASE WHEN is_valid = 1 THEN is_rephrased END"), better="low"),
        _row("node_exit_rate", "ivr", {"ivr_paths": (*PATH, "node", "event")}, prompt(LEFT),
             unit="prompt", better="low", dims=OF_NODE),
        _row("menu_depth", "ivr", {"ivr_paths": (*PATH, "level")}, call("CASE WHEN outcome <> 'abandoned' THEN depth END"), unit="call",
             better="low", measure="mean", measured_in="menu_levels"),
        _row("misroute_rate", "ivr", {"ivr_paths": (*PATH, "misrouted")}, call("CASE WHEN outcome = 'to_agent' THEN misrouted END"), unit="call", better="low"),
    ),
    "outcome": (
        _row("containment_rate", "bot", BOT, session("CASE WHEN is_valid = 1 THEN 1 - handoff_done END")),
        _row("containment_rate", "ivr", CALLS, call("CASE WHEN outcome = 'self_served' THEN 1 ELSE 0 END"), unit="call"),
        _row("transfer_to_human_rate", "requested", {"bot_sessions": (*SESSION, "handoff_requested")}, session("handoff_requested"), better="low"),
        _row("transfer_to_human_rate", "fulfilled", BOT, session("handoff_done"), better="low"),
        _row("transfer_to_human_rate", "blocked", {"bot_sessions": (*SESSION, "handoff_requested", "handoff_done")},
             session("CASE WHEN handoff_requested = 1 AND handoff_done = 0 THEN 1 WHEN handoff_requested IS NOT NULL THEN 0 END"), better="low"),
        _row("transfer_to_human_rate", "ivr", CALLS, call("CASE WHEN outcome = 'to_agent' THEN 1 ELSE 0 END"), unit="call", better="low"),
        _row("self_service_completion", "self_service", {"self_service": ("task_id", "at", "completed")}, tasks, unit="task", dims=("task",)),
        _row("intelligent_resolution_rate", "bot", {"bot_sessions": (*SESSION, "stated_solved")}, session("stated_solved")),
        *_windowed("true_resolution_rate", "bot", BOTH, _true),
        *_windowed("true_resolution_rate", "ivr", LATER, _true_ivr, unit="call"),
        *_windowed("false_containment", "bot", BOTH, _false, better="low"),
        *_windowed("false_containment", "ivr", LATER, _false_ivr, unit="call", better="low"),
        *_windowed("journey_resolution_rate", "bot", BACK, lambda hours: session(_judged(hours, f"CASE WHEN {rows_of.back(hours)} THEN 0 ELSE 1 END"))),
        *_windowed("journey_resolution_rate", "ivr", {**LATER, "facts": ("contact_id", "customer_id", "at")}, ivr_journeys, unit="call"),
        *_windowed("repeat_contact", "bot", BACK, lambda hours: session(_judged(hours, f"CASE WHEN {rows_of.back(hours)} THEN 1 ELSE 0 END", "TRUE")), better="low"),
    ),
    "cooperation": (
        _row("context_passed_rate", "handoff", {"bot_sessions": (*SESSION, "handoff_done", "context_passed")},
             session("CASE WHEN handoff_done = 1 THEN context_passed END"), unit="hand_off"),
        _row("reask_rate", "handoff", {"bot_sessions": (*SESSION, "handoff_done", "reasked")}, session("CASE WHEN handoff_done = 1 THEN reasked END"),
             unit="hand_off", better="low"),
        _row("assist_adoption", "used", {"assist_events": ("suggestion_id", "at", "used")}, suggestions, unit="suggestion"),
    ),
}  # fmt: skip
INDICATORS: tuple[Indicator, ...] = tuple(row for rows in BY_LAYER.values() for row in rows)
HEADLINE = "journey_resolution_rate"
