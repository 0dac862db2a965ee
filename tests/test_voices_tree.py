"""The cause tree closes on each cell; mediation splits a move; weights are set against customers."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import kendalltau, spearmanr

import ccsat as cs
from ccsat.centre import read_centre
from ccsat.errors import DataError, StudyError
from ccsat.stages.cause_tree import OPEN, UNEXPLAINED, cause_tree
from ccsat.stages.cognition import rank_distance
from ccsat.stages.mediated import mediation
from ccsat.stages.voices import reason_moves
from ccsat.study import check_study, read_study
from ccsat.wording import speaking

JUNE, MAY = "2024-06-01/2024-06-30", "2024-05-01/2024-05-31"
WHEN = cs.Question(current=JUNE, baseline=MAY)
FAULT = {"topic": "fault"}


def centre_of(folder, *, n=12_000, seed=0, through=1.0, **study):
    """From June the faults wait longer, and the wait costs satisfaction; `through` is the part of the fall that goes by the wait."""
    rng = np.random.default_rng(seed)
    day = pd.Timestamp("2024-05-01") + pd.to_timedelta(rng.integers(0, 61, n), unit="D")
    rows = pd.DataFrame({"survey_id": [f"s{i}" for i in range(n)], "customer_id": [f"u{i // 2}" for i in range(n)], "day": day.strftime("%Y-%m-%d"),
                         "region": rng.choice(["north", "south"], n), "topic": rng.choice(["bill", "plan", "fault"], n, p=[0.5, 0.3, 0.2])})  # fmt: skip
    hit = (rows["day"] >= "2024-06-01") & (rows["topic"] == "fault")
    rows["wait"] = rng.normal(10, 3, n).clip(4, 16) + 4 * hit
    bad = 0.25 + 0.2 * hit * (1 - through) + 0.05 * through * (rows["wait"] - 10) - 0.1 * (1 - through)
    rows["rating"] = np.where(rng.random(n) < np.clip(bad, 0, 1), 1, 5)
    drawn = rng.choice(["fee", "manner", "other", ""], n, p=[0.4, 0.3, 0.2, 0.1])
    rows["reason"] = np.where(rows["rating"] == 5, "", np.where(hit & (rng.random(n) < 0.8), "slow", drawn))
    rows.to_csv(folder / "export.csv", index=False)
    content = {"data": {"surveys": "export.csv"}, "scale": {"rating": "five"}, "dimensions": {"region": "region", "topic": "topic"}, "metrics": {"wait": "wait"},
               "columns": {"survey_id": "survey_id", "customer_id": "customer_id", "at": "day", "rating": "rating"}, "reasons": {"column": "reason"},
               "owners": {"fee": "billing_product", "manner": "agent", "slow": "business_process"}, "question": {"current": JUNE, "baseline": MAY},
               "changes": [{"change_id": "C1", "at": "2024-06-01", "kind": "process", "scope": "topic=fault", "title_zh": "新审批", "title_en": "new approval"},
                           {"change_id": "C2", "at": "2024-05-10", "kind": "marketing", "scope": "topic=bill", "title_zh": "活动", "title_en": "offer"}]}  # fmt: skip
    return read_centre(check_study({**content, **study}, folder=folder))


@pytest.fixture(scope="module")
def traced(tmp_path_factory):
    centre = centre_of(tmp_path_factory.mktemp("tree"))
    asked = cs.ask(centre, WHEN)
    where = cs.locate_gap(centre, asked)
    return centre, asked, where, cs.explain_cells(centre, asked, where)


# The tree -------------------------------------------------------------------------------------


def test_leaves_and_branches_close_on_every_cell(traced):
    tree = cause_tree(*traced)
    cells = traced[2].cells.set_index("rank")["points"]
    for table in (tree.table, tree.branches):
        assert table.groupby("cell_rank")["points"].sum().to_dict() == pytest.approx(cells.to_dict(), abs=1e-12)
    assert tree.total == pytest.approx(cells.sum())


def test_a_reason_moves_its_own_points_and_its_branch_holds_them(traced):
    centre, asked, where, _ = traced
    tree = cause_tree(*traced)
    assert where.cells["where"][0] == FAULT
    moves = reason_moves(centre, asked, FAULT).set_index("reason")
    leaves = tree.table[tree.table["cell_rank"] == 1].set_index("id")
    for name in ("fee", "manner", "slow", "other"):
        assert leaves.loc[f"reason:{name}", "points"] == pytest.approx(moves.loc[name, "points"])
        assert leaves.loc[f"reason:{name}", "lower"] == pytest.approx(moves.loc[name, "lower"])
    slow, change = leaves.loc["reason:slow"], leaves.loc["change:C1"]
    assert (
        slow["branch"] == change["branch"] == "business"
        and slow["upper"] < 0
        and slow["status"] == change["status"] == "supported"
    )
    assert change["points"] == 0 and change["accounts_for"] < 0 and change["label"] in ("new approval", "新审批")
    assert leaves.loc["change:C2", "status"] == "ruled_out" and leaves.loc["change:C2", "branch"] == "marketing"
    assert leaves.loc["reason:other", "branch"] == OPEN and leaves.loc["unstated", "status"] == "rest"
    rows = pd.read_csv(centre.study.folder / "export.csv", keep_default_na=False)
    here = rows[(rows["topic"] == "fault") & (rows["day"] >= "2024-06-01")]
    assert slow["n"] == (here["reason"] == "slow").sum()


def test_branches_say_what_was_tested_and_what_cannot_be(traced):
    branches = cause_tree(*traced).branches.query("cell_rank == 1").set_index("branch")
    status = branches["status"].to_dict()
    assert status["business"] == "supported" and branches.loc["business", "grade"] in ("A", "B", "C")
    assert (
        status["network"] == status["intelligent_service"] == "not_testable" and branches.loc["network", "points"] == 0
    )
    assert status["centre"] == status["marketing"] == "tested" and status["unstated"] == status[UNEXPLAINED] == "rest"
    assert branches.loc["business", "lower"] <= branches.loc["business", "points"] <= branches.loc["business", "upper"]


def test_a_study_draws_its_own_tree(traced, tmp_path):
    centre, asked, where, why = traced
    own = {"desk": {"label": {"zh": "后台", "en": "Back office"}, "owners": ["business_process"], "reasons": ["other"], "changes": ["process"]},
           "money": {"owners": ["billing_product"], "drivers": ["wait"]}, "people": {"label": "People", "owners": ["agent"]}}  # fmt: skip
    mine = centre_of(tmp_path, tree=own)
    tree = cause_tree(mine, asked, where, why)
    leaves = tree.table[tree.table["cell_rank"] == 1].set_index("id")
    assert (
        leaves.loc["reason:other", "branch"]
        == leaves.loc["reason:slow", "branch"]
        == leaves.loc["change:C1", "branch"]
        == "desk"
    )
    assert leaves.loc["change:C2", "branch"] == OPEN and leaves.loc["reason:fee", "branch"] == "money"
    for lang, word in (("zh", "后台"), ("en", "Back office")):
        with speaking(lang):
            assert word in set(cause_tree(mine, asked, where, why).branches["label"])
    assert tree.table["points"].sum() == pytest.approx(where.cells["points"].sum())


def test_a_thing_in_two_branches_is_refused(traced, tmp_path):
    centre = centre_of(tmp_path, tree={"a": {"owners": ["agent"]}, "b": {"owners": ["agent"]}})
    with pytest.raises(StudyError, match="agent"):
        cause_tree(centre, *traced[1:])


def test_nothing_located_is_an_empty_tree(tmp_path):
    rows = pd.DataFrame({"day": ["2024-05-03", "2024-06-03"] * 300, "score": [5, 5, 1, 5, 5, 1] * 100, "topic": "x"})
    rows.to_csv(tmp_path / "s.csv", index=False)
    centre = read_centre(
        check_study(
            {
                "data": {"surveys": "s.csv"},
                "columns": {"at": "day", "rating": "score"},
                "scale": {"rating": "five"},
                "dimensions": {"topic": "topic"},
            },
            folder=tmp_path,
        )
    )
    asked = cs.ask(centre, WHEN)
    where = cs.locate_gap(centre, asked)
    tree = cause_tree(centre, asked, where, cs.explain_cells(centre, asked, where))
    assert tree.total == pytest.approx(where.cells["points"].sum()) and tree.table["points"].sum() == pytest.approx(
        tree.total
    )
    assert set(tree.table["id"]) <= {UNEXPLAINED} and "{" not in tree.sentence()


@pytest.mark.parametrize(
    ("words", "near"), [('[tree.a]\nowner = ["agent"]', "owners"), ("[quality]\npass_scores = 80", "pass_score"), ('[weights]\nfee = "much"', "fee"),
                        ("[weights]\nfee = -1", "fee"), ('[tree.a]\nowners = ["agents"]', "agent"), ("[standard]\nwait = 3", "standards")],
)  # fmt: skip
def test_new_keys_of_a_study_are_checked(tmp_path, words, near):
    (tmp_path / "s.csv").write_text("day,rating\n2024-05-01,5\n")
    file = tmp_path / "study.toml"
    file.write_text(f'[data]\nsurveys = "s.csv"\n{words}\n')
    with pytest.raises(StudyError, match=near):
        read_study(file)


# Mediation ------------------------------------------------------------------------------------


@pytest.mark.parametrize("through", [1.0, 0.0])
def test_the_part_that_goes_through_a_driver_is_found(tmp_path, through):
    found = mediation(centre_of(tmp_path, through=through), WHEN, FAULT, "driver:wait")
    rows = found.table.set_index("path")
    assert list(rows.index) == ["total", "through", "beside"]
    assert rows.loc["total", "value"] == pytest.approx(rows.loc["through", "value"] + rows.loc["beside", "value"])
    assert (
        abs(found.share[0] - through) < 0.3
        and not found.share[1] <= 1 - through <= found.share[2]
        and rows.loc["total", "upper"] < 0
        and (rows["n"] > 2000).all()
    )
    assert (rows["lower"] <= rows["value"]).all() and (rows["value"] <= rows["upper"]).all()
    for lang, word in (("zh", "相关"), ("en", "association")):
        with speaking(lang):
            assert word in found.sentence()


def test_a_reason_is_no_step_before_the_rating_and_says_so(tmp_path):
    centre = centre_of(tmp_path)
    found = mediation(centre, WHEN, FAULT, "reason:slow")
    assert (
        any(key == "caveat.mediation_reason" for key, _ in found.caveats)
        and found.table.set_index("path").loc["through", "value"] < 0
    )
    for mediator in ("driver:speed", "reason:nobody", "wait"):
        with pytest.raises(DataError, match="wait"):
            mediation(centre, WHEN, FAULT, mediator)


def test_no_share_of_a_total_that_may_be_none(tmp_path):
    found = mediation(centre_of(tmp_path), WHEN, {"topic": "bill"}, "driver:wait")
    assert found.share is None and "%" not in found.sentence()
    with pytest.raises(DataError, match="60"):
        mediation(centre_of(tmp_path, n=300), WHEN, {"topic": "fault", "region": "north"}, "driver:wait")


# Weights --------------------------------------------------------------------------------------


def test_weights_against_customers_by_hand(tmp_path):
    rows = [("slow", 40), ("fee", 30), ("manner", 20), ("rule", 10)]
    table = pd.DataFrame(
        [(reason, 1) for reason, n in rows for _ in range(n)] + [("", 5)] * 100, columns=["reason", "score"]
    ).assign(day="2024-06-03")
    table.to_csv(tmp_path / "s.csv", index=False)
    study = {
        "data": {"surveys": "s.csv"},
        "columns": {"at": "day", "rating": "score"},
        "scale": {"rating": "five"},
        "reasons": {"column": "reason"},
    }

    def asked_of(weights):
        return rank_distance(
            read_centre(check_study({**study, "weights": weights}, folder=tmp_path)),
            cs.Question(current=JUNE, target=0.9),
        )

    weights = {"manner": 50, "rule": 30, "fee": 20}
    found = asked_of(weights)
    points = [40, 30, 20, 10]
    mine = [0, 20, 50, 30]
    assert found.spearman.value == pytest.approx(spearmanr(points, mine)[0]) and found.kendall.value == pytest.approx(
        kendalltau(points, mine)[0]
    )
    assert found.gap == pytest.approx((1 - found.spearman.value) / 2) and found.n == 4 and found.surveys == 200
    first = found.table.set_index("reason").loc["slow"]
    assert (first["rank_customers"], first["rank_weight"], first["apart"], first["points"]) == (
        1,
        4,
        3,
        pytest.approx(0.2),
    )
    assert found.spearman.lower <= found.spearman.value <= found.spearman.upper and any(
        key == "caveat.weights_few" for key, _ in found.caveats
    )
    same = asked_of({"slow": 4, "fee": 3, "manner": 2, "rule": 1})
    assert same.spearman.value == pytest.approx(1) and same.gap == pytest.approx(0)
    assert asked_of({"slow": 1, "fee": 2, "manner": 3, "rule": 4}).gap == pytest.approx(1)
    with pytest.raises(DataError, match="weights"):
        asked_of({})
    with pytest.raises(DataError, match="weights"):
        asked_of(dict.fromkeys(("slow", "fee", "manner", "rule"), 25))
