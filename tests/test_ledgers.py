"""Every worked figure of DOMAIN 2.6, 2.7 and 2.14, R's splits, and what holds of any ledger."""

import json
from itertools import permutations
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pytest import approx

from ccsat import ledgers
from ccsat.errors import ColumnError, LedgerError
from ccsat.numerics.splits import SPLITS, split_weights
from ccsat.wording import LANGUAGES, speaking, text

R = json.loads((Path(__file__).parent / "reference" / "ledgers.json").read_text(encoding="utf-8"))

TEN = {1: (5, ""), 2: (4, "wait"), 3: (2, "fee attitude"), 4: (1, "fee"), 5: (3, "wait unresolved attitude"),
       6: (2, ""), 7: (5, "attitude"), 8: (1, "unresolved fee"), 9: (5, ""), 10: (4, "attitude")}  # fmt: skip
ROWS = pd.DataFrame([(str(key), 100.0 - 25 * (level - 1)) for key, (level, _) in TEN.items()],
                    columns=["row_key", "deduction"])  # fmt: skip
MENTIONS = pd.DataFrame([(str(key), name, rank) for key, (_, names) in TEN.items()
                         for rank, name in enumerate(names.split(), 1)],
                        columns=["row_key", "reason", "rank"])  # fmt: skip

P0, Y0 = [0.55, 0.25, 0.15, 0.05], [0.97, 0.94, 0.91, 0.66]
P1, Y1 = [0.40, 0.31, 0.21, 0.08], [0.975, 0.945, 0.92, 0.68]
PI0, PI1 = [0.30] * 4, [0.20, 0.30, 0.34, 0.45]


def cells(n, value, name="g"):
    return pd.DataFrame({name: list("abcdefghij"[: len(n)]), "n": n, "value": value})


def by(ledger, column):
    return ledger.table.set_index(column)


# By reason (2.7.1, 2.7.2, 2.7.9) ---------------------------------------------------------------


def test_ten_surveys_under_every_split():
    alike = {"fee": 1, "attitude": 1, "unresolved": 1, "wait": 1}
    ledger = ledgers.split_points(ROWS, MENTIONS, unit="score", severity=alike)
    table = by(ledger, "reason")
    want = {
        "fee": (3, 17.500, 18.750, 18.333, 18.125, -20.000),
        "attitude": (4, 2.500, 7.917, 5.909, 4.931, 5.000),
        "unresolved": (2, 10.000, 6.667, 8.030, 8.889, -7.500),
        "wait": (2, 7.500, 4.167, 5.227, 5.556, 1.875),
    }
    columns = ["mentions", "primary", "equal", "rank", "roc", "leave_one_out"]
    for reason, figures in want.items():
        assert table.loc[reason, columns].to_list() == approx(figures, abs=0.0005)
    assert table.loc["unstated", list(SPLITS)].to_list() == approx([7.5] * 6)
    assert table[list(SPLITS)].sum().to_list() == approx([45.0] * 6)
    assert table["leave_one_out"].sum() == approx(-20.625)
    assert ledger.total == approx(45.0)


def test_ten_surveys_ledger():
    ledger = ledgers.reason_ledger(ROWS, MENTIONS, unit="score")
    table = by(ledger, "reason")
    assert table["points"].sum() == approx(45) and table["share"].sum() == approx(1)
    assert (table["frequency"] * table["severity"]).to_list() == approx(table["points"].to_list())
    assert table.loc["fee", "per_thousand"] == approx(18_750)
    assert table.loc["fee", "lead_in_splits"] == 5 and table.loc["fee", "split_robust"]
    assert not table.drop("fee")["split_robust"].any()
    assert dict(ledger.caveats)["caveat.mention_without_deduction"] == {"n": 1}
    assert dict(ledger.caveats)["caveat.unstated_kept"]["n"] == 1
    assert (table["lower"] <= table["points"]).all() and (table["points"] <= table["upper"]).all()
    assert ledger.draws.columns.to_list() == ledger.table["reason"].to_list()


