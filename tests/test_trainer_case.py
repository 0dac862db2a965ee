"""A trainer's own case: what is measured, what may be published, and what its file and name give away."""

import csv

import pandas as pd
import pytest
import typer
from typer.testing import CliRunner

from ccsat import trainer_cli, worlds
from ccsat.cells import ask
from ccsat.deductions import reason_label
from ccsat.errors import CcsatError, StudyError
from ccsat.wording import LANGUAGES, speaking
from ccsat.workshop import case_file, case_maker
from ccsat.workshop.case_maker import CaseError, Share, Trial, Try, try_case
from ccsat.workshop.naive import READERS, Reading, is_same, naive_readings
from ccsat.workshop.sealed import seal, unseal

SEED = 104


@pytest.fixture(autouse=True)
def english():
    with speaking("en"):
        yield


def command():
    app = typer.Typer()
    app.callback()(lambda: None)
    trainer_cli.add_to(app)
    return app


def row(seed, *, dealt=True, rank=1, **misled):
    readings = tuple(Reading(reader, "x = 1", misled.get(reader, 0.0)) for reader in READERS)
    return Try(seed, dealt, rank, "x = 1", readings, False)


def trial(*rows, options="strength:1.2,cell:biz_l2=overage"):
    return Trial("S03", options, tuple(rows))


GOOD = trial(*(row(seed, lowest=1.0) for seed in range(10)))
HIDDEN = trial(*(row(seed, rank=1 if seed < 5 else None) for seed in range(10)))
WEAK = trial(*(row(seed, dealt=seed < 4) for seed in range(10)))


# What is measured ----------------------------------------------------------------------------


def test_shares_carry_their_interval_and_count():
    share = Share(8, 10)
    low, high = share.interval
    assert (share.value, share.n) == (0.8, 10)
    assert (round(low, 3), round(high, 3)) == (0.490, 0.943)  # Wilson, by hand
    assert str(share) == "80% (49% to 94%, 10 worlds)"


@pytest.mark.parametrize(
    ("tried", "findable"), [(GOOD, True), (HIDDEN, False), (WEAK, False), (trial(row(1, dealt=False)), False)]
)
def test_a_case_is_findable_when_the_cell_comes_first_where_teams_get_it(tried, findable):
    assert tried.findable is findable


def test_worlds_too_small_to_be_dealt_do_not_count_against_the_case():
    tried = trial(*(row(seed) for seed in range(8)), row(8, dealt=False, rank=None), row(9, dealt=False, rank=None))
    assert (tried.first.hits, tried.first.n, tried.findable) == (8, 8, True)


def test_a_case_tempts_when_one_reading_leads_astray_in_half_of_the_worlds():
    assert GOOD.tempting and GOOD.misled("lowest").value == 1
    assert not trial(*(row(seed, lowest=float(seed < 4)) for seed in range(10))).tempting
    assert "hurried reader is right too" in trial(row(1)).verdict()


def test_a_reading_that_does_not_arise_is_left_out():
    tried = trial(row(1, largest_fall=None), row(2, largest_fall=1.0))
    assert (tried.misled("largest_fall").hits, tried.misled("largest_fall").n) == (1.0, 1)


def test_naive_readers_on_a_world_where_we_know_better():
    """Each reading against a count of our own."""
    world = worlds.make("S03", rng=SEED, vary=True)
    asked, where = ask(world.centre, world.question), world.truth["cells"][0]["where"]
    said = {one.reader: one for one in naive_readings(world.centre, asked, world.truth)}
    assert list(said) == list(READERS)
    surveys, contacts = (
        world.tables["surveys"].dropna(subset=["rating"]).drop_duplicates("survey_id"),
        world.tables["contacts"],
    )
    first, last = (str(part) for part in world.truth["windows"]["current"].split("/"))
    rated = surveys.merge(contacts[["contact_id", "started_at", "biz_l2"]], on="contact_id")
    now = rated[rated["started_at"].between(first, f"{last} 23:59:59")]
    bad = now[now["rating"].astype(int) < 4].groupby("biz_l2").size()
    assert said["most_bad"].picked == f"biz_l2 = {bad.idxmax()}"
    assert said["most_bad"].misled == float(bad.idxmax() != where["biz_l2"])
    named = world.tables["survey_reasons"]["reason_code"].value_counts().index[0]
    assert said["most_named"].picked == reason_label(world.centre, named)
    start = pd.Timestamp(first)
    nearest = world.centre.changes.assign(apart=(world.centre.changes["at"].dt.normalize() - start).abs()).sort_values(
        "apart"
    )
    assert said["nearest_change"].picked.split(", ")[0] in set(
        nearest.loc[nearest["apart"] == nearest["apart"].iloc[0], "change_id"]
    )


