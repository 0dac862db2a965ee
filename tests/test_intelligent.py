"""Intelligent service on made-up sessions and calls: every edge case of DOMAIN 2.8, funnels that close, and words in both languages."""

from functools import cache

import pandas as pd
import pytest

from ccsat.centre import read_centre
from ccsat.engine import DuckEngine
from ccsat.errors import DataError, StudyError
from ccsat.intake import Table
from ccsat.kpis.intelligent import BY_LAYER, INDICATORS, LAYERS
from ccsat.touchpoints import handoff, indicators, ivr, journey, textbot
from ccsat.wording import LANGUAGES, catalogue, speaking

WEEK, BEFORE = "2025-05-05/2025-05-11", "2025-04-28/2025-05-04"
DAYS = {"now": "2025-05-06", "then": "2025-04-29"}


def session(id, **more):
    """A bot session of the current week that nothing happened to."""
    base = {"session_id": id, "customer_id": f"u_{id}", "started_at": f"{DAYS['now']} 10:00:00", "entry": "app", "intent_true": "", "intent_pred": "bill", "recognised": 1,
            "fallback_n": 0, "turns": 3, "latency_ms": 500, "handoff_requested": 0, "handoff_done": 0, "handoff_wait_s": "", "context_passed": "", "reasked": "",
            "stated_solved": "", "next_contact_at": ""}  # fmt: skip
    return base | more


def said(id, *turns):
    """The turns of a session: (intent or "", the bot's node, whether said again)."""
    for number, (intent, node, again) in enumerate(turns, 1):
        yield {
            "session_id": id,
            "turn_no": number,
            "speaker": "customer",
            "node": "answer",
            "intent_pred": intent,
            "is_fallback": 0,
            "rephrase": int(again),
        }
        yield {"session_id": id, "turn_no": number, "speaker": "bot", "node": node, "intent_pred": "", "is_fallback": int(node == "fallback"), "rephrase": 0}  # fmt: skip


def bot_centre(folder, sessions, turns=None, complaints=None, columns=""):
    """A study of these sessions; every one has a thumb, so that the study has ratings."""
    rows = pd.DataFrame(sessions)
    rows.to_csv(folder / "sessions.csv", index=False)
    thumbs = pd.DataFrame({"survey_id": [f"v{k}" for k in range(len(rows))], "session_id": rows["session_id"], "contact_id": rows["session_id"],
                           "rating": [k % 2 for k in range(len(rows))]})  # fmt: skip
    thumbs.to_csv(folder / "thumbs.csv", index=False)
    extra = ""
    if turns is not None:
        pd.DataFrame(list(turns)).to_csv(folder / "turns.csv", index=False)
        extra += 'bot_turns = "turns.csv"\n'
    if complaints is not None:
        pd.DataFrame(complaints).to_csv(folder / "complaints.csv", index=False)
        extra += 'complaints = "complaints.csv"\n'
    (folder / "study.toml").write_text(
        f'[study]\nname = "bot"\n[data]\nsurveys = "thumbs.csv"\ncontacts = "sessions.csv"\nbot_sessions = "sessions.csv"\n{extra}'
        f'[columns]\ncontact_id = "session_id"\nat = "started_at"\n{columns}[scale]\nrating = "thumb"\n[dimensions]\nintent = "intent_pred"\n', encoding="utf-8",
    )  # fmt: skip
    return read_centre(folder)


@cache
def table_of(centre):
    return indicators.indicator_table(centre, WEEK)


def value(centre, key):
    """Value and n of an indicator in the week."""
    row = table_of(centre)[key]
    return round(float(row["value"]), 6), int(row["n"])


LAST = session("end", started_at="2025-05-12 00:00:00")  # the data go on past the week


def test_all_23_indicators_stand_in_five_layers():
    counted = {
        layer: {("rate" if row.kpi in ("no_match_rate", "no_input_rate") else row.kpi) for row in rows}
        for layer, rows in BY_LAYER.items()
    }
    assert [len(counted[layer]) for layer in LAYERS] == [3, 4, 5, 8, 3]
    assert len({row.key for row in INDICATORS}) == len(INDICATORS)