def test_a_leader_of_some_splits_only_is_said_so():
    rows = pd.DataFrame({"row_key": ["1", "2", "3"], "deduction": [1.0, 1.0, 1.0]})
    mentions = pd.DataFrame([("1", "a", 1), ("1", "b", 2), ("2", "b", 1), ("2", "c", 2), ("3", "c", 1), ("3", "b", 2)],
                            columns=["row_key", "reason", "rank"])  # fmt: skip
    ledger = ledgers.reason_ledger(rows, mentions)
    assert by(ledger, "reason").loc["b", "lead_in_splits"] == 4  # under "primary" a, b and c are equal
    assert "caveat.split_not_robust" in dict(ledger.caveats)


def test_what_if_gives_three_numbers():
    table = by(ledgers.what_if(ROWS, MENTIONS, fraction=0.5), "reason")
    assert table.loc["fee"].to_list() == approx([5.0, 9.375, 13.75])  # alone 100, equal 187.5, all 275 of ten surveys
    assert len(ledgers.what_if(ROWS, MENTIONS, reason="fee").table) == 1


def test_lift_of_a_reason():
    whole = ledgers.reason_ledger(ROWS, MENTIONS, unit="score", draws=10)
    cell = ledgers.reason_ledger(ROWS[:5], MENTIONS, unit="score", draws=10)
    table = by(ledgers.reason_lift(cell, whole), "reason")
    assert table.loc["fee", "lift"] == approx((137.5 / 250) / (187.5 / 450))


def test_customers_are_the_clusters():
    rng = np.random.default_rng(5)
    d = np.repeat(rng.binomial(1, 0.3, 100), 4).astype(float)
    rows = pd.DataFrame({"row_key": range(400), "deduction": d})
    mentions = pd.DataFrame({"row_key": range(400), "reason": "fee"})
    alone = ledgers.reason_ledger(rows, mentions).table
    together = ledgers.reason_ledger(rows.assign(customer_id=np.repeat(np.arange(100), 4)), mentions).table
    ratio = (together["upper"] - together["lower"])[0] / (alone["upper"] - alone["lower"])[0]
    assert ratio == approx(2, rel=0.12)  # four alike count as one


def test_reasons_that_are_none():
    rows = pd.DataFrame({"row_key": ["1", "2"], "deduction": [1.0, 0.0], "customer_id": [None, None]})
    mentions = pd.DataFrame({"row_key": ["1", "1", "9"], "reason": [None, "", "fee"]})
    table = ledgers.reason_ledger(rows, mentions).table
    assert table["reason"].to_list() == ["unstated"] and table["points"].to_list() == [0.5]


def test_wrong_rows_are_refused():
    with pytest.raises(ColumnError, match="'deduction'"):
        ledgers.reason_ledger(ROWS[["row_key"]], MENTIONS)
    with pytest.raises(ColumnError, match="row_key"):
        ledgers.reason_ledger(pd.concat([ROWS, ROWS]), MENTIONS)
    with pytest.raises(LedgerError, match="1 rows"):
        ledgers.reason_ledger(ROWS.assign(deduction=[-1.0] + [0.0] * 9), MENTIONS)
    with pytest.raises(LedgerError, match="'wait'"):
        ledgers.reason_ledger(ROWS, MENTIONS, split="severity", severity={"fee": 1, "attitude": 1, "unresolved": 2})
    with pytest.raises(LedgerError, match="'equal'"):
        ledgers.reason_ledger(ROWS, MENTIONS, split="fair")


SURVEYS = st.lists(
    st.tuples(st.integers(0, 4), st.lists(st.sampled_from("pqrs"), max_size=4, unique=True), st.integers(0, 3)),
    min_size=1, max_size=12)  # fmt: skip


def surveys(drawn):
    rows = pd.DataFrame([(f"s{i}", 25.0 * d, f"c{c}") for i, (d, _, c) in enumerate(drawn)],
                        columns=["row_key", "deduction", "customer_id"])  # fmt: skip
    said = [(f"s{i}", r, k) for i, (_, names, _) in enumerate(drawn) for k, r in enumerate(names, 1)]
    return rows, pd.DataFrame(said, columns=["row_key", "reason", "rank"])