def test_the_same_contacts_are_the_same_cell_however_they_are_named():
    centre = worlds.make("S03", rng=SEED, vary=True).centre
    line = {"biz_l2": "overage"}
    assert is_same(centre, line, {"biz_l2": "overage", "biz_l1": "billing_dispute"})
    assert not is_same(centre, line, {"biz_l1": "billing_dispute"})
    assert not is_same(centre, line, {"biz_l2": "vas_charge"})


def test_one_world_is_tried_as_teams_get_it():
    seen = []
    tried = try_case("s03_charging", seeds=[SEED], progress=lambda *said: seen.append(said))
    truth = worlds.make("S03", rng=SEED, vary=True).truth
    assert (tried.world, tried.options, len(tried.tries)) == ("S03", "", 1)
    assert (tried.tries[0].dealt, tried.tries[0].rank) == (truth["findable"], 1)
    assert seen == [(1, 1, "biz_l2 = overage")]


@pytest.mark.slow
def test_a_case_without_an_effect_cannot_be_found():
    """The message job switched off hardly matters at a twentieth of its strength: most worlds are too small to be dealt."""
    tried = try_case("S04", strength=0.05, seeds=[104, 105])
    assert not tried.findable


@pytest.mark.slow
def test_where_no_cell_may_be_named_the_verdict_counts():
    tried = try_case("S10", seeds=[SEED])
    assert tried.tries[0].stops and tried.tries[0].rank == 1
    assert tried.misled("lowest").n == 0
    assert "verdict of the first stage" in repr(tried)


# Publishing ----------------------------------------------------------------------------------


def test_a_published_case_reads_back_and_says_what_was_measured(tmp_path):
    file = case_file.publish(GOOD, tmp_path / "case")
    sheet = case_file.read_case(file)
    assert (sheet.world, sheet.options, sheet.published_anyway) == ("S03", GOOD.options, False)
    assert case_file.read_case(file.parent) == sheet
    words = file.read_text(encoding="utf-8")
    assert "first = { share = 1.0, lower = 0.72" in words
    assert "只给讲师用" in words and "the trainer's" in words
    rows = list(csv.DictReader((tmp_path / "case/seeds.csv").open(encoding="utf-8-sig")))
    assert [int(one["seed"]) for one in rows] == list(range(10))


@pytest.mark.parametrize("tried", [HIDDEN, WEAK])
def test_an_unfindable_case_is_refused_and_anyway_is_written_down(tmp_path, tried):
    with pytest.raises(CaseError, match="cannot be found and was not published") as refused:
        case_file.publish(tried, tmp_path / "case")
    assert "--strength" in str(refused.value) and "80%" in str(refused.value)
    assert not (tmp_path / "case").exists()
    assert case_file.read_case(case_file.publish(tried, tmp_path / "case", anyway=True)).published_anyway


