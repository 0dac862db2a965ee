"""Complaints: indicators, cohorts with maturity, where more escalate, causes that close, the preventable pool, handling."""

import numpy as np
import pandas as pd
import pytest

from ccsat import worlds
from ccsat.centre import read_centre
from ccsat.errors import ColumnError, DataError, StudyError
from ccsat.figures.business import plot_escalation_cells, plot_escalation_cohorts
from ccsat.kpis.complaints import INDICATORS
from ccsat.question import Question
from ccsat.touchpoints.complaint_causes import complaint_ledger, handling, preventable_pool, regulator_rates
from ccsat.touchpoints.complaint_rows import between, escalations, local_complaints, need_columns
from ccsat.touchpoints.complaints import escalation_cohorts, escalation_rate, locate_escalations, survival
from ccsat.wording import speaking

STUDY = """
[study]
name = "tiny"
[data]
contacts = "contacts.csv"
surveys = "surveys.csv"
customers = "customers.csv"
complaints = "complaints.csv"
[columns]
resolved = "resolved"
[scale]
rating = "five"
[dimensions]
line = "line"
[owners]
R02 = "agent"
R07 = "billing_product"
[question]
current = "2025-03-01/2025-04-30"
"""


def rows(text):
    head, *lines = [line.split() for line in text.strip().splitlines()]
    return pd.DataFrame([[None if cell == "-" else cell for cell in line] for line in lines], columns=head)


CONTACTS = rows("""
contact_id customer_id started_at line resolved
C1 U1 2025-03-01 fee 0
C2 U1 2025-04-01 fee 0
C3 U1 2025-04-02 fee 0
C4 U2 2025-04-03 net 1
C5 U3 2025-04-10 net 0
C6 U4 2025-04-29 fee 1
C7 U5 2025-04-30 fee 1
""")
COMPLAINTS = rows("""
complaint_id customer_id first_contact_id earlier_complaint_id filed_at level kind cause_code due_at first_reply_at closed_at liable reopened satisfaction
K1 U1 C1 - 2025-03-02 local business R07 2025-03-03 2025-03-02 2025-03-05 yes no 5
K2 U1 C3 - 2025-04-02 local business R07 2025-04-04 2025-04-04 2025-04-05 yes yes 2
K3 U2 C4 - 2025-04-05 local service_quality R02 2025-04-06 2025-04-09 2025-04-10 no no -
K4 U1 C3 K2 2025-04-12 escalated business R07 - - - - - 1
K5 U3 C5 - 2025-04-12 escalated business R02 - - - - - -
K6 U4 C6 - 2025-04-29 local business R07 2025-04-30 - - - - -
""")
SURVEYS = rows("""
survey_id contact_id rating
S1 C1 5
S2 C4 1
S3 C7 4
""")


