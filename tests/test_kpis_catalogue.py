"""The catalogue of KPIs: complete cards in both languages, nothing twice, and `ccsat kpis`."""

import json
import re

import pytest
import typer
from kpis_made import made_centre
from typer.testing import CliRunner

from ccsat.calibers import CALIBERS, Caliber
from ccsat.errors import CaliberError
from ccsat.kpis import card_of, catalogue, find_kpi
from ccsat.kpis.cards import Card
from ccsat.kpis.catalogue import AREAS, GROUPS, find_rows, group_of, is_rating
from ccsat.kpis.indicator import Indicator
from ccsat.kpis.words import card_part
from ccsat.kpis_cli import kpis
from ccsat.wording import LANGUAGES, has, speaking, text

ROWS = catalogue()
KEYS = list(ROWS)
MINE = ("access", "workforce", "quality", "satisfaction", "tickets", "knowledge", "word_of_mouth", "customers")
CHINESE = re.compile(r"[\u4e00-\u9fff]")


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("key", KEYS)
def test_every_caliber_has_a_whole_card(key, lang):
    row = ROWS[key]
    with speaking(lang):
        card = card_of(row)
        page, line = card.page(), card.line()
    for part in ("name", "caliber", "formula", "unit", "measured_in", "direction", "owner", "source"):
        assert getattr(card, part), f"{key} has no {part}"
    assert has(f"term.{row.kpi}"), f"{row.kpi} has no name in the glossary"
    assert has(f"caliber.{key}"), f"{key} has no line"
    assert card_part(row, "formula"), f"{key} has no formula"
    assert (card.key in page) and (card.key in line) and card.needs
    if lang == "zh":
        assert all(
            CHINESE.search(one) for one in (card.name, card.caliber, card.formula, card.direction, card.owner)
        ), f"{key} is not in Chinese"
    else:
        assert not CHINESE.search(page), f"{key} has Chinese words in English"


def test_no_key_stands_twice_and_no_kpi_has_two_homes():
    """Each area's rows are its own, no row hides a rating's, and a KPI is of one group and one direction."""
    from importlib import import_module
    from importlib.util import find_spec

    rows = [
        row
        for area in AREAS
        if find_spec(f"ccsat.kpis.{area}")
        for row in import_module(f"ccsat.kpis.{area}").INDICATORS
    ]
    keys = [row.key for row in rows]
    assert (
        len(keys) == len(set(keys))
        and not set(keys) & set(CALIBERS)
        and not [row.key for row in rows if is_rating(row.kpi)]
    )
    for kpi in {row.kpi for row in ROWS.values()}:
        same = [row for row in ROWS.values() if row.kpi == kpi]
        assert len({group_of(row) for row in same}) == 1 and len({row.better for row in same}) == 1, kpi


def test_every_metric_of_the_text_is_there():
    """DOMAIN 2.2 to 2.7, 2.11 and 2.14, as far as they are this catalogue's own."""
    wanted = {
        "connect_rate": 3, "abandon_rate": 1, "service_level": 6, "asa": 1, "ring_time": 1, "aht": 1, "acw": 1, "calls_per_agent_day": 1, "transfer_rate": 1,
        "occupancy": 2, "staff_utilisation": 3, "work_hour_utilisation": 2, "call_utilisation": 2, "login_rate": 2, "not_ready_rate": 2, "schedule_adherence": 1,
        "scheduling_efficiency": 2, "attrition_rate": 1, "new_employee_share": 2, "critical_error_accuracy": 4, "quality_pass_rate": 1, "noncritical_errors": 1,
        "touchpoint_satisfaction": 8, "participation_rate": 3, "push_rate": 1, "nps": 1, "first_reply_on_time": 1, "resolution_on_time": 1, "ticket_return_rate": 1,
        "chasing_rate": 1, "false_closure_rate": 1, "information_complete_rate": 1, "stale_knowledge_rate": 1, "stale_hit_rate": 1, "knowledge_miss_rate": 1,
        "knowledge_improvement_rate": 1, "detraction_rate": 2, "recommendation_index": 1, "churn_rate": 1, "data_completeness": 1,
    }  # fmt: skip
    counts = {kpi: sum(row.kpi == kpi for row in ROWS.values()) for kpi in wanted}
    assert {kpi: counts[kpi] for kpi in wanted if counts[kpi] < wanted[kpi]} == {}


def test_the_catalogue_stands_by_groups():
    order = [GROUPS.index(group_of(row)) for row in ROWS.values()]
    assert order == sorted(order) and {group_of(row) for row in ROWS.values()} <= set(GROUPS)


