"""N20: a team's own figures pass, each known mistake gets words of its own in both languages, and no message names the answer."""

import re
from pathlib import Path

import pandas as pd
import pytest

from ccsat import workshop
from ccsat.wording import LANGUAGES, speaking
from ccsat.workshop.exercises import EXERCISES, n20
from ccsat.workshop.proof import WRONG, read_examples
from ccsat.workshop.source import read_source

ROOT = Path(__file__).resolve().parents[1]
SOURCE = ROOT / "workshop/source/20_latent.py"


def begin(seed=101, lang="en", **more):
    return workshop.begin("N20", world="S09", seed=seed, lang=lang, **more)


@pytest.fixture(autouse=True)
def english():
    with speaking("en"):
        yield


def right_answers(case):
    shares, found, listed, row = (
        n20.shares(case),
        n20.found(case),
        n20.listing_figures(case),
        n20.repaired(case).table.iloc[0],
    )
    return {
        "silence": {name: shares[name] for name in ("answered", "silent", "odds_ratio")},
        "score": {
            "auc": found.figure("auc_silent").value,
            "predicted_raw": found.figure("predicted_silent_raw").value,
            "predicted": found.figure("predicted_silent").value,
        },
        "list_10": {name: listed[name] for name in ("n", "expected", "capture")},
        "uplift": {name: float(row[name]) for name in ("uplift", "lower", "upper")},
        "segments": [case._truth["repair"]["best"]],
        "next_holdout": n20.needed(case),
        "conclusion": n20.true_claim(case),
    }


@pytest.mark.parametrize("seed", [101, 102])
def test_the_accounts_of_ones_own_data_pass(seed):
    right = right_answers(begin(seed))
    assert set(right) == set(EXERCISES["N20"].items)
    for item, answer in right.items():
        found = workshop.check(item, answer)
        assert found.ok and found.score == found.max, repr(found)
    assert sum(item.max for item in EXERCISES["N20"].items.values()) == 100


def test_each_known_mistake_has_its_own_words():
    case = begin()
    examples, said = read_examples(ROOT / WRONG / "20_latent.py", case, right_answers(case)), {}
    for (item, key), answer in examples.items():
        found = workshop.check(item, answer)
        assert (found.key, found.ok) == (key, False), (item, key, repr(found))
        assert found.score < found.max and 1 <= found.hint <= 3
        for lang in LANGUAGES:
            message = found.message(lang)
            assert message and "{" not in message
            assert not set(re.findall(r"\d\.\d{3,}", message)) - set(re.findall(r"[\d.]+", repr(answer)))
            said.setdefault((lang, item), {})[message] = key
    for (_, item), messages in said.items():
        assert len(messages) == len([key for (one, key) in examples if one == item])
    assert {(name, key) for name, item in EXERCISES["N20"].items.items() for key in item.wrong} == set(examples)
    assert all(sum(one == item for one, _ in examples) >= 2 for item in EXERCISES["N20"].items)


@pytest.mark.parametrize(
    "answer",
    [{"a": [1]}, {"answered": "x", "silent": 1, "odds_ratio": 2}, {"uplift": float("nan"), "lower": 0, "upper": 1}, "m9", -3, True, [3], [["bill_adjust"]], None,
     {"n": 1, "expected": None, "capture": 1}, pd.DataFrame({"a": [1]})],
    ids=repr,
)  # fmt: skip
def test_odd_answers_are_judged_not_crashed_on(answer):
    begin()
    for item in EXERCISES["N20"].items:
        found = workshop.check(item, answer)
        assert not found.ok and found.message()


def test_another_teams_figures_do_not_fit():
    own = right_answers(begin(101))
    begin(103)
    assert not {item for item in ("list_10", "uplift") if workshop.check(item, own[item]).ok}


def test_the_traps_are_far_from_the_right_figures():
    case = begin()
    traps, row, shares = n20.trap_figures(case), n20.repaired(case).table.iloc[0], n20.shares(case)
    assert traps["against_others"] < 0 < row["lower"]  # looks harmful, and is not
    arms = n20.targeted(case).groupby("arm")[["csat_before", "csat_after"]].mean()
    assert (arms["csat_after"] > arms["csat_before"]).all()  # nobody contacted the half held out
    assert shares["features"] - shares["silent"] > 0.02
    assert n20.leaked(case) > n20.found(case).figure("auc_silent").value + 0.02


def test_the_notebook_states_its_time_and_has_figures_of_its_own():
    source = read_source(SOURCE, root=ROOT)
    for lang, (time, points) in {"zh": ("用时", "要点"), "en": ("Time", "Key points")}.items():
        cells = source.in_language(lang)
        minutes = [
            int(one)
            for one in re.findall(r"\d+", next(line for line in cells[0].text.splitlines() if f"**{time}**" in line))
        ]
        assert minutes[0] == sum(minutes[1:])
        assert any(cell.text.startswith(f"## {points}") for cell in cells)
        answers = {cell.name: cell.points for cell in cells if cell.is_answer}
        assert answers == {name: item.max for name, item in EXERCISES["N20"].items.items()}
        assert sum(cell.has("checkpoint") for cell in cells) >= 1
    code = "\n".join(cell.text for cell in source.in_language("en") if cell.kind == "code")
    assert all(name in code for name in ("plot_calibration(", "plot_capture(", "plot_uplift("))