@settings(max_examples=40, deadline=None)
@given(SURVEYS, st.sampled_from(SPLITS), st.randoms(use_true_random=False))
def test_reason_ledgers_close_whatever_the_order_and_labels(drawn, split, random):
    rows, mentions = surveys(drawn)
    severity = {"p": 1, "q": 2, "r": 3, "s": 0.5}
    ledger = ledgers.reason_ledger(rows, mentions, split=split, severity=severity, draws=20)
    assert ledger.table["points"].sum() == approx(rows["deduction"].mean(), abs=1e-9)
    shuffled = [frame.sample(frac=1, random_state=random.randrange(99)) for frame in (rows, mentions)]
    names = dict(zip("pqrs", ["四", "z", "a", "费"], strict=True))
    other = ledgers.reason_ledger(shuffled[0], shuffled[1].replace({"reason": names}), split=split, draws=20,
                                  severity={names[k]: v for k, v in severity.items()})  # fmt: skip
    points = by(ledger, "reason")["points"].rename(names)
    assert by(other, "reason")["points"].reindex(points.index).to_numpy() == approx(points.to_numpy(), abs=1e-9)


@settings(max_examples=40, deadline=None)
@given(SURVEYS)
def test_the_equal_split_is_the_shapley_value(drawn):
    """Of the game "a deduction comes back only when all its reasons are mended"."""
    rows, mentions = surveys(drawn)
    named = mentions.groupby("row_key")["reason"].agg(frozenset)
    lost = rows.set_index("row_key")["deduction"]
    back = lambda mended: sum(lost[key] for key, names in named.items() if names <= mended)
    value = dict.fromkeys("pqrs", 0.0)
    for order in permutations("pqrs"):
        for i, one in enumerate(order):
            value[one] += (back(frozenset(order[: i + 1])) - back(frozenset(order[:i]))) / 24
    points = by(ledgers.split_points(rows, mentions), "reason")["equal"]
    for one, points_one in points.drop("unstated").items():
        assert points_one * len(rows) == approx(value[one], abs=1e-9)


def test_splits_share_ties_and_unranked_mentions():
    row, reason = np.array([0, 0, 0, 1, 1]), np.array([0, 1, 2, 0, 1])
    rank = np.array([1, 2, 2, np.nan, np.nan])
    assert split_weights(row, reason, rank, split="rank") == approx([6 / 11, 2.5 / 11, 2.5 / 11, 0.5, 0.5])
    assert split_weights(row, reason, rank, split="primary") == approx([1, 0, 0, 0.5, 0.5])
    three = np.array([1.0, 2, 3, 1, 2])
    assert split_weights(row, reason, three, split="roc") == approx([11 / 18, 5 / 18, 2 / 18, 3 / 4, 1 / 4])
    assert split_weights(row, reason, split="model", slopes=np.array([-1, -1, 2])) == approx([0, 0, 1, 0.5, 0.5])


# By cell and gap (2.7.3, 2.7.4) ----------------------------------------------------------------


def test_cells_as_in_r():
    want = R["cells"]
    counts = pd.DataFrame(want["counts"])
    ledger = ledgers.cell_ledger(counts, {k: float(k) for k in range(1, 6)}, ["channel"], unit="raw")
    table = by(ledger, "channel")
    pairs = {"share": "volume_share", "deduction": "deduction_per_contact", "deduction_share": "share_of_deduction",
             "points": "excess_over_average"}  # fmt: skip
    for column, key in pairs.items():
        for channel, figure in want[key].items():
            assert table.loc[channel, column] == approx(figure, rel=1e-7)
    assert ledger.total == 0 and ledger.reference == approx(want["mean_deduction"])
    assert (table["deduction"] / ledger.reference).to_list() == approx(table["lift"].to_list())