def test_directions_bands_and_owners_are_whole():
    for row in ROWS.values():
        if isinstance(row, Caliber):
            continue
        assert row.better in ("high", "low", "band") and (row.better == "band") == (row.band is not None), row.key
        assert row.owner_level in ("company", "centre", "site", "team", "agent") and row.source, row.key
        assert row.measure in ("rate", "mean", "raw") and (row.measure != "raw" or row.values), row.key
    levels = {row.key: row.owner_level for row in ROWS.values() if isinstance(row, Indicator)}
    assert {
        levels["connect_rate/agent_requested"],
        levels["abandon_rate/agent_requested"],
        levels["service_level/sl_offered_20s"],
    } == {"centre"}  # D18


def test_parameters_in_the_id_make_a_caliber():
    row = find_kpi("service_level", "sl_ex_short_12s")
    assert row.key == "service_level/sl_ex_short_12s" and "answered_12s" in row.needs["intervals"]
    for lang in LANGUAGES:
        with speaking(lang):
            assert "sl_ex_short_12s" in card_of(row).caliber
    assert find_kpi("service_level").id == "sl_offered_20s"  # the default
    for id in ("sl_offered_0s", "sl_offered_99999s", "sl_offered_20", "sl_other_20s"):
        with pytest.raises(CaliberError, match="sl_offered_20s"):
            find_kpi("service_level", id)


def test_names_are_found_with_and_without_caliber():
    assert [row.id for row in find_rows("detraction_rate")] == ["nps_0_6", "of_ratings"]
    assert [row.key for row in find_rows("satisfaction_rate/t10_8")] == ["satisfaction_rate/t10_8"]
    with pytest.raises(CaliberError, match="service_level"):
        find_rows("servicelevel")
    with pytest.raises(CaliberError, match="five_level"):
        find_rows("satisfaction_rate/nonsense")


# The command line -------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def run():
    app = typer.Typer(add_completion=False, rich_markup_mode=None)
    app.command("kpis", help=text("cli_kpis.help"), epilog=text("cli_kpis.example"))(kpis)
    return lambda *words: CliRunner().invoke(app, list(words))


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_list_says_everything_once(run, lang):
    said = run("--lang", lang)
    assert (
        said.exit_code == 0
        and all(said.output.count(f"[{key}]") == 1 for key in KEYS)
        and str(len(KEYS)) in said.output.splitlines()[-1]
    )
    some = run("--lang", lang, "--group", "access")
    assert "[asa/queue_wait]" in some.output and "[occupancy" not in some.output


def test_help_has_an_example(run):
    said = run("--help")
    assert said.exit_code == 0 and "ccsat kpis" in said.output and "--study" in said.output


def test_one_card_in_full(run):
    said = run("--lang", "en", "--kpi", "occupancy")
    assert (
        said.exit_code == 0
        and "75%" in said.output
        and "agent_days" in said.output
        and 'kpi = "occupancy", caliber = "all_logged_in"' in said.output
    )


def test_json_has_the_whole_card(run):
    said = run("--lang", "en", "--group", "quality", "--json")
    found = json.loads(said.output)
    assert {one["key"] for one in found} == {key for key, row in ROWS.items() if group_of(row) == "quality"}
    assert set(found[0]) == set(Card.__dataclass_fields__) and found[0]["missing"] is None


def test_a_study_says_what_its_data_allow(run, tmp_path):
    made_centre(tmp_path)
    study = str(tmp_path / "study.toml")
    said = run("--lang", "en", "--study", study, "--kpi", "asa")
    assert said.exit_code == 0 and "missing" in said.output and "queue_wait_s" in said.output
    found = {one["key"]: one["missing"] for one in json.loads(run("--lang", "en", "--study", study, "--json").output)}
    assert (
        found["satisfaction_rate/five_level"] == []
        and found["satisfaction_rate/three_level"]
        and found["touchpoint_satisfaction/online_human"] == []
    )
    assert found["service_level/sl_offered_20s"] == ["the table intervals"] and len(found) == len(KEYS)
    listed = run("--lang", "en", "--study", study)
    assert f"allow {sum(not one for one in found.values())}" in listed.output


@pytest.mark.parametrize(("words", "says"), [(("--group", "acces"), "access"), (("--kpi", "azz"), "ccsat kpis")])
def test_a_wrong_name_is_one_message(run, words, says):
    failed = run("--lang", "en", *words)
    assert failed.exit_code != 0 and says in str(failed.exception)
