"""The exercises on the method ladder: the ladder's own answers pass, and each known mistake gets words of its own."""

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import ccsat as cs
from ccsat import workshop
from ccsat.wording import LANGUAGES, speaking
from ccsat.workshop.checks import ExerciseError
from ccsat.workshop.exercises import EXERCISES, ladder, n01, n02, n03
from ccsat.workshop.proof import WRONG, read_examples

ROOT = Path(__file__).resolve().parents[1]
LADDER = ("N01", "N02", "N03")
TESTS = {
    "channel_gap": "two_proportions",
    "service_gap": "kruskal_wallis",
    "site_gap": "mann_whitney",
    "talk_gap": "welch_t",
}


def begin(exercise, seed=7, lang="en", **more):
    return workshop.begin(exercise, world=EXERCISES[exercise].world, seed=seed, lang=lang, **more)


@pytest.fixture(autouse=True)
def english():
    with speaking("en"):
        yield


def gap(case, name, test=None, alone=False):
    found = ladder.answer_of(case, n02.GAPS[name], test or TESTS[name], alone=alone)
    shown = found.effect
    return {"test": found.method, "difference": shown.value, "interval": [shown.lower, shown.upper],
            "verdict": "different" if found.found else "not_shown"}  # fmt: skip


def right_answers(case):
    """What the ladder makes right of this team's data."""
    if case.exercise == "N01":
        codes = n01.line_codes(case)
        return {
            "scale_of": n01.true_scales(case),
            "allowed": {code: sorted(fits)[0] for code, fits in n01.fitting_methods(case).items()},
            "mistakes": {codes[line]: mistake for line, mistake in n01.LINES.items() if mistake},
        }
    if case.exercise == "N02":
        return {**{name: gap(case, name) for name in n02.GAPS}, "real_change": n02.real_code(case)}
    names = {code: n03.fitting_names(case, code)[0] for code in n03.PAIRS}
    return {
        "coefficients": {
            code: {"name": name, "value": round(n03.coefficient(case, code, name), 3)} for code, name in names.items()
        },
        "levels": {"between": n03.by_intent(case), "within": n03.within_intent(case)},
        "adjusting": n03.turns(case),
        "conclusion": "try_handoff",
    }


def wrong_answers(case, right):
    """Examples of mistakes, the trainer's own: (item, key of the message) -> answer."""
    name = {"N01": "01_data_types", "N02": "02_comparison", "N03": "03_relation"}[case.exercise]
    return read_examples(ROOT / WRONG / f"{name}.py", case, right)


@pytest.mark.parametrize("exercise", LADDER)
def test_the_ladders_own_answers_pass(exercise):
    right = right_answers(begin(exercise))
    assert set(right) == set(EXERCISES[exercise].items)
    for item, answer in right.items():
        found = workshop.check(item, answer)
        assert found.ok and found.score == found.max, repr(found)


@pytest.mark.parametrize("exercise", LADDER)
def test_each_known_mistake_has_its_own_words(exercise):
    case = begin(exercise)
    right = right_answers(case)
    examples = wrong_answers(case, right)
    said = {}
    for (item, key), answer in examples.items():
        found = workshop.check(item, answer)
        assert (found.key, found.ok) == (key, False), (item, key, repr(found))
        assert found.score < found.max and 1 <= found.hint <= 3
        assert key in EXERCISES[exercise].items[item].wrong
        for lang in LANGUAGES:
            message = found.message(lang)
            assert message and "{" not in message
            said.setdefault((lang, item), {})[message] = key
    for (_, item), messages in said.items():
        assert len(set(messages.values())) == len([key for (one, key) in examples if one == item])
    seen = {key for _, key in examples}
    assert {key for item in EXERCISES[exercise].items.values() for key in item.wrong} == seen


@pytest.mark.parametrize("exercise", LADDER)
def test_messages_never_show_a_value_or_the_truth(exercise):
    case = begin(exercise)
    right = right_answers(case)
    for (item, key), answer in wrong_answers(case, right).items():
        found = workshop.check(item, answer)
        written = set(re.findall(r"[\w.]+", repr(answer)))
        for lang in LANGUAGES:
            numbers = set(re.findall(r"\d+\.\d{2,}", found.message(lang)))
            assert not numbers - {"0.5", "0.05"} - written, (item, key)
            if exercise != "N03" or item != "conclusion":
                answers = {
                    str(x)
                    for x in (right[item].values() if isinstance(right[item], dict) else [right[item]])
                    if isinstance(x, str)
                }
                shown = set(re.findall(r"[a-z]+_[a-z_]+|w\d", found.message(lang)))
                assert not (answers & shown) - written - {"not_shown", "different"}, (item, key)


@pytest.mark.parametrize("exercise", LADDER)
@pytest.mark.parametrize("answer", [{"a": [1]}, {"q1": 3}, {1: 2}, {"test": 3, "difference": "x", "interval": 3, "verdict": 1},
                                    {"test": "welch_t", "difference": float("nan"), "interval": [1, 2], "verdict": "different"},
                                    {"between": "x", "within": True}, "w9", [3], pd.DataFrame({"a": [1]})], ids=repr)  # fmt: skip
def test_odd_answers_are_judged_not_crashed_on(exercise, answer):
    begin(exercise)
    for item in EXERCISES[exercise].items:
        found = workshop.check(item, answer)
        assert not found.ok and found.message()


def test_another_teams_numbers_do_not_fit():
    own = right_answers(begin("N02"))
    begin("N02", seed=3)
    fits = [name for name in own if workshop.check(name, own[name]).ok]
    assert not {"service_gap", "talk_gap"} & {*fits}


