"""N22 and N23: the accounts of a team's own data pass, and each known mistake gets words of its own, in both languages."""

import re
from pathlib import Path

import pandas as pd
import pytest

from ccsat import workforce as wf
from ccsat import workshop
from ccsat.methods.kpi_drivers import EIGHT_KPIS
from ccsat.wording import LANGUAGES, speaking
from ccsat.workshop.exercises import EXERCISES, n22, n23
from ccsat.workshop.proof import WRONG, read_examples

ROOT = Path(__file__).resolve().parents[1]
LESSONS = {"N22": "22_eight_kpis", "N23": "23_staffing"}


def begin(exercise, seed=107, lang="en", **more):
    return workshop.begin(exercise, world=EXERCISES[exercise].world, seed=seed, lang=lang, **more)


@pytest.fixture(autouse=True)
def english():
    with speaking("en"):
        yield


def right_answers(case):
    return {"N22": right_n22, "N23": right_n23}[case.exercise](case)


def right_n22(case):
    one, other, rho = n22.twins(case)
    found = n22.influence(case)
    return {
        "shares": n22.shares(case),
        "certain": {
            "explained": found.statistic["explained"],
            "first_told_apart": bool(found.statistic["p_value"] < 0.05),
        },
        "control": dict(EIGHT_KPIS),
        "enough": list(n22.pruned(case).kept),
        "twins": {"pair": [one, other], "rho": rho},
        "conclusion": n22.claim_of(case, "holds"),
    }


def right_n23(case):
    levels = wf.service_levels(n23.day_counts(case)).table.set_index("caliber")
    more = n23.tenth_more(case)
    return {
        "levels": levels["value"].to_dict(),
        "report": {"caliber": "sl_answered", "points": float(levels.loc["sl_answered", "points"])},
        "staff": n23.staff_truth(case),
        "pooling": n23.pooling_truth(case),
        "rates": n23.rates(case),
        "more_calls": {"ratio": more.ratio, "points": more.change, "reading": "goes_with"},
    }


@pytest.mark.parametrize("exercise", LESSONS)
@pytest.mark.parametrize(("seed", "vary"), [(107, False), (104, True)])
def test_the_accounts_of_ones_own_data_pass(exercise, seed, vary):
    right = right_answers(begin(exercise, seed=seed, vary=vary))
    assert set(right) == set(EXERCISES[exercise].items)
    for item, answer in right.items():
        found = workshop.check(item, answer)
        assert found.ok and found.score == found.max, repr(found)
    assert sum(item.max for item in EXERCISES[exercise].items.values()) == 100


@pytest.mark.parametrize("exercise", LESSONS)
def test_each_known_mistake_has_its_own_words(exercise):
    case = begin(exercise)
    right = right_answers(case)
    examples, said = read_examples(ROOT / WRONG / f"{LESSONS[exercise]}.py", case, right), {}
    for (item, key), answer in examples.items():
        found = workshop.check(item, answer)
        assert (found.key, found.ok) == (key, False), (item, key, repr(found))
        assert found.score < found.max and 1 <= found.hint <= 3
        for lang in LANGUAGES:
            message = found.message(lang)
            assert message and "{" not in message
            said.setdefault((lang, item), {})[message] = key
            written = set(re.findall(r"[\w.-]+", repr(answer)))
            assert not set(re.findall(r"\d\.\d{3,}", message)) - written - {"0.004", "-0.004"}, (item, key)
    for (_, item), messages in said.items():
        assert len(messages) == len([key for (one, key) in examples if one == item]) >= 2
    assert {(name, key) for name, item in EXERCISES[exercise].items.items() for key in item.wrong} == set(examples)


@pytest.mark.parametrize("exercise", LESSONS)
@pytest.mark.parametrize("answer", [{"a": [1]}, {1: 2}, {"pair": [1], "rho": 1}, {"pair": "aht", "rho": 0.1}, {"caliber": [1], "points": 1}, {"ratio": "x", "points": 1, "reading": "causes"},
                                    {"now": True, "plus_60": 3}, {"explained": 0.1, "first_told_apart": 1}, "q9", ["aht", "aht"], ["nothing"], [3], pd.DataFrame({"a": [1]})], ids=repr)  # fmt: skip
def test_odd_answers_are_judged_not_crashed_on(exercise, answer):
    begin(exercise)
    for item in EXERCISES[exercise].items:
        found = workshop.check(item, answer)
        assert not found.ok and found.message()


def test_another_teams_findings_do_not_fit():
    own = {exercise: right_answers(begin(exercise)) for exercise in LESSONS}
    begin("N23", seed=104, vary=True)
    assert not {item for item in ("levels", "more_calls") if workshop.check(item, own["N23"][item]).ok}
    begin("N22", seed=104, vary=True)
    assert not {item for item in ("shares", "certain") if workshop.check(item, own["N22"][item]).ok}


def test_a_set_chosen_by_hand_is_judged_by_what_it_keeps():
    """Any small set that keeps 95 % passes, not only the one that the search finds."""
    case = begin("N22")
    found = n22.pruned(case)
    more = next(name for name in found.dropped if name not in found.kept)
    assert workshop.check("enough", [*found.kept, more]).ok
    assert n22.part_of(case, frozenset(found.kept)) == pytest.approx(found.part, abs=1e-6)
    assert workshop.check("enough", list(found.kept)[:-3]).key == "too_little"


def test_a_minute_more_costs_agents_less_than_in_proportion():
    case = begin("N23")
    staff, peak = n23.staff_truth(case), n23.peak(case)
    assert staff["now"] < staff["plus_60"] < staff["now"] * (peak["aht_s"] + 60) / peak["aht_s"] + 1
    assert n23.pooling_truth(case)["saved"] > 0 and n23.tenth_more(case).ratio > 1.5
