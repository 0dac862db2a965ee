"""S09: the silent dissatisfied are ranked and counted, the repair goes to the bill shock, and never to a network fault alone."""

import numpy as np
import pytest

from ccsat import proactive, worlds
from ccsat.errors import DataError
from ccsat.proactive.figures_of import auc

OUTCOME = ["outcome_escalated", "outcome_churn"]


@pytest.fixture(scope="module")
def world():
    return worlds.make("S09", rng=101)


@pytest.fixture(scope="module")
def customers(world):
    return proactive.read_customers(world.centre)


@pytest.fixture(scope="module")
def found(customers):
    return proactive.find_latent(customers)


def test_the_tables_are_read_by_what_they_hold(customers):
    assert set(customers.features) >= {
        "bill_shock",
        "repeats",
        "wait_s",
        "network_fault",
        "bot_failures",
        "tenure_months",
    }
    assert set(customers.anchors) == {"complained", "escalated", "churned"}
    assert "surveyed" in dict(customers.left_out) and set(customers.frame["arm"]) == {"", "hold", "treat"}


def test_the_silent_are_ranked_and_counted(world, customers, found):
    silent = found.scores[~found.scores["answered"]]
    bad = silent["customer_id"].isin(world.truth["latent"]["dissatisfied"]).to_numpy(float)
    assert bad.mean() == pytest.approx(world.truth["latent"]["prevalence_silent"])
    assert auc(silent["risk"].to_numpy(), bad, np.ones(len(bad)), "auc").value >= 0.72
    assert abs(silent["risk"].mean() - bad.mean()) <= 0.02 < silent["risk_raw"].mean() - bad.mean()
    assert found.participation.share_lower <= bad.mean() <= found.participation.share_upper
    listed = proactive.capacity_list(found, capacity=0.10)
    on_list = silent["customer_id"].isin(listed.table["customer_id"]).to_numpy()
    judged = found.figure("capture", 0.10)
    assert judged.lower <= bad[on_list].sum() / bad.sum() <= judged.upper
    assert bad[on_list].mean() > 2.5 * bad.mean()


def test_the_repair_goes_where_it_helps(world):
    repairs = proactive.read_table(world.centre, "repairs")
    found = proactive.measure_uplift(
        repairs, outcome=OUTCOME, segments="kind", registered=True, held_share=0.5, alike=["csat_before"]
    )
    assert found.chosen() == [world.truth["repair"]["best"]]
    rows = found.table.set_index("segment")
    for kind, told in world.truth["repair"]["by_kind"].items():
        assert rows.loc[kind, "lower"] <= -told["effect"] <= rows.loc[kind, "upper"]
    assert rows.loc["all", "lower"] <= -world.truth["repair"]["effect"] <= rows.loc["all", "upper"]
    assert not {"caveat.proactive_split", "caveat.proactive_unlike"} & {key for key, _ in found.caveats}


def test_the_traps_point_the_wrong_way_and_are_refused(world, customers):
    traps = world.truth["repair"]["traps"]
    assert (
        traps["treated_less_not_chosen"] > 0 and traps["after_less_before"] > 0
    )  # looks harmful; time alone looks like a success
    frame = customers.frame.assign(lost=(customers.frame[["escalated", "churned"]] == 1).any(axis=1))
    with pytest.raises(DataError):  # all customers with an arm where they have one
        proactive.measure_uplift(frame, outcome="lost")


def test_a_study_without_the_table_is_told_so():
    with pytest.raises(DataError):
        proactive.read_customers(worlds.make("S09", rng=101).centre, table="journeys")


@pytest.mark.slow
@pytest.mark.parametrize("seed", [102, 103])
def test_other_seeds_keep_the_bars(seed):
    other = worlds.make("S09", rng=seed)
    found = proactive.find_latent(proactive.read_customers(other.centre))
    silent = found.scores[~found.scores["answered"]]
    bad = silent["customer_id"].isin(other.truth["latent"]["dissatisfied"]).to_numpy(float)
    assert auc(silent["risk"].to_numpy(), bad, np.ones(len(bad)), "auc").value >= 0.72
    assert abs(silent["risk"].mean() - bad.mean()) <= 0.02
