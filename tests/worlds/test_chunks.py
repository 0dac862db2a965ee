"""A world in parts: one study over all of them, nobody twice, and the truth of the whole."""

import pandas as pd
import pytest
from pytest import approx

from ccsat import read_centre, worlds
from ccsat.errors import StudyError
from ccsat.wording import speaking
from ccsat.worlds.chunks import large_truth, write_large

TWO_PARTS = 144_000


@pytest.fixture(scope="module")
def large(own_cache, tmp_path_factory):
    world, steps = worlds.make("S03", rng=5), []
    study = write_large(
        world, tmp_path_factory.mktemp("large") / "here", TWO_PARTS, progress=lambda *step: steps.append(step)
    )
    assert steps == [(1, 2), (2, 2)]
    return world, study


def read(study, name):
    return pd.concat(map(pd.read_parquet, sorted((study.parent / name).glob("*.parquet"))))


def test_parts_make_one_centre(large):
    _, study = large
    contacts, customers, surveys = (read(study, name) for name in ("contacts", "customers", "surveys"))
    assert len(contacts) > 0.97 * TWO_PARTS
    assert contacts["contact_id"].is_unique and customers["customer_id"].is_unique and surveys["survey_id"].is_unique
    assert contacts["customer_id"].isin(customers["customer_id"]).all()
    assert surveys["contact_id"].isin(contacts["contact_id"]).all()
    assert contacts["agent_id"].isin(pd.read_parquet(study.parent / "agents.parquet")["agent_id"]).all()
    centre = read_centre(study)
    assert int(centre.engine.query(f"SELECT COUNT(*) AS n FROM ({centre.facts}) f")["n"][0]) == len(contacts)


def test_truth_of_parts_is_that_of_the_whole(large):
    world, study = large
    truth, one = large_truth(world, TWO_PARTS), world.truth
    assert truth["cells"][0]["n"] == approx(2 * one["cells"][0]["n"], rel=0.15)
    assert truth["true_effect_points"] == approx(one["true_effect_points"], abs=0.004)
    surveys = read(study, "surveys").merge(read(study, "contacts")[["contact_id", "started_at", "biz_l2"]])
    rated = surveys[surveys["rating"].notna() & (surveys["started_at"] >= "2025-04-28")]
    cell = rated[rated["biz_l2"] == "vas_charge"]
    assert len(cell) == truth["cells"][0]["n"]
    assert (cell["rating"] >= 4).mean() == approx(truth["cells"][0]["value"], abs=1e-12)
    assert sum(truth["ledger"].values()) == approx(truth["shown_effect_points"], abs=1e-12)


def test_what_cannot_be_written_in_parts_is_refused(large, tmp_path):
    world, study = large
    with speaking("en"), pytest.raises(StudyError, match="not empty"):
        write_large(world, study.parent, TWO_PARTS)
    with speaking("en"), pytest.raises(StudyError, match="does not count contacts"):
        write_large(worlds.make("S02"), tmp_path / "new", TWO_PARTS)