@pytest.mark.parametrize("row", INDICATORS, ids=lambda row: row.key)
def test_every_indicator_has_its_card(row):
    for key in (f"caliber.{row.key}", f"kpi_card.{row.kpi}.formula", f"term.{row.kpi}"):
        assert set(catalogue()[key]) >= set(LANGUAGES) and all(catalogue()[key][lang] for lang in LANGUAGES)
    assert row.owner_level == "centre" and row.source and row.group == "intelligent"


# Sessions -------------------------------------------------------------------------------------


def test_greetings_and_instant_requests_for_a_human_are_not_valid(tmp_path):
    rows = [
        session("a"),
        session("b"),
        session("c", handoff_requested=1, handoff_done=1),
        session("d", recognised=0),
        LAST,
    ]
    turns = [*said("a", ("bill", "answer", False)), *said("b", ("", "answer", False)), *said("c", ("human", "handoff", False)),
             *said("d", ("", "fallback", False), ("bill", "answer", True)), *said("end", ("bill", "answer", False))]  # fmt: skip
    centre = bot_centre(tmp_path, rows, turns)
    assert value(centre, "valid_session_rate/bot") == (0.5, 4)  # a and d: what fell back had content
    assert value(centre, "instant_human_rate/bot") == (0.25, 4)
    assert value(centre, "containment_rate/bot") == (1.0, 2)
    assert value(centre, "transfer_to_human_rate/requested") == (0.25, 4)  # of all sessions
    assert value(centre, "recognition_rate/session") == (0.5, 2)
    assert value(centre, "recognition_rate/utterance") == (round(2 / 3, 6), 3)
    assert value(centre, "rephrase_rate/session") == (0.5, 2)


def test_a_column_of_its_own_decides_what_is_valid(tmp_path):
    centre = bot_centre(tmp_path, [session("a", valid=1), session("b", valid=0), LAST | {"valid": 1}])
    table = indicators.indicator_table(centre, WEEK)
    assert table["containment_rate/bot"]["n"] == 1 and table["valid_session_rate/bot"]["lacks"] == "bot_turns"


def test_requested_and_fulfilled_transfers_differ_by_blocked_demand(tmp_path):
    asked = {"handoff_requested": 1}
    centre = bot_centre(
        tmp_path,
        [session("a"), session("b", **asked), session("c", **asked, handoff_done=1), session("d", **asked), LAST],
    )
    found = {id: value(centre, f"transfer_to_human_rate/{id}")[0] for id in ("requested", "fulfilled", "blocked")}
    assert found == {"requested": 0.75, "fulfilled": 0.25, "blocked": 0.5}


@pytest.fixture
def windows(tmp_path):
    """Back before 48 hours, on the dot, just after; back within a day; too young, though already back."""
    start, late = "2025-05-06 10:00:00", "2025-05-10 12:00:00"
    rows = [session("soon", next_contact_at="2025-05-06 20:00:00"), session("dot", next_contact_at="2025-05-08 10:00:00"),
            session("after", next_contact_at="2025-05-08 10:00:01"), session("never"), session("handed", handoff_requested=1, handoff_done=1),
            session("young", started_at=late, next_contact_at="2025-05-10 13:00:00"), session("edge", started_at="2025-05-10 00:00:00"),
            session("end", started_at="2025-05-12 00:00:00")]  # fmt: skip
    assert start == rows[0]["started_at"]
    return bot_centre(tmp_path, rows)


def test_windows_close_on_the_dot_and_young_sessions_are_not_judged(windows):
    # Judged: soon, dot, after, never, handed, and edge, which is exactly 48 hours old at the last moment of the data.
    assert value(windows, "journey_resolution_rate/48h") == (round(4 / 6, 6), 6)
    assert value(windows, "repeat_contact/48h") == (round(2 / 6, 6), 6)
    assert value(windows, "true_resolution_rate/48h") == (round(3 / 6, 6), 6)
    assert value(windows, "false_containment/48h") == (round(2 / 5, 6), 5)
    assert value(windows, "journey_resolution_rate/24h") == (
        round(5 / 7, 6),
        7,
    )  # young is a day old by then, and was back


def test_a_complaint_on_the_session_counts_as_back(tmp_path):
    rows = [session("a"), session("b", next_contact_at="2025-05-09 10:00:00"), LAST]
    centre = bot_centre(
        tmp_path,
        rows,
        complaints=[
            {"session_id": "a", "filed_at": "2025-05-07 09:00:00"},
            {"session_id": "b", "filed_at": "2025-05-11 09:00:00"},
        ],
    )
    assert value(centre, "journey_resolution_rate/48h") == (0.5, 2)
    assert value(centre, "true_resolution_rate/24h") == (0.5, 2)


