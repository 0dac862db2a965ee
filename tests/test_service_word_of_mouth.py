"""Word of mouth: NPS and its error, detractors won back, the index and its components."""

import numpy as np
import pandas as pd
import pytest

import ccsat as cs
from ccsat.errors import DataError, StudyError
from ccsat.service.word_of_mouth import nps_interval, watch_word_of_mouth
from ccsat.wording import LANGUAGES, speaking

STUDY = """
[study]
name = "words"
[data]
surveys = "surveys.csv"
contacts = "contacts.csv"
complaints = "complaints.csv"
[scale]
rating = "five"
[dimensions]
channel = "channel"
[question]
kpi = "satisfaction_rate"
current = "2025-02-01/2025-02-28"
baseline = "2025-01-01/2025-01-31"
"""


def write(folder, *, nps=True, public=8, detractors=0.2):
    """4,000 contacts of two months; in the second `public` complaints to the regulator instead of 4, and the detractors given."""
    n = 4000
    day = np.arange(n) % 59
    at = pd.Timestamp("2025-01-01 09:00") + pd.to_timedelta(day, unit="D")
    second = day >= 31
    ids, who = [f"C{i}" for i in range(n)], [f"U{i % 1500}" for i in range(n)]
    place = np.where(second, np.cumsum(second) - 1, np.cumsum(~second) - 1)
    poor = (place % 10) < np.where(second, 10 * detractors, 2)
    score = np.where(poor, 3, np.where(place % 10 < 5, 8, 10))
    pd.DataFrame(
        {
            "contact_id": ids,
            "customer_id": who,
            "started_at": at,
            "channel": np.where(np.arange(n) % 2, "phone", "online"),
        }
    ).to_csv(folder / "contacts.csv", index=False)
    answers = pd.DataFrame(
        {
            "survey_id": [f"S{i}" for i in range(n)],
            "contact_id": ids,
            "customer_id": who,
            "rating": np.where(poor, 1, 5),
            "pushed_at": at,
        }
    )
    (answers.assign(nps=score) if nps else answers).to_csv(folder / "surveys.csv", index=False)
    rows = []
    for month, count in (("2025-01-10", 4), ("2025-02-10", public)):
        rows += [{"authority": "regulator", "level": "escalated", "filed_at": month} for _ in range(count)]
        rows += [{"authority": "company", "level": "local", "filed_at": month} for _ in range(40)]
        rows += [{"authority": "group", "level": "escalated", "filed_at": month} for _ in range(5)]
    made = pd.DataFrame(rows)
    made["complaint_id"] = [f"K{i}" for i in range(len(made))]
    made["customer_id"] = [f"V{i}" for i in range(len(made))]
    made.to_csv(folder / "complaints.csv", index=False)
    (folder / "study.toml").write_text(STUDY, encoding="utf-8")
    return cs.read_centre(folder)


def test_nps_is_the_references():
    """DOMAIN 2.6.6: p .52, d .17, n 400 -> 35.0, standard error 3.767, half width 7.38."""
    value, error, half = nps_interval(0.52, 0.17, 400)
    assert (100 * value, 100 * error, 100 * half) == pytest.approx((35.0, 3.767, 7.38), abs=5e-3)


def test_the_score_and_its_detractors_are_counted(tmp_path):
    found = watch_word_of_mouth(write(tmp_path))
    assert found.asked_by == "nps" and found.detractor_share == pytest.approx(0.2, abs=0.002)
    assert found.nps == pytest.approx(0.5 - 0.2, abs=0.003) and found.nps_lower < found.nps < found.nps_upper
    assert not any(key == "caveat.word_of_mouth_ratings" for key, _ in found.caveats)


def test_without_the_question_poor_ratings_stand_for_detractors_and_no_nps_is_given(tmp_path):
    found = watch_word_of_mouth(write(tmp_path, nps=False))
    assert found.nps is None and found.asked_by == "rating"
    assert any(key == "caveat.word_of_mouth_ratings" for key, _ in found.caveats)


def test_each_complaint_counts_in_one_component(tmp_path):
    rows = watch_word_of_mouth(write(tmp_path)).table.set_index("component")
    assert rows["x"].to_dict() | {"detractors": 0} == {"detractors": 0, "local": 40, "escalated": 5, "public": 8}
    assert rows["x_baseline"].to_dict() | {"detractors": 0} == {
        "detractors": 0,
        "local": 40,
        "escalated": 5,
        "public": 4,
    }
    assert rows.loc["local", "n"] + rows.loc["local", "n_baseline"] == 4000


def test_the_index_is_the_weighted_geometric_mean_of_the_ratios(tmp_path):
    centre = write(tmp_path, public=40)
    found = watch_word_of_mouth(centre)
    ratio = found.table.set_index("component")["ratio"]
    assert found.index == pytest.approx(100 * np.exp(np.log(ratio).mean()))
    alone = watch_word_of_mouth(centre, weights={"public": 1.0})
    assert alone.index == pytest.approx(100 * ratio["public"]) and alone.index_lower > 100
    assert found.index_lower < found.index < found.index_upper
    assert any(key == "caveat.word_of_mouth_index" for key, _ in found.caveats)


def test_few_events_are_told(tmp_path):
    with speaking("en"):
        said = " ".join(watch_word_of_mouth(write(tmp_path)).sentences())
    assert "fewer than 10 events" in said and "regulator" in said


def test_detractors_who_answer_again_are_counted_with_what_time_alone_does(tmp_path):
    centre = write(tmp_path)
    found = watch_word_of_mouth(centre, days=30)
    rows = centre.engine.query(f'SELECT customer_id, "at", rating FROM ({centre.facts}) f').sort_values(
        ["customer_id", "at"]
    )
    rows["next"] = rows.groupby("customer_id")["rating"].shift(-1)
    gap = rows.groupby("customer_id")["at"].shift(-1) - rows["at"]
    ripe = rows[(rows["at"] <= rows["at"].max() - pd.Timedelta(days=30)) & (gap <= pd.Timedelta(days=30))]
    poor = ripe[ripe["rating"] == 1]
    assert found.n_won == len(poor) and found.won_back == pytest.approx((poor["next"] == 5).mean())
    assert found.kept == pytest.approx((ripe.loc[ripe["rating"] == 5, "next"] == 5).mean())


@pytest.mark.parametrize("weights", [{"noise": 1.0}, {}, {"public": -1.0}, {"public": 0.0}])
def test_impossible_weights_are_refused(tmp_path, weights):
    with pytest.raises(StudyError):
        watch_word_of_mouth(write(tmp_path), weights=weights)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_it_is_said_in_both_languages(tmp_path, lang):
    with speaking(lang):
        said = watch_word_of_mouth(write(tmp_path)).sentences()
    assert len(said) >= 5 and not any("{" in words for words in said)


def test_a_period_without_answers_is_refused(tmp_path):
    centre = write(tmp_path)
    with pytest.raises((DataError, StudyError, cs.errors.NoDataError)):
        watch_word_of_mouth(centre, cs.Question("satisfaction_rate", current="2024-02-01/2024-02-02"))
