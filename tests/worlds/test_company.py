"""The company without a story: its base levels (DOMAIN 5.1), and streams that leave each other alone."""

import numpy as np
import pytest
from pytest import approx

from ccsat.worlds import company as co
from ccsat.worlds.measures import first_contact_resolution
from ccsat.worlds.patches import Patches, Setting
from ccsat.worlds.people import Streams
from ccsat.worlds.simulate import set_scene, simulate


def quiet(seed):
    return simulate(set_scene(seed, 1.0, Setting()), Patches())


@pytest.fixture(scope="module")
def plain():
    return [quiet(seed) for seed in (1, 2, 3, 4)]


def pooled(plain, of):
    return np.mean([of(world.calls) for world in plain])


def rated(calls):
    return calls.rating[calls.answered]


def test_satisfaction_and_rating_shares(plain):
    assert pooled(plain, lambda c: (rated(c) >= 4).mean()) == approx(0.9467, abs=0.004)
    for level, share in enumerate((0.019, 0.008, 0.025, 0.092, 0.855), start=1):
        assert pooled(plain, lambda c, level=level: (rated(c) == level).mean()) == approx(share, abs=0.006)


def test_volume_and_participation(plain):
    assert pooled(plain, len) / co.WEEKS == approx(6000, rel=0.02)
    assert pooled(plain, lambda c: c.answered.mean()) == approx(0.29, abs=0.01)
    assert pooled(plain, lambda c: c.invited.mean()) == approx(0.92, abs=0.005)


def test_business_shares(plain):
    shares = np.mean([np.bincount(co.PARENT[w.calls.line], minlength=len(co.L1)) / len(w.calls) for w in plain], axis=0)
    assert shares == approx([line[0] for line in co.LINES.values()], abs=0.008)


@pytest.mark.parametrize("hours, level", [(2, 0.966), (24, 0.902), (48, 0.875)])
def test_first_contact_resolution(plain, hours, level):
    assert np.mean([first_contact_resolution(world, hours) for world in plain]) == approx(level, abs=0.006)


def test_a_change_of_one_point_is_about_three_standard_errors():
    changes = [change(quiet(seed).calls) for seed in range(10, 18)]
    assert 0.002 < np.std(changes) < 0.0055


def change(calls):
    satisfied = calls.rating >= 4
    return satisfied[calls.answered & calls.current].mean() - satisfied[calls.answered & ~calls.current].mean()


def test_streams_are_independent_of_each_other():
    alone, among = Streams(3), Streams(3)
    among("another")
    among("one.more").random(5)
    assert np.array_equal(alone("contacts.wait").random(4), among("contacts.wait").random(4))
    assert not np.array_equal(Streams(3)("a").random(4), Streams(3)("b").random(4))
    assert not np.array_equal(Streams(3)("a").random(4), Streams(4)("a").random(4))


def test_background_region_and_team_differ_all_the_time(plain):
    region = co.REGIONS.index(co.WORSE_REGION)
    gaps = [(w.calls.rating >= 4)[w.calls.region == region].mean() - (w.calls.rating >= 4).mean() for w in plain]
    assert np.mean(gaps) == approx(-0.009, abs=0.004)