@pytest.fixture(scope="module")
def tiny(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tiny")
    CONTACTS.to_csv(folder / "contacts.csv", index=False)
    SURVEYS.to_csv(folder / "surveys.csv", index=False)
    COMPLAINTS.to_csv(folder / "complaints.csv", index=False)
    pd.DataFrame({"customer_id": [f"U{k}" for k in range(1, 11)]}).to_csv(folder / "customers.csv", index=False)
    (folder / "study.toml").write_text(STUDY, encoding="utf-8")
    return read_centre(folder)


@pytest.fixture(scope="module")
def s11():
    return worlds.make("S11", rng=101)


def value(centre, key):
    """An indicator's value by its rows, and how many counted."""
    found = centre.engine.query(next(one for one in INDICATORS if one.key == key).rows(centre))
    found = found[found["level"].notna()]
    times = found["times"] if "times" in found else pd.Series(1, index=found.index)
    assert found["row_key"].is_unique
    return float((found["level"].astype(float) * times).sum() / times.sum()), int(times.sum())


@pytest.mark.parametrize(
    ("key", "expected", "n"),
    [
        ("complaint_rate/per_10k_contacts", 4 / 7, 7),  # K1, K2, K3, K6 from seven contacts
        ("escalation_rate/30d_mature", 1 / 4, 4),
        ("escalation_rate/14d_mature", 1 / 4, 4),
        ("direct_escalation_rate/of_complaints", 1 / 5, 5),
        ("complaint_repeat_rate/30d_mature", 0 / 4, 4),  # K2 comes 31 days after K1
        ("complaint_on_time_rate/own_deadline", 2 / 4, 4),
        ("complaint_on_time_rate/24h", 1 / 4, 4),
        ("liability_rate/of_closed", 2 / 3, 3),
        ("complaint_reopen_rate/of_closed", 1 / 3, 3),
        ("complaint_satisfaction/five_level", 1 / 3, 3),
        ("complaint_kind_share/service_quality", 1 / 6, 6),
        (
            "complaint_rate/per_million_customer_days",
            4 / 90,
            90,
        ),  # ten customers on nine days with contacts or complaints
    ],
)
def test_each_indicator_counts_what_it_says(tiny, key, expected, n):
    assert value(tiny, key) == (pytest.approx(expected), n)


def test_indicators_are_named_once_and_say_what_they_need():
    keys = [one.key for one in INDICATORS]
    assert len(set(keys)) == len(keys) and all(one.group == "complaint" and one.needs for one in INDICATORS)


def test_escalations_find_their_complaint_by_customer_where_none_is_named(tiny, tmp_path):
    for name in ("contacts", "surveys", "customers"):
        (tmp_path / f"{name}.csv").write_bytes((tiny.study.folder / f"{name}.csv").read_bytes())
    COMPLAINTS.drop(columns="earlier_complaint_id").assign(
        level=lambda t: t["level"].map({"local": "本地", "escalated": "升级"})
    ).to_csv(tmp_path / "complaints.csv", index=False)
    (tmp_path / "study.toml").write_text(STUDY, encoding="utf-8")
    plain = read_centre(tmp_path)
    assert value(plain, "escalation_rate/30d_mature") == (1 / 4, 4)
    assert escalations(plain).set_index("complaint_id")["direct"].to_dict() == {"K2": False, "K5": True}


def test_what_is_not_known_yet_is_not_counted(tiny):
    early = local_complaints(tiny, as_of="2025-04-05").set_index("complaint_id")
    assert early["event"].sum() == 0 and early.loc["K1", "mature"] and not early.loc["K2", "mature"]
    assert list(early.index) == ["K1", "K2", "K3"]
    late = local_complaints(tiny).set_index("complaint_id")
    assert late.loc["K2", "watched_h"] == 240 and late.loc["K2", "event"] and not late.loc["K6", "mature"]


def test_a_study_without_complaints_says_so(tiny, tmp_path):
    for name in ("contacts", "surveys"):
        (tmp_path / f"{name}.csv").write_bytes((tiny.study.folder / f"{name}.csv").read_bytes())
    lines = [line for line in STUDY.splitlines() if "complaints" not in line and "customers" not in line]
    (tmp_path / "study.toml").write_text("\n".join(lines), encoding="utf-8")
    with speaking("en"), pytest.raises(DataError, match="no table 'complaints'"):
        local_complaints(read_centre(tmp_path))
    with speaking("en"), pytest.raises(DataError, match="lacks 'authority'"):
        need_columns(tiny, "complaint_id", "authority")


# Maturity --------------------------------------------------------------------------------------------


def test_only_mature_complaints_are_published(s11):
    centre = s11.centre
    before, now = "2025-03-03/2025-04-27", "2025-04-28/2025-05-25"
    ripe = escalation_rate(centre, period=before)
    assert ripe["n"] < len(between(local_complaints(centre), None)) and not ripe["biased"]
    assert np.isnan(escalation_rate(centre, period=now)["value"])
    plain = [escalation_rate(centre, estimator="naive", period=one) for one in (before, now)]
    assert plain[1]["value"] < plain[0]["value"] and plain[1]["biased"]  # the last month looks better: the trap
    by_age = [
        escalation_rate(centre, estimator="km", window_days=27, period=one, where={"region": "R3"})
        for one in (before, now)
    ]
    assert by_age[1]["lower"] > by_age[0]["value"]  # and is not
    expected = s11.truth["verification"]["expect"]["survival_27d"]
    assert by_age[1]["value"] == pytest.approx(expected["current"], abs=0.01) and by_age[0]["value"] == pytest.approx(
        expected["baseline"], abs=0.005
    )


@pytest.mark.parametrize("name", ["mixed", "mature_or_escalated"])
def test_the_mixed_set_is_refused_by_name(s11, name):
    with speaking("en"), pytest.raises(StudyError, match="early failure"):
        escalation_rate(s11.centre, estimator=name)


def test_an_unknown_estimator_names_those_there_are(s11):
    with speaking("en"), pytest.raises(StudyError, match="'km'"):
        escalation_rate(s11.centre, estimator="kaplan")


def test_mixed_lies_above_the_truth_and_naive_below():
    rng = np.random.default_rng(5)
    age = rng.uniform(0, 60, 40_000)
    when = np.where(rng.random(40_000) < 0.1, rng.uniform(0, 30, 40_000), np.inf)
    event = (when <= age) & (when <= 30)
    table = pd.DataFrame(
        {"event": event, "watched_h": 24 * np.where(event, when, np.minimum(age, 30)), "mature": age >= 30}
    )
    km = survival(table, 30)
    mixed = table[table["mature"] | table["event"]]["event"].mean()
    assert table["event"].mean() < 0.1 < mixed and km["lower"] <= 0.1 <= km["upper"]


def test_km_agrees_with_another_program():
    from statsmodels.duration.survfunc import SurvfuncRight

    rng = np.random.default_rng(3)
    table = pd.DataFrame({"watched_h": rng.integers(1, 24 * 30, 300).astype(float), "event": rng.random(300) < 0.3})
    table.loc[:20, ["watched_h", "event"]] = [720.0, False]
    other = SurvfuncRight(table["watched_h"], table["event"].astype(int))
    assert survival(table, 30)["value"] == pytest.approx(1 - other.surv_prob[-1], abs=1e-12)


def test_cohorts_say_which_weeks_can_be_judged(s11):
    found = escalation_cohorts(s11.centre)
    assert found.table["mature"].tolist() == [True] * 7 + [False] * 5
    assert found.table["n"].sum() == len(local_complaints(s11.centre)) and found.caveats[0][0] == "caveat.cohorts_young"
    assert len(plot_escalation_cohorts(found).data) == 2
    for lang in ("zh", "en"):
        with speaking(lang):
            assert "{" not in found.sentence()


# Where ------------------------------------------------------------------------------------------------


def test_the_planted_region_escalates_beyond_its_age(s11):
    found = locate_escalations(s11.centre, s11.question)
    top = found.cells.iloc[0]
    assert {top["dim"]: top["level"]} == s11.truth["cells"][0]["where"]
    assert found.table["points"].sum() == pytest.approx(found.total, abs=1e-12) and found.dimension == "region"
    assert found.table["escalated"].sum() == between(local_complaints(s11.centre), found.asked.current)["event"].sum()
    assert plot_escalation_cells(found).data


def test_a_question_of_level_has_no_baseline_to_expect_from(s11):
    with speaking("en"), pytest.raises(StudyError, match="baseline"):
        locate_escalations(s11.centre, Question(current="2025-04-28/2025-05-25"))


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(102, 107))
def test_the_planted_region_is_near_the_top_in_every_seed(seed):
    world = worlds.make("S11", rng=seed)
    found = locate_escalations(world.centre, world.question)
    assert world.truth["cells"][0]["where"] in [{r.dim: r.level} for r in found.cells.head(3).itertuples()]