def test_turns_leave_out_sessions_that_were_handed_off_or_came_back(tmp_path):
    rows = [
        session("a", turns=2),
        session("b", turns=4),
        session("c", turns=9),
        session("d", turns=9, handoff_done=1),
        session("e", turns=9, next_contact_at="2025-05-06 12:00:00"),
        LAST,
    ]
    row = indicators.indicator_table(bot_centre(tmp_path, rows), WEEK)["turns_to_solve/mean"]
    assert (row["value"], row["median"], row["n"]) == (5.0, 4.0, 3)


def test_hand_off_flags_count_among_hand_offs_only(tmp_path):
    handed = {"handoff_requested": 1, "handoff_done": 1}
    rows = [session("a", **handed, context_passed=1, reasked=0), session("b", **handed, context_passed=0, reasked=1), session("c", **handed, context_passed=1, reasked=1),
            session("d", **handed), session("e", context_passed="", reasked=""), LAST]  # fmt: skip
    centre = bot_centre(tmp_path, rows)
    assert value(centre, "context_passed_rate/handoff") == (round(2 / 3, 6), 3)  # what was not recorded is not counted
    assert value(centre, "reask_rate/handoff") == (round(2 / 3, 6), 3)
    funnel = handoff.handoff_funnel(centre, WEEK)
    assert funnel.table["n"].tolist() == [4, 4, 2, 1, 1]
    assert funnel.caveats[0] == ("caveat.handoff_unknown", {"n": 1, "of": 4})
    assert funnel.largest_loss == "context_passed" and funnel.fallen_most is None


def test_labelled_sessions_give_accuracy_and_what_is_taken_for_what(tmp_path):
    rows = [
        session("a", intent_true="bill"),
        session("b", intent_true="plan"),
        session("c", intent_true="plan"),
        session("d", intent_true="plan", intent_pred="plan"),
        session("e"),
        LAST,
    ]
    centre = bot_centre(tmp_path, rows)
    assert value(centre, "intent_accuracy/labelled") == (0.5, 4)
    found = textbot.confusion(centre, WEEK).table.set_index("intent")
    assert found.loc["plan", ["recall", "n", "taken_for"]].tolist() == [pytest.approx(1 / 3), 3, "bill"]
    assert found.loc["bill", ["precision", "n_taken"]].tolist() == [pytest.approx(1 / 3), 3]


def test_the_journeys_ledger_closes_and_says_what_is_too_young(tmp_path):
    then = {"started_at": f"{DAYS['then']} 10:00:00"}
    rows = [*(session(f"o{k}", **then) for k in range(40)), *(session(f"p{k}", **then, handoff_requested=1, handoff_done=1, next_contact_at="2025-04-29 20:00:00") for k in range(20)),
            *(session(f"n{k}", next_contact_at="2025-05-06 20:00:00" if k % 4 == 0 else "") for k in range(40)),
            *(session(f"q{k}", handoff_requested=1, next_contact_at="2025-05-07 20:00:00") for k in range(10)),
            *(session(f"y{k}", started_at="2025-05-11 22:00:00") for k in range(5)), LAST]  # fmt: skip
    found = journey.journey_account(bot_centre(tmp_path, rows), WEEK, BEFORE)
    assert found.total == pytest.approx(30 / 50 - 40 / 60) and (found.n, found.n_baseline, found.immature) == (
        50,
        60,
        5,
    )
    assert found.table["points"].sum() == pytest.approx(found.total, abs=1e-12)
    assert found.naive > found.value


def test_two_weeks_are_compared_by_words(tmp_path):
    rows = [
        *(session(f"n{k}", handoff_done=int(k < 5)) for k in range(60)),
        *(session(f"o{k}", started_at=f"{DAYS['then']} 09:00:00", handoff_done=int(k < 30)) for k in range(60)),
        LAST,
    ]
    table = indicators.indicator_table(bot_centre(tmp_path, rows), WEEK, "before")
    row = table["containment_rate/bot"]
    assert row["change"] == pytest.approx(25 / 60) and row["moved"] == "better" and row["change_lower"] > 0.2
    assert (table.current, table.baseline) == (WEEK, BEFORE)