@pytest.mark.parametrize(
    ("exercise", "seed", "vary"),
    [("N01", 3, False), ("N01", 11, False), ("N02", 3, False), ("N02", 4, True), ("N03", 3, False), ("N03", 4, True)],
)
def test_every_team_can_be_right(exercise, seed, vary):
    right = right_answers(begin(exercise, seed=seed, vary=vary))
    found = {item: workshop.check(item, answer) for item, answer in right.items()}
    assert all(one.ok for one in found.values()), found


@pytest.mark.parametrize(("seed", "vary"), [(3, False), (7, False), (11, False), (2, True)])
def test_the_planted_change_alone_stays_beyond_chance(seed, vary):
    case = begin("N02", seed=seed, vary=vary)
    rows = workshop.material("changes")
    tests = {
        code: cs.compare(part, "satisfied", by="period", roles=cs.Roles(cluster="agent_id")).p_value
        for code, part in rows.groupby("change")
    }
    assert len(tests) == 5
    listed = pd.DataFrame({"change": list(tests), "p_value": list(tests.values())})
    holm = cs.compare(listed, "p_value", method="adjusted_p_values").table.set_index("change")["holm"]
    assert set(holm.index[holm < 0.05]) == {n02.real_code(case)}
    shares = n02.changes(case).groupby(["change", "period"], observed=True)["satisfied"].mean().unstack()
    assert (shares["after"] - shares["before"]).abs().idxmax() != n02.real_code(case), (
        "the widest is not the real one: that is the lesson"
    )


@pytest.mark.parametrize("seed", [3, 7, 11])
def test_one_relation_flips_one_fades_one_stays(seed):
    assert n03.turns(begin("N03", seed=seed)) == {"a1": "flips", "a2": "fades", "a3": "stays"}


def test_clusters_change_the_verdict_on_two_teams():
    case = begin("N02")
    assert gap(case, "talk_gap")["verdict"] == "not_shown"
    assert gap(case, "talk_gap", alone=True)["verdict"] == "different"


def test_any_fitting_method_with_its_own_numbers_is_right():
    case = begin("N02")
    assert workshop.check("site_gap", gap(case, "site_gap", "brunner_munzel")).ok
    assert workshop.check("service_gap", gap(case, "service_gap", "dunn_test")).ok
    assert not workshop.check("service_gap", gap(case, "service_gap") | {"test": "compare_ordered_logit"}).ok
    begin("N03")
    tau, gamma = (n03.coefficient(workshop.checks.current_case(), "p4", name) for name in ("tau_b", "gamma"))
    assert abs(tau - gamma) > n03.TOLERANCE


def test_twenty_two_of_twenty_four_columns_will_do():
    scales = right_answers(begin("N01"))["scale_of"]
    assert len(scales) == 24
    two = dict.fromkeys(list(scales)[:2], "interval")
    assert workshop.check("scale_of", scales | two).ok
    assert not workshop.check("scale_of", scales | two | {"team": "interval"}).ok


def test_materials_are_in_the_session_language_and_ones_own_copy():
    begin("N01")
    assert workshop.material("report").columns == ("code", "what the report says")
    begin("N01", lang="zh")
    assert workshop.material("report").columns == ("代码", "报告内容")
    begin("N03")
    sessions = workshop.material("sessions")
    sessions["satisfied"] = np.nan
    assert workshop.material("sessions")["satisfied"].notna().all()
    with pytest.raises(ExerciseError, match="no material 'sesions'"):
        workshop.material("sesions")


def test_codes_are_dealt_anew_for_each_team():
    lines = [n01.line_codes(begin("N01", seed=seed)) for seed in (1, 2, 3, 4)]
    assert len({tuple(sorted(one.items())) for one in lines}) > 1
    real = [n02.real_code(begin("N02", seed=seed)) for seed in (3, 7, 11)]
    assert len(set(real)) > 1


# Figures of the ladder's answers --------------------------------------------------------------


@pytest.fixture(scope="module")
def rows():
    rng = np.random.default_rng(3)
    rating = pd.Categorical(rng.integers(1, 6, 400), categories=range(1, 6), ordered=True)
    return pd.DataFrame(
        {
            "rating": rating,
            "team": rng.choice(["A", "B", "C"], 400),
            "talk_s": rng.normal(200, 40, 400),
            "hold_s": rng.normal(20, 4, 400),
        }
    )


@pytest.mark.parametrize("lang", LANGUAGES)
def test_answers_are_drawn_with_their_own_numbers(rows, lang):
    with speaking(lang):
        means = cs.compare(rows, "talk_s", by="team", roles=cs.Roles(cluster=False))
        figure = cs.plot(means)
        assert list(figure.data[0].x) == means.table["mean"].tolist()[::-1]
        assert list(figure.data[0].y) == ["C", "B", "A"]
        shares = cs.compare(rows, "rating", by="team", level="basic", top_from=4, roles=cs.Roles(cluster=False))
        bars = cs.plot(shares)
        assert len(bars.data) == 5 and sum(trace.x[0] for trace in bars.data) == pytest.approx(100)
        assert len({trace.marker.color for trace in bars.data}) == 5
        pair = cs.plot(cs.relate(rows, "talk_s", "hold_s", roles=cs.Roles(cluster=False)))
        assert "talk" in pair.layout.title.text or "通话" in pair.layout.title.text


def test_averages_are_drawn_one_point_a_row(rows):
    from ccsat import figures

    means = rows.groupby("team")[["talk_s", "hold_s"]].mean()
    figure = figures.plot_points(means, "talk_s", "hold_s")
    assert list(figure.data[0].text) == ["A", "B", "C"] and list(figure.data[0].x) == means["talk_s"].tolist()