def test_cells_over_a_target_add_up_to_the_gap():
    counts = pd.DataFrame([("a", 1, 90), ("a", 0, 10), ("b", 1, 40), ("b", 0, 10)], columns=["g", "level", "n"])
    ledger = ledgers.cell_ledger(counts, {0: 0.0, 1: 1.0}, ["g"], reference=0.95)
    assert ledger.total == approx(0.95 - 130 / 150)
    low = ledgers.cell_ledger(counts, {0: 1.0, 1: 0.0}, ["g"], reference=0.05, better="low")
    assert low.total == approx(20 / 150 - 0.05)
    assert low.table["points"].to_list() == approx(ledger.table["points"].to_list())


def test_cell_interval_is_that_of_resampled_surveys():
    counts = pd.DataFrame([("a", 1, 300), ("a", 0, 60), ("b", 1, 500), ("b", 0, 40)], columns=["g", "level", "n"])
    rng = np.random.default_rng(0)
    n = counts["n"].to_numpy()
    for reference in (None, 0.9):
        table = by(ledgers.cell_ledger(counts, {0: 0.0, 1: 1.0}, ["g"], reference=reference), "g")
        a1, a0, b1, b0 = rng.multinomial(n.sum(), n / n.sum(), 20_000).T
        allowed = (a0 + b0) / n.sum() if reference is None else 0.1
        spread = np.std(a0 / n.sum() - (a1 + a0) / n.sum() * allowed)
        assert (table.loc["a", "points_upper"] - table.loc["a", "points_lower"]) / 2 / 1.96 == approx(spread, rel=0.03)


def test_gap_ledger():
    plain = ledgers.gap_ledger(cells(P1, Y1), ["g"], target=0.95)
    assert plain.total == approx(0.95 - 0.93055) and plain.table["mix"].to_list() == approx([0] * 4)
    aims = cells(P1, Y1).assign(target=[0.98, 0.95, 0.93, 0.70], planned_share=[0.5, 0.25, 0.2, 0.05])
    whole = 0.5 * 0.98 + 0.25 * 0.95 + 0.2 * 0.93 + 0.05 * 0.70
    assert ledgers.gap_ledger(aims, ["g"]).total == approx(whole - 0.93055)
    more = by(ledgers.gap_ledger(aims, ["g"], target=0.96), "g")
    assert more.loc["unallocated", "points"] == approx(0.96 - whole)
    with pytest.raises(LedgerError, match="target"):
        ledgers.gap_ledger(cells(P1, Y1), ["g"])
    with pytest.raises(LedgerError, match=r"1\.1"):
        ledgers.gap_ledger(aims.assign(planned_share=[0.6, 0.25, 0.2, 0.05]), ["g"])


# Change (2.7.6, 2.7.7) --------------------------------------------------------------------------


def test_simpson():
    ledger = ledgers.change_ledger(cells(P1, Y1), cells(P0, Y0), ["g"])
    assert ledger.total == approx(-0.00745)
    assert ledger.table["within"].sum() == approx(0.006875)
    assert ledger.table["mix"].sum() == approx(-0.014325)


@pytest.mark.parametrize("case", [0, 1])
def test_change_as_in_r(case):
    want = R["change"][case]
    frame = lambda k: pd.DataFrame({"g": list(want[f"share{k}"]), "n": want[f"share{k}"].values(),
                                    "value": want[f"mean_by_segment{k}"].values()})  # fmt: skip
    ledger = ledgers.change_ledger(frame(1), frame(0), ["g"], unit="raw")
    table = by(ledger, "g")
    assert ledger.total == approx(want["change"], abs=1e-8)
    for name in table.index:
        assert table.loc[name, "mix"] == approx(want["mix_symmetric_centred"][name], abs=1e-8)
        assert table.loc[name, "within"] == approx(want["rate_symmetric"][name], abs=1e-8)


def test_new_and_vanished_cells_are_all_mix():
    now = pd.DataFrame({"g": ["new"], "n": [1], "value": [0.5]})
    table = by(ledgers.change_ledger(now, cells([1], [0.9]), ["g"]), "g")
    assert table["within"].to_list() == [0, 0] and table["mix"].sum() == approx(-0.4)