def test_customers_with_many_sessions_widen_the_interval(tmp_path):
    rows = [session(f"s{k}", customer_id=f"u{k // 10}", handoff_done=int(k // 10 % 2)) for k in range(200)]
    row = indicators.indicator_table(bot_centre(tmp_path, [*rows, LAST]), WEEK)["containment_rate/bot"]
    assert row["n"] == 200 and row["upper"] - row["lower"] > 0.35  # twenty customers, not two hundred


def test_a_period_is_needed(tmp_path):
    centre = bot_centre(tmp_path, [session("a"), session("b"), LAST])
    with pytest.raises(StudyError, match=r"period|时间"):
        indicators.indicator_table(centre)
    with pytest.raises(DataError, match="ivr_paths"):
        ivr.node_funnel(centre, WEEK)
    with pytest.raises(DataError):
        journey.journey_account(centre, WEEK)


# Calls ----------------------------------------------------------------------------------------


def call(id, outcome, *events, contact="", later="", misrouted=0, start="2025-05-06 10:00:00", kinds=None):
    """A call: (node, level, event[, key]) in order, ten seconds apart."""
    at = pd.Timestamp(start)
    for k, (node, level, event, *key) in enumerate(events):
        yield {"call_id": id, "customer_id": f"u_{id}", "at": at + pd.Timedelta(seconds=10 * k), "menu_version": "v1", "node": node, "node_kind": (kinds or {}).get(node, "menu"),
               "level": level, "event": event, "key": key[0] if key else "", "seconds": 5, "outcome": outcome, "misrouted": misrouted, "contact_id": contact,
               "later_contact_id": later}  # fmt: skip


CALLS = [
    *call("served", "self_served", ("main", 1, "enter"), ("main", 1, "press", "1"), ("task", 2, "enter"), ("task", 2, "exit")),
    *call("left", "abandoned", ("main", 1, "enter"), ("main", 1, "no_input"), ("main", 1, "exit")),
    *call("agent", "to_agent", ("main", 1, "enter"), ("main", 1, "no_match"), ("main", 1, "press", "0"), ("main", 1, "to_agent"), contact="c1", misrouted=1),
    *call("again", "self_served", ("main", 1, "enter"), ("main", 1, "press", "1"), ("task", 2, "enter"), later="c2"),
    *call("info", "abandoned", ("main", 1, "enter"), ("main", 1, "press", "2"), ("hours", 2, "enter"), ("hours", 2, "exit")),
    *call("lost", "self_served", ("main", 1, "enter"), later="gone"),
]  # fmt: skip


@pytest.fixture(scope="module")
def menu(tmp_path_factory):
    folder = tmp_path_factory.mktemp("menu")
    pd.DataFrame(CALLS).assign(node_kind=lambda t: t["node"].map({"hours": "information"}).fillna("menu")).to_csv(
        folder / "paths.csv", index=False
    )
    pd.DataFrame(
        {
            "task_id": ["t1", "t2", "t3"],
            "call_id": ["served", "again", "left"],
            "at": "2025-05-06 10:01:00",
            "task": "bill",
            "completed": [1, 1, 0],
        }
    ).to_csv(folder / "tasks.csv", index=False)
    pd.DataFrame({"contact_id": ["c1", "c2", "c3", "c4"], "customer_id": ["u_agent", "u_again", "u_x", "u_y"], "agent_id": ["a1", "a2", "a1", "a2"], "channel": ["phone", "phone", "online", "online"],
                  "started_at": ["2025-05-06 10:02:00", "2025-05-06 20:00:00", "2025-05-07 10:00:00", "2025-05-20 10:00:00"], "rating": [1, 2, 5, 4]}).to_csv(folder / "contacts.csv", index=False)  # fmt: skip
    (folder / "study.toml").write_text(
        '[study]\nname = "menu"\n[data]\ncontacts = "contacts.csv"\nivr_paths = "paths.csv"\nself_service = "tasks.csv"\n'
        '[columns]\nat = "started_at"\n[scale]\nrating = "five"\n[dimensions]\nchannel = "channel"\n', encoding="utf-8")  # fmt: skip
    return read_centre(folder)


@pytest.mark.parametrize(
    ("key", "expected"),
    {
        "containment_rate/ivr": (3 / 6, 6),
        "transfer_to_human_rate/ivr": (1 / 6, 6),
        "no_input_rate/ivr": (1 / 9, 9),
        "no_match_rate/ivr": (1 / 9, 9),
        "node_exit_rate/ivr": (1 / 8, 8),  # the self-served exit is none, the information node does not count
        "menu_depth/ivr": (6 / 4, 4),  # given up: left, info
        "misroute_rate/ivr": (1.0, 1),
        "self_service_completion/self_service": (2 / 3, 3),
        "true_resolution_rate/24h_ivr": (1 / 5, 5),  # "lost" names a contact that the data do not hold
        "false_containment/24h_ivr": (1 / 2, 2),
        "journey_resolution_rate/24h_ivr": (2 / 5, 5),  # served, agent; given up or back is unresolved
        "bot_entry_share/ivr": (6 / 8, 8),  # c2 and c3 began with a human; c1 came by the menu, c4 is later
    }.items(),
)
def test_edge_cases_of_the_menu(menu, key, expected):
    assert value(menu, key) == (round(expected[0], 6), expected[1])


class Beside:
    """A centre of one table beside the facts, which no study can name yet."""

    def __init__(self, frame):
        self.engine = DuckEngine()
        self.frame = frame

    def beside(self, table, kinds):
        name = self.engine.register("beside_rows", self.frame)
        return Table(f"SELECT * FROM {name}", {one: None for one in self.frame.columns}, len(self.frame))


def rows_of(key, frame):
    """An indicator's rows on such a centre."""
    centre = Beside(frame)
    row = next(one for one in INDICATORS if one.key == key)
    return centre.engine.query(row.rows(centre))


def test_words_weigh_and_an_utterance_cannot_have_more_errors_than_words():
    frame = pd.DataFrame(
        {
            "utterance_id": ["x", "y"],
            "call_id": ["a", "b"],
            "at": pd.Timestamp("2025-05-06"),
            "words_n": [90.0, 10.0],
            "errors_n": [9.0, 12.0],
        }
    )
    found = rows_of("word_accuracy/sample", frame)
    assert (found["level"] * found["times"]).sum() == 81 and found["times"].sum() == 100


def test_suggestions_used_of_those_shown():
    frame = pd.DataFrame(
        {
            "suggestion_id": list("abcd"),
            "contact_id": "c",
            "agent_id": "g",
            "at": pd.Timestamp("2025-05-06"),
            "used": [1, 0, 0, 0],
        }
    )
    assert rows_of("assist_adoption/used", frame)["level"].mean() == 0.25


def test_what_happens_at_a_node_adds_up(menu):
    found = ivr.node_funnel(menu, WEEK)
    table = found.table.set_index("node")
    assert (table[["exited", "to_agent", "served", "went_on"]].sum(axis=1) == table["n"]).all()
    assert table.loc["main", ["n", "exited", "to_agent", "went_on"]].tolist() == [6, 1, 1, 3]
    assert bool(table.loc["hours", "informs"]) and found.calls == 6 and found.zero_presses == pytest.approx(1 / 6)


def test_a_node_that_informs_is_no_failing_prompt(menu):
    table = ivr.worst_prompts(menu, WEEK).table
    assert "hours" not in set(table.loc[table["failure"] == "exited", "node"])
    assert "hours" in set(table.loc[table["failure"] == "no_input", "node"])


def test_strategy_says_who_goes_where(menu):
    table = ivr.routing(menu, "first_key", WEEK).table.set_index(["by", "outcome"])
    assert table.loc[("0", "to_agent"), "value"] == 1.0 and table.loc[("1", "self_served"), "value"] == 1.0
    with pytest.raises(DataError, match="nothing"):
        ivr.routing(menu, "nothing", WEEK)


def test_every_answer_speaks_both_languages(menu, windows):
    answers = [ivr.node_funnel(menu, WEEK), ivr.worst_prompts(menu, WEEK), ivr.routing(menu, "first_key", WEEK), table_of(menu),
               table_of(windows), textbot.handoff_rule(windows, WEEK, "before")]  # fmt: skip
    for answer in answers:
        words = set()
        for lang in LANGUAGES:
            with speaking(lang):
                words.add(answer.sentence())
                assert all(has_words(key, values) for key, values in answer.caveats)
        assert len(words) == 2 and not any("{" in one for one in words)


def has_words(key, values):
    from ccsat.wording import text

    return bool(text(key, **values))
