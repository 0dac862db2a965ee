"""Which of several names the data hardly tell apart is told: what a registered change names, and what people came into."""

import numpy as np
import pandas as pd
import pytest

from ccsat.stages.leaves import locate_cube

TOPICS = ("fee", "plan", "fault", "query", "gift", "speed", "pack", "roam")


def cube(rates, *, dims=("topic", "channel"), n=None):
    """Counts of a flag per period and leaf: `rates` maps a leaf to (baseline rate, current rate), `n` to (baseline rows, current rows)."""
    rows = []
    for leaf, pair in rates.items():
        for period, rate, size in zip(("baseline", "current"), pair, (n or {}).get(leaf, (1600, 800)), strict=True):
            good = round(rate * size)
            rows += [(period, *leaf, 1, good), (period, *leaf, 0, size - good)]
    table = pd.DataFrame(rows, columns=["period", *dims, "level", "n"])
    return table[table["n"] > 0]


def told(leaves, dims=("topic", "channel"), **options):
    found = locate_cube(leaves, list(dims), {0: 0.0, 1: 1.0}, rng=0, draws=0, max_depth=2, **options)
    return [row["where"] for row in found.cells.to_dict("records")]


def fees_fell(small):
    """Fees fell by ten points; gifts, which hardly anybody calls about, by `small`."""
    rates = {(topic, channel): (0.9, 0.9) for topic in TOPICS for channel in ("phone", "chat")}
    size = {leaf: (1600, 800) for leaf in rates}
    for channel in ("phone", "chat"):
        rates["fee", channel] = (0.9, 0.8)
        rates["gift", channel], size["gift", channel] = (0.9, 0.9 - small), (240, 120)
    return cube(rates, n=size)


@pytest.mark.parametrize(("declared", "found"), [((), {"topic": ["fee", "gift"]}), (({"topic": ["fee"]},), {"topic": "fee"}),
                                                 (({"topic": ["plan"]},), {"topic": ["fee", "gift"]}), (({"topic": ["fee", "plan"]},), {"topic": ["fee", "gift"]}),
                                                 (({"nothing": ["fee"]},), {"topic": ["fee", "gift"]})])  # fmt: skip
def test_a_small_value_joins_less_easily_a_cell_that_a_change_names(declared, found):
    assert told(fees_fell(0.075), declared=declared) == [found]


def test_a_value_that_fell_beyond_doubt_is_told_beside_the_cell_that_a_change_names():
    cells = told(fees_fell(0.4), declared=({"topic": ["fee"]},))
    assert any("gift" in np.atleast_1d(where["topic"]) for where in cells)


def nearly_all():
    """Most rows are phone; both channels fell, the phone more, so that everything and the phone describe it about as well."""
    return cube({("fee", "phone"): (0.9, 0.862), ("plan", "phone"): (0.9, 0.862), ("fee", "chat"): (0.9, 0.88), ("plan", "chat"): (0.9, 0.88)},
                n={("fee", "phone"): (3000, 1500), ("plan", "phone"): (3000, 1500), ("fee", "chat"): (1300, 650), ("plan", "chat"): (1300, 650)})  # fmt: skip


@pytest.mark.parametrize(("declared", "found"), [((), []), (({"channel": ["phone"]},), [{"channel": "phone"}]), (({"topic": ["fee"]},), [])])
def test_a_change_of_most_contacts_is_told_where_the_data_leave_it_open(declared, found):
    assert told(nearly_all(), declared=declared) == found


def newcomers(rest):
    """Newcomers, few before, now answer most of team B's calls, and badly; `rest` is the current rate of its old hands."""
    dims = ("team", "tenure")
    rates = {(team, tenure): (0.9, 0.9) for team in "ABCD" for tenure in ("old", "mid", "new")}
    size = {leaf: (1000, 500) for leaf in rates} | {(team, "new"): (60, 30) for team in "ACD"} | {("B", "new"): (60, 1400)}
    rates["B", "new"] = (0.9, 0.65)
    rates["B", "old"] = rates["B", "mid"] = (0.9, rest)
    return cube(rates, dims=dims, n=size), dims


def test_a_fall_of_those_who_came_in_is_told_by_their_level():
    assert told(*newcomers(0.9))[0] == {"tenure": "new"}


def test_a_cell_whose_old_hands_fell_too_keeps_its_name():
    cells = told(*newcomers(0.7))
    assert cells[0] == {"team": "B"} and {"tenure": "new"} not in cells


def test_what_nearly_everything_did_the_other_way_is_no_shift_of_everything():
    """A level with hardly any baseline fell: "everything fell and the rest rose again" says the same in more words."""
    dims = ("tenure", "site")
    rates = {(tenure, site): (0.9, 0.9) for tenure in ("old", "mid", "new") for site in "NS"}
    rates["new", "N"] = rates["new", "S"] = (0.9, 0.6)
    size = {("old", "N"): (4000, 2000), ("old", "S"): (4000, 2000), ("mid", "N"): (1500, 700), ("mid", "S"): (1500, 700),
            ("new", "N"): (200, 1000), ("new", "S"): (200, 1000)}  # fmt: skip
    found = locate_cube(cube(rates, dims=dims, n=size), list(dims), {0: 0.0, 1: 1.0}, rng=0, draws=0, max_depth=2)
    assert list(found.cells["where"]) == [{"tenure": "new"}] and found.everywhere == 0


def two_names(first, elsewhere=0.862):
    """Most rows are phone and most are of `first`; the two describe the fall about as well, `first` a little better."""
    dims = ("group", "channel")
    rates = {(group, channel): (0.9, 0.9) for group in (first, "A", "B") for channel in ("phone", "chat", "web")}
    rates[first, "phone"] = (0.9, 0.845)
    rates[first, "chat"] = rates[first, "web"] = (0.9, elsewhere)
    rates["A", "phone"] = rates["B", "phone"] = (0.9, 0.866)
    return cube(rates, dims=dims, n={leaf: (3000, 1500) if leaf == (first, "phone") else (600, 300) for leaf in rates}), dims


@pytest.mark.parametrize(("first", "declared", "found"), [("C", (), {"group": "C"}), ("∅", (), {"channel": "phone"}), ("C", ({"channel": ["phone"]},), {"channel": "phone"}),
                                                          ("C", ({"channel": ["web"]},), {"group": "C"})])  # fmt: skip
def test_of_two_names_told_hardly_apart_what_is_likelier_beforehand_is_told(first, declared, found):
    assert told(*two_names(first), declared=declared)[0] == found


def test_rows_without_a_level_are_told_where_the_data_are_clear():
    assert told(*two_names("∅", elsewhere=0.82), declared=({"channel": ["phone"]},))[0] == {"group": "∅"}