CUBE = st.lists(st.tuples(st.sampled_from("ab"), st.sampled_from("xyz"), st.sampled_from("12"), st.integers(0, 20),
                          st.integers(0, 20), st.floats(0, 1), st.floats(0, 1)),
                min_size=1, max_size=12, unique_by=lambda row: row[:3])  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(CUBE)
def test_children_add_up_to_their_parents_rate(drawn):
    cube = pd.DataFrame(drawn, columns=["d1", "d2", "d3", "n1", "n0", "y1", "y0"])
    if cube["n1"].sum() == 0 or cube["n0"].sum() == 0:
        return
    dims = ["d1", "d2", "d3"]
    frame = lambda k: cube[[*dims]].assign(n=cube[f"n{k}"], value=cube[f"y{k}"])
    ledger = ledgers.nested_change_ledger(frame(1), frame(0), dims)
    total = np.average(cube["y1"], weights=cube["n1"]) - np.average(cube["y0"], weights=cube["n0"])
    assert ledger.total == approx(total, abs=1e-9)
    for depth in (1, 2):
        parents = ledger.table[ledger.table["depth"] == depth]
        children = ledger.table[ledger.table["depth"] == depth + 1]
        sums = children.assign(both=children["within"] + children["mix"]).groupby(dims[:depth])["both"].sum()
        found = parents.set_index(dims[:depth])["within"]
        assert sums.reindex(found.index).to_numpy() == approx(found.to_numpy(), abs=1e-9)
    flat = ledgers.change_ledger(frame(1), frame(0), dims)
    back = ledgers.change_ledger(frame(0), frame(1), dims)
    assert flat.total == approx(total, abs=1e-9) and back.total == approx(-total, abs=1e-9)
    assert by(flat, dims)["points"].sort_index().to_numpy() == approx(-by(back, dims)["points"].sort_index().to_numpy())


def test_first_level_of_the_nested_ledger_is_the_plain_one():
    nested = ledgers.nested_change_ledger(cells(P1, Y1), cells(P0, Y0), ["g"])
    assert by(nested, "g")["points"].sort_index().to_list() == approx(
        by(ledgers.change_ledger(cells(P1, Y1), cells(P0, Y0), ["g"]), "g")["points"].sort_index().to_list()
    )


def test_reasons_change_by_frequency_and_severity():
    before = ledgers.reason_ledger(ROWS, MENTIONS, unit="score", draws=50)
    now = ledgers.reason_ledger(ROWS[2:], MENTIONS[MENTIONS["reason"] != "wait"], unit="score", draws=50)
    ledger = ledgers.reason_change_ledger(now, before)
    table = by(ledger, "reason")
    assert ledger.total == approx(now.total - before.total)
    assert table["points"].to_list() == approx((table["value"] - table["value_baseline"]).to_list())
    assert table.loc["wait", "severity_effect"] == 0 and table.loc["wait", "frequency_effect"] < 0
    with pytest.raises(LedgerError, match="primary"):
        ledgers.reason_change_ledger(now, ledgers.reason_ledger(ROWS, MENTIONS, split="primary", draws=5))


def factors(c1, pi1, y1, **more):
    return pd.DataFrame({"contacts": c1, "contacts_baseline": P0, "participation": pi1, "participation_baseline": PI0,
                         "value": y1, "value_baseline": Y0} | more)  # fmt: skip


def test_three_factors():
    ledger = ledgers.factor_ledger(factors(P0, PI1, Y0))
    assert by(ledger, "effect")["points"].to_list() == approx([0, -0.015524, 0], abs=5e-7)
    ledger = ledgers.factor_ledger(factors(P1, PI1, Y1))
    assert ledger.total == approx(-0.024830, abs=5e-7)
    found = by(ledger, "effect")["points"]
    assert found["mix_effect"] == approx(-0.015675, abs=5e-7)
    assert found["participation_effect"] == approx(-0.016478, abs=5e-7)
    assert found["rate_effect"] == approx(0.007323, abs=5e-7)


