"""Stage 1 on invented centres: the verdict with and without a ledger of changes."""

import os

import pytest

import ccsat as cs
from ccsat import worlds
from ccsat.centre import read_centre
from ccsat.question import Question


@pytest.fixture(scope="module", autouse=True)
def cache(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        if "CCSAT_CACHE" not in os.environ:
            patch.setenv("CCSAT_CACHE", str(tmp_path_factory.mktemp("cache")))
        yield


def checked(name, seed, **settings):
    centre = read_centre(worlds.make(name, rng=seed).folder / "study.toml", settings=settings or None)
    return cs.check_data(centre, Question.of(centre.study))


@pytest.mark.slow
@pytest.mark.parametrize("seed", [101, 103])
def test_a_changed_survey_is_found_without_a_ledger_of_changes(seed):
    check = checked("S08", seed, changes=None)
    assert check.verdict == "artefact"
    mode = next(s for s in check.legs["instrument"]["signs"] if s["key"] == "mode")
    assert (mode["level"], mode["scope"], mode["day"]) == ("sms", "region=R1|R2|R5; channel=phone", "2025-04-28")
    assert not check.legs["operational"]["moved"]


@pytest.mark.slow
def test_participation_that_moves_with_a_real_problem_is_real():
    check = checked("X06", 101)
    assert check.verdict == "real" and not check.legs["instrument"]["hard"]
    assert check.legs["operational"]["inside"].upper < 0


@pytest.mark.slow
def test_a_part_of_a_real_change_may_be_the_surveys():
    check = checked("S12", 101)
    assert check.verdict == "real" and check.legs["instrument_part"]["assessed"]
    assert check.legs["instrument_part"]["points"] < 0