def test_another_case_is_never_written_over(tmp_path):
    case_file.publish(GOOD, tmp_path)
    case_file.publish(GOOD, tmp_path)  # the same once more
    with pytest.raises(CaseError, match="exists"):
        case_file.publish(trial(row(1), options="strength:0.8"), tmp_path)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("[case\n", "cannot be read"),
        ("", "lacks schema"),
        ('[case]\nschema = 9\nworld = "S03"\noptions = ""\nscale = "full"\npublished_anyway = false', "schema is 9"),
        ('[case]\nschema = 1\nworld = "S99"\noptions = ""\nscale = "full"\npublished_anyway = false', "no world 'S99'"),
        (
            '[case]\nschema = 1\nworld = "S03"\noptions = "colour:red"\nscale = "full"\npublished_anyway = false',
            "colour",
        ),
        ('[case]\nschema = 1\nworld = "S03"\noptions = "strength:9.0"\nscale = "full"\npublished_anyway = false', "9"),
    ],
)
def test_a_wrong_file_is_told_so_at_once(tmp_path, words, message):
    (tmp_path / "case.toml").write_text(words, encoding="utf-8")
    with pytest.raises(CcsatError, match=message):
        case_file.read_case(tmp_path)


def test_the_world_of_a_case_is_the_one_that_was_asked_for(tmp_path):
    sheet = case_file.read_case(case_file.publish(GOOD, tmp_path))
    made = case_file.world_of(sheet, SEED)
    assert (made.options.strength, made.options.cell, made.varied, made.seed) == (1.2, "biz_l2=overage", True, SEED)


@pytest.mark.parametrize(
    "options", ["", "strength:1.2", "strength:1.25,onset:10,cell:biz_l2=slow|device;region=R3,decoys:6"]
)
def test_a_sealed_name_opens_to_the_same_case_and_says_nothing(options):
    name = seal("S05", options)
    assert unseal(name) == ("S05", options)
    assert name.upper().split("_")[0] == "S05"
    assert not options or not any(word in name for word in ("strength", "cell", "slow", "R3", "1.2"))


@pytest.mark.parametrize("name", ["S05_case-!!", "S05_case-aaaaaaaa", "S05_case-a"])
def test_a_damaged_name_is_told_so(name):
    with pytest.raises(CcsatError, match="damaged"):
        unseal(name)


# The command ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["S02"], "no world 'S02'"),
        (["S03", "--cell", "region=R9"], "region=R9"),
        (["S03", "--strength", "3"], "3"),
        (["S03", "--decoys", "11"], "11"),
        (["S03", "--seeds", "0"], "number of seeds is 0"),
    ],
)
def test_wrong_options_are_refused_before_anything_is_simulated(tmp_path, monkeypatch, arguments, message):
    monkeypatch.setattr(case_maker, "_one", lambda made: pytest.fail("simulated"))
    done = CliRunner().invoke(command(), ["case", *arguments, "--out", str(tmp_path / "x"), "--lang", "en"])
    assert isinstance(done.exception, (CaseError, StudyError))
    assert message in str(done.exception)
    assert not (tmp_path / "x").exists()


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_command_tries_reports_and_publishes(tmp_path, monkeypatch, lang):
    monkeypatch.setattr(case_maker, "_one", lambda made: row(made.seed, lowest=1.0))
    done = CliRunner().invoke(
        command(), ["case", "S03", "--cell", "biz_l2=overage", "--seeds", "5", "--out", str(tmp_path), "--lang", lang]
    )
    assert done.exit_code == 0, done.output
    assert ("可以发布" if lang == "zh" else "Fit to publish") in done.output
    assert "[########################] 5/5" in done.output
    assert case_file.read_case(tmp_path).options == "cell:biz_l2=overage"
    monkeypatch.setattr(case_maker, "_one", lambda made: row(made.seed, rank=None))
    refused = CliRunner().invoke(
        command(), ["case", "S03", "--seeds", "5", "--out", str(tmp_path / "b"), "--lang", lang]
    )
    assert isinstance(refused.exception, CaseError) and not (tmp_path / "b").exists()
    forced = CliRunner().invoke(
        command(), ["case", "S03", "--seeds", "5", "--out", str(tmp_path / "b"), "--anyway", "--lang", lang]
    )
    assert forced.exit_code == 0 and "--anyway" in forced.output