def test_four_factors_close_and_leave_an_unmoved_one_alone():
    table = factors(P1, PI1, Y1).drop(columns=["participation", "participation_baseline"])
    table = table.assign(push=[0.4, 0.6, 0.8, 0.9], push_baseline=[0.6] * 4, answer=0.5, answer_baseline=0.5)
    ledger = ledgers.factor_ledger(table)
    found = by(ledger, "effect")["points"]
    assert list(found.index) == ["mix_effect", "push_effect", "answer_effect", "rate_effect"]
    assert found["answer_effect"] == approx(0, abs=1e-15)
    three = table.assign(participation=table["push"] / 2, participation_baseline=0.3)
    assert by(ledgers.factor_ledger(three), "effect").loc["mix_effect", "points"] == approx(found["mix_effect"])


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(*[st.floats(0.01, 1)] * 6), min_size=1, max_size=5))
def test_factors_are_the_mean_over_all_orders(drawn):
    names = ("contacts", "participation", "value")
    table = pd.DataFrame(drawn, columns=[*names, *(f"{name}_baseline" for name in names)])
    share = lambda now: {n: table[n if n in now else f"{n}_baseline"].to_numpy() for n in names}

    def observed(now):
        part = share(now)
        return np.average(part["value"], weights=part["contacts"] * part["participation"])

    want = dict.fromkeys(names, 0.0)
    for order in permutations(names):
        for i, name in enumerate(order):
            want[name] += (observed(order[: i + 1]) - observed(order[:i])) / 6
    assert ledgers.factor_ledger(table).table["points"].to_list() == approx(list(want.values()), abs=1e-9)


# Owners and targets (2.6.5, 2.6.7, 2.6.9, 2.7.5, 2.14) -------------------------------------------

OWNED = {"fee": "billing_product", "attitude": "agent", "wait": {"centre_process": 0.75, "agent": 0.25}}


def test_owners_close_and_keep_what_is_not_settled():
    table = by(ledgers.owner_ledger(ledgers.reason_ledger(ROWS, MENTIONS, unit="score"), OWNED), "owner")
    assert table["points"].sum() == approx(45)
    assert table.loc["billing_product", "points"] == approx(18.75)
    assert table.loc["agent", "points"] == approx(7.916667 + 4.166667 / 4)
    assert table.loc["mixed", "points"] == approx(6.666667)
    assert table.loc["unstated", "points"] == approx(7.5)
    with pytest.raises(LedgerError, match="'boss'"):
        ledgers.owner_ledger(ledgers.reason_ledger(ROWS, MENTIONS), {"fee": "boss"})
    with pytest.raises(LedgerError, match=r"1\.5"):
        ledgers.owner_ledger(ledgers.reason_ledger(ROWS, MENTIONS), {"fee": {"agent": 1.5}})


def test_controllable_bad_review_rate():
    bad = ROWS.assign(bad=(ROWS["deduction"] >= 75).astype(int))  # surveys 3, 4, 6, 8
    ledger = ledgers.controllable_bad_review_rate(bad, MENTIONS, OWNED)
    table = by(ledger, "owner")["points"]
    assert ledger.total == approx(0.4) and ledger.unit == "rate"
    assert table.to_dict() == approx(
        {"billing_product": 0.2, "agent": 0.05, "centre_process": 0, "mixed": 0.05, "unstated": 0.1}
    )


def test_fair_targets_are_shared_and_capped():
    reasons = ledgers.reason_ledger(ROWS, MENTIONS, unit="score")
    owners = ledgers.owner_ledger(reasons, {"fee": "marketing", "attitude": "agent"})
    table = by(ledgers.fair_targets(owners, 8.0, achievable={"agent": 0.1}), "owner")
    whole = 18.75 + 7.916667
    assert table.loc["marketing", "points"] == approx(8 * 18.75 / whole)
    assert table.loc["agent", "points"] == approx(0.7916667)
    assert table.loc["unallocated", "points"] == approx(8 * 7.916667 / whole - 0.7916667)
    with pytest.raises(LedgerError, match="-1"):
        ledgers.fair_targets(owners, -1.0)