# Causes, handling, pool --------------------------------------------------------------------------------


@pytest.mark.parametrize("by", [("cause_code",), ("cause_code", "rule_code"), ("region", "kind")])
@pytest.mark.parametrize("change", [True, False])
def test_causes_close_on_the_complaint_rate(s11, by, change):
    found = complaint_ledger(s11.centre, s11.question, by=by, change=change)
    now = between(local_complaints(s11.centre), found.asked.current if hasattr(found, "asked") else None)
    assert found.table["points"].sum() == pytest.approx(found.total, abs=1e-12)
    assert not change or found.total == pytest.approx(
        (found.table["value"] - found.table["value_baseline"]).sum(), abs=1e-12
    )
    assert found.table["n"].sum() <= len(now)


def test_owners_of_causes(tiny):
    question = Question(current="2025-03-01/2025-04-30")
    found = complaint_ledger(tiny, question, by=("owner",)).table.set_index("owner")["n"]
    assert found.to_dict() == {"billing_product": 3, "agent": 1}
    assert complaint_ledger(tiny, question, of="all").table["n"].sum() == 6
    with pytest.raises(ColumnError):
        complaint_ledger(tiny, question, by=("team",))
    with pytest.raises(StudyError):
        complaint_ledger(tiny, question, of="some")


def test_the_pool_counts_unresolved_contacts_before_the_complaint(tiny):
    found = preventable_pool(tiny, lookback_days=30)
    assert found.table.iloc[0][["n", "preventable"]].tolist() == [
        2,
        1,
    ]  # K2 after C2 and C3 (C1 is older); K5 after C5 alone
    assert preventable_pool(tiny, lookback_days=30, least=1).table.iloc[0]["preventable"] == 2
    assert preventable_pool(tiny, lookback_days=35).left_out == 1
    assert preventable_pool(tiny, lookback_days=30, by="line").table["n"].tolist() == [2, 1, 1]


def test_a_widened_deadline_hides_nothing(s11):
    found = handling(s11.centre, s11.question, by="region").table.set_index(["caliber", "level"])
    assert found.loc[("own_deadline", "R3"), "p_adjusted"] > 0.5  # on time as before, by the deadline that was doubled
    assert found.loc[("24h", "R3"), "p_adjusted"] < 1e-20 and found.loc[("24h", "R3"), "change"] < -0.3
    assert (found.loc["24h"].drop(index="R3")["p_adjusted"] > 0.05).all()
    with speaking("en"):
        assert "R3" in handling(s11.centre, s11.question, by="region").sentence()


def test_regulator_style_rates(tiny):
    found = regulator_rates(tiny).table.set_index("class")
    assert found["n"].to_dict() == {"all": 2, "service": 1, "network": 0, "charges": 1, "other": 0}
    days = (tiny.days[1] - tiny.days[0]).days + 1
    assert (
        found.loc["all", "value"] == pytest.approx(2 / 10 * 1e6 * 365.25 / 4 / days)
        and found.loc["network", "lower"] == 0
    )
    assert (found["lower"] <= found["value"]).all() and (found["value"] <= found["upper"]).all()
