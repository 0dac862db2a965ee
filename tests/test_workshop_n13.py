"""N13: the figures of a team's own contacts pass, and each known mistake gets words of its own, in both languages."""

from pathlib import Path

import pytest

from ccsat import workshop
from ccsat.wording import LANGUAGES, speaking
from ccsat.workshop.exercises import EXERCISES, n13
from ccsat.workshop.exercises.claims import true_statement
from ccsat.workshop.proof import WRONG, read_examples

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(autouse=True)
def english():
    with speaking("en"):
        yield


@pytest.fixture(scope="module", params=[(104, True), (101, False)], ids=["varied", "plain"])
def case(request):
    seed, vary = request.param
    return workshop.begin("N13", world="S04", seed=seed, lang="en", vary=vary)


def right_answers(case):
    days, leading = n13.last_days(case), n13.leading(case)
    return {
        "calibers": {key: round(value, 4) for key, value in n13.calibers(case).items()},
        "last_days": {**{key: round(days[key], 4) for key in ("mixed", "km", "naive")}, "show": "km"},
        "losses": {
            "most": leading["most"],
            "avoidable": leading["avoidable"],
            "share": round(float(n13.losses(case).table["share"].iloc[0]), 2),
        },
        "cell": {**{key: round(value, 4) for key, value in n13.moves(case).items()}, "fell": "novice_complex"},
        "conclusion": {"claim": true_statement(case, n13.MISROUTED), "first": "d1"},
    }


def test_the_figures_of_ones_own_data_pass(case):
    with speaking("en"):
        right = right_answers(case)
        assert (
            set(right) == set(EXERCISES["N13"].items)
            and sum(item.max for item in EXERCISES["N13"].items.values()) == 100
        )
        workshop.begin("N13", world="S04", seed=case.seed, lang="en", vary=case.vary)
        for item, answer in right.items():
            found = workshop.check(item, answer)
            assert found.ok and found.score == found.max, repr(found)


def test_mixed_is_below_and_naive_above(case):
    days = n13.last_days(case)
    assert days["mixed"] < days["km"] < days["naive"]


def test_each_known_mistake_has_its_own_words(case):
    workshop.begin("N13", world="S04", seed=case.seed, lang="en", vary=case.vary)
    examples, said = read_examples(ROOT / WRONG / "13_fcr.py", case, right_answers(case)), {}
    for (item, key), answer in examples.items():
        found = workshop.check(item, answer)
        assert (found.key, found.ok) == (key, False), (item, key, repr(found))
        assert found.score < found.max and 1 <= found.hint <= 3
        for lang in LANGUAGES:
            message = found.message(lang)
            assert message and "{" not in message
            said.setdefault((lang, item), {})[message] = key
    for (_, item), messages in said.items():
        assert len(messages) == len([key for (one, key) in examples if one == item])
    assert {(name, key) for name, item in EXERCISES["N13"].items.items() for key in item.wrong} == set(examples)