def test_composite_and_its_change():
    now = pd.DataFrame({"touchpoint": list("abcd"), "weight": np.multiply(P1, 1000), "value": Y1})
    then = pd.DataFrame({"touchpoint": list("abcd"), "weight": P0, "value": Y0})
    assert ledgers.composite(now).total == approx(0.93055) and ledgers.composite(then).total == approx(0.93800)
    change = ledgers.composite_change(now, then)
    assert (change.total, change.table["within"].sum()) == approx((-0.00745, 0.006875))


def test_fixture_001():
    assert ledgers.shortfall(0.95, 9467, 10_000) == approx((33, 0.0619), abs=5e-5)
    assert ledgers.shortfall(0.95, 9600, 10_000) == (0, 0)
    assert ledgers.attainment(94.61, 94) > 1 and ledgers.attainment(6, 7, better="low") > 1
    assert ledgers.attainment(114, 105) > 1 and ledgers.attainment(94.67, 95) < 1
    assert 95 - 94.67 == approx(0.33)
    assert ledgers.attainment(0.8, (0.75, 0.85), better="band") == 1
    assert ledgers.attainment(0.9, (0.75, 0.85), better="band") == approx(0.85 / 0.9)


def test_dissatisfaction_budget():
    budget = ledgers.dissatisfaction_budget(0.95, 10_000, 300, 0.5)
    assert (budget.allowed, budget.remaining, budget.used_share, budget.burn_rate) == approx((500, 200, 0.6, 1.2))
    assert ledgers.required_rate(0.95, 10_000, 4700, 5000) == approx(0.96)
    with pytest.raises(LedgerError, match="elapsed"):
        ledgers.dissatisfaction_budget(0.95, 10_000, 300, 0)
    findings = pd.DataFrame({"points_per_day": [2, 1], "probability": [0.5, 1], "controllable": [0.1, 0.9]})
    order = ledgers.dispatch_order(findings)
    assert order.table["priority"].to_list() == approx([0.9, 0.1])


def test_the_leader_is_not_the_luckiest_small_unit():
    rng = np.random.default_rng(2)
    n = np.array([35] * 10 + [5000] * 10 + [5])
    units = pd.DataFrame({"unit": [f"u{i:02d}" for i in range(21)], "n": n, "numerator": rng.binomial(n, 0.9)})
    units.loc[0, "numerator"], units.loc[19, "numerator"], units.loc[20, "numerator"] = 35, 4700, 5
    result = ledgers.leading_value(units)
    assert result.table.loc[0, "unit"] == "u19" and result.table["gap"].iloc[0] == 0
    assert len(result.table) == 20 and result.caveats == (("caveat.unranked_small", {"n": 1, "min_n": 30}),)


def test_many_clusters_are_pooled_without_moving_the_interval(monkeypatch):
    rng = np.random.default_rng(0)
    rows = pd.DataFrame({"row_key": range(6000), "deduction": rng.binomial(1, 0.2, 6000).astype(float)})
    mentions = pd.DataFrame({"row_key": range(6000), "reason": "fee"})
    width = lambda ledger: (ledger.table["upper"] - ledger.table["lower"])[0]
    whole = width(ledgers.reason_ledger(rows, mentions, draws=2000))
    monkeypatch.setattr("ccsat.numerics.resampling.MOST_GROUPS", 1000)
    assert width(ledgers.reason_ledger(rows, mentions, draws=2000)) == approx(whole, rel=0.1)


# Words -------------------------------------------------------------------------------------------


def test_every_ledger_and_caveat_has_its_sentence():
    ledger = ledgers.reason_ledger(ROWS, MENTIONS, unit="score", split="severity", draws=5,
                                   severity={"fee": 1, "attitude": 2, "unresolved": 3, "wait": 4})  # fmt: skip
    for lang in LANGUAGES:
        with speaking(lang):
            assert "45.00" in ledger.sentence()
            assert all(text(key, **values) for key, values in ledger.caveats)
    for key in ("splits", "cell", "cell_gap", "gap", "change", "nested_change", "reason_change", "owner", "factors",
                "controllable_bad_review", "fair_targets", "composite", "composite_change"):  # fmt: skip
        assert text(f"ledger.{key}", "zh") != text(f"ledger.{key}", "en")
