"""The ladder: every rung answers alike, the right one is chosen, the wrong one refused, and roles are kept."""

import importlib
import inspect
import math

import numpy as np
import pandas as pd
import pytest

import ccsat as cs
from ccsat.catalogue.choose import choose
from ccsat.catalogue.rung import LEVELS, MODES, SHAPES, Shape, at_level, fitting
from ccsat.errors import ColumnError, DataError, ScaleError, StudyError
from ccsat.methods.answer import Answer
from ccsat.scales import AS_NUMBERS
from ccsat.wording import catalogue, speaking

METHODS = {one.key: one for one in cs.METHODS}


@pytest.fixture(scope="module")
def table():
    rng = np.random.default_rng(1)
    n = 480
    wait = rng.exponential(60, n)
    tier = rng.integers(0, 4, n)
    push = -0.01 * wait + 0.3 * tier + rng.normal(0, 1, n)
    level = lambda values, at=(-2, -1, 0, 1): pd.Categorical(
        1 + np.searchsorted(at, values), categories=[1, 2, 3, 4, 5], ordered=True
    )
    rows = pd.DataFrame({
        "team": rng.choice(["a", "b"], n), "channel": rng.choice(["bot", "chat", "phone"], n), "reason": rng.choice(["fee", "fault", "query"], n),
        "tier": pd.Categorical(np.array(["mass", "silver", "gold", "vip"])[tier], categories=["mass", "silver", "gold", "vip"], ordered=True),
        "agent_id": [f"g{k}" for k in rng.integers(0, 32, n)], "month": rng.choice(["2024-05", "2024-06"], n), "wait_s": wait, "handle_s": rng.lognormal(5, 0.4, n), "transfers": rng.poisson(1, n),
        "rating": level(push), "clear": level(push + rng.normal(0, 1, n)), "polite": level(push + rng.normal(0, 1, n)), "kind": level(push + rng.normal(0, 1, n)),
        "score": 8 + push, "score_2": 8.1 + push + rng.normal(0, 0.5, n), "score_3": 8.2 + push + rng.normal(0, 0.5, n),
        "solved": (push + rng.logistic(0, 1, n) > -0.5), "solved_2": (push + rng.logistic(0, 1, n) > -0.6), "solved_3": (push + rng.logistic(0, 1, n) > -0.4),
        "reason_2": rng.choice(["fee", "fault", "query"], n), "at": pd.Timestamp("2024-05-01") + pd.to_timedelta(rng.integers(0, 60, n), unit="D"), "weight": rng.uniform(0.5, 2, n),
        "p_value": rng.random(n),
    })  # fmt: skip
    rows["answered"] = rows["score"].where(rng.random(n) < 0.8)
    return rows


OUTCOME = {cs.Scale.NOMINAL: "reason", cs.Scale.ORDINAL: "rating", cs.Scale.INTERVAL: "score"}
SECOND = {cs.Scale.NOMINAL: "channel", cs.Scale.ORDINAL: "clear", cs.Scale.INTERVAL: "wait_s"}
OPTIONS = {
    "describe_answers": {"top_from": 4}, "partial_spearman": {"given": ["handle_s"]}, "partial_correlation": {"given": ["handle_s"]}, "partial_proportional_odds": {"free": ["wait_s"]},
    "mixed_ordered_logit": {"cluster": "agent_id"}, "mixed_linear": {"cluster": "agent_id"}, "mixed_logit": {"cluster": "agent_id"}, "gee": {"cluster": "agent_id"},
    "equivalence": {"bounds": (-0.5, 0.5)}, "adjusted_means": {"covariates": ["wait_s"]}, "survey_means": {"weights": "weight"}, "survey_compare": {"weights": "weight"},
    "survey_ranks": {"weights": "weight"}, "rao_scott_test": {"weights": "weight"}, "series_regression": {"level": "at"}, "dose_response": {"draws": 40}, "penalty_reward": {"low": 2, "high": 4},
    "rank_drivers": {"draws": 60}, "importance_performance": {"draws": 60}, "prune_indicators": {"draws": 60}, "relative_importance": {"draws": 60}, "conditional_dominance": {"draws": 60},
    "krippendorff_alpha": {"draws": 60}, "necessary_condition": {"draws": 60}, "factorability": {"draws": 50},
}  # fmt: skip
DRIVERS = {
    "penalty_reward": ["clear", "polite"],
    "importance_performance": [cs.Cast(one, values=AS_NUMBERS) for one in ("clear", "polite")],
    "subgroup_screen": ["channel", "team"],
}
COLUMNS = {
    "loglinear": ["reason", "channel", "team"],
    "intraclass_correlation": ["score", "score_2", "score_3"],
    "factorability": ["score", "score_2", "score_3"],
}
NAMED = {
    "mantel_haenszel_test": (("solved", "team"), {"confounders": ["reason"]}), "general_cmh_test": (("reason", "channel"), {"confounders": ["team"]}),
    "nonresponse": (("answered", "channel"), {}), "plan_shares": (("solved", "team"), {}), "plan_means": (("score", "team"), {}), "adjusted_p_values": (("p_value",), {}),
    "two_way_anova": (("score", "team"), {"second": "channel"}), "raked_mean": (("answered",), {"margins": ["channel"]}), "design_effect": (("score", "agent_id"), {}),
    "variance_components": (("score", "agent_id"), {}), "regression_to_mean": (("score", "agent_id"), {"period": "month"}), "mix_rate_split": (("score", "channel"), {"period": "month"}),
    "segment_deductions": (("score", "channel"), {}), "oaxaca_blinder": (("score", ["wait_s", "handle_s"]), {"period": "month"}), "difference_in_differences": (("score", "team"), {"time": "month", "at": "2024-06"}),
    "control_chart": (("score", "at"), {}), "change_point": (("score", "at"), {"draws": 99}), "interrupted_series": (("score", "at"), {"at": pd.Timestamp("2024-06-01")}),
    "normal_shape": (("score", "team"), {}), "spread_tests": (("score", "channel"), {}), "mediation": (("score", "wait_s"), {"mediators": ["handle_s"], "draws": 60}),
    "e_value": (("solved", "team"), {}), "agent_instrument": (("score", "solved"), {"agent": "agent_id", "within_cells": ["channel"]}),
}  # fmt: skip


def asked(method, table):
    """A call of a method through the public functions."""
    ask = cs.compare if method.mode == "compare" else cs.relate
    options = dict(OPTIONS.get(method.key, {}))
    if "cluster" in method.takes and "cluster" not in options:
        options["cluster"] = False
    if method.key in NAMED:
        given, more = NAMED[method.key]
        return ask(table, *given, method=method.key, **options, **more)
    outcome = "solved" if method.binary else OUTCOME[method.outcome]
    shape = method.shapes[0] if method.shapes[0] != "one" or len(method.shapes) == 1 else method.shapes[-1]
    if shape == "one":
        return ask(table, outcome, method=method.key, **options)
    if shape in ("two", "many", "ordered"):
        return ask(
            table, outcome, {"two": "team", "many": "channel", "ordered": "tier"}[shape], method=method.key, **options
        )
    if shape in ("paired", "waves"):
        stem = {
            "solved": ["solved", "solved_2", "solved_3"],
            "reason": ["reason", "reason_2"],
            "rating": ["rating", "clear", "polite"],
            "score": ["score", "score_2", "score_3"],
        }[outcome]
        return ask(table, stem[: 2 if shape == "paired" else 3], method=method.key, **options)
    if shape == "pair":
        second = "solved_2" if method.binary_other else SECOND[method.other]
        return ask(table, outcome, second, method=method.key, **options)
    if shape == "model":
        return ask(table, outcome, DRIVERS.get(method.key, ["wait_s", "handle_s"]), method=method.key, **options)
    return ask(table, COLUMNS.get(method.key, ["clear", "polite", "kind"]), method=method.key, **options)


def special(method, table):
    """The few that do not take columns of one row a contact."""
    module, name = method.home.split(":")
    function = getattr(importlib.import_module(f"ccsat.methods.{module}"), name)
    if method.key == "confirmatory_factors":
        items = table.assign(**{one: table[one].astype(int) for one in ("clear", "polite", "kind")})
        return function(items, {"service": ["clear", "polite", "kind"], "value": ["score", "score_2", "score_3"]})
    days = table.groupby("at")[["score", "wait_s", "handle_s"]].mean().reset_index()
    return function(days, "score", ["wait_s", "handle_s"], level="day", time="at", draws=60)


@pytest.mark.parametrize("key", METHODS)
def test_every_method_gives_one_kind_of_answer(table, key):
    method = METHODS[key]
    answer = special(method, table) if key in ("confirmatory_factors", "rank_kpis") else asked(method, table)
    assert isinstance(answer, Answer) and answer.method == key
    assert answer.n > 0 and all(isinstance(step, str) and n > 0 for step, n in answer.dropped)
    if key == "adjusted_p_values":  # of p-values alone there is no effect
        assert {"p_value", "p_adjusted"} <= set(answer.table.columns) or len(answer.table.columns) > 2
        return
    first = answer.effect
    assert first is not None, "no effect size"
    if key == "necessary_condition":  # a ceiling line has no interval; it says how steady it is instead
        assert first.lower is None and {one.name for one in answer.assumptions} == {"regression_ceiling_stable"}
        return
    assert (
        first.lower is not None
        and first.upper is not None
        and first.lower <= first.value + 1e-9
        and first.value <= first.upper + 1e-9
    )
    if answer.p_value is not None and not math.isnan(answer.p_value):
        assert 0 <= answer.p_value <= 1 and answer.detectable is not None and answer.detectable > 0
    assert isinstance(answer.table, pd.DataFrame) and len(answer.table)
    assert any(name == "n" or name.startswith(("n_", "times")) for name in answer.table.columns), list(
        answer.table.columns
    )
    assert list(answer.table.columns) == [str(name) for name in answer.table.columns]
    if "p_adjusted" in answer.table:
        assert answer.family is not None
    for lang in ("zh", "en"):
        with speaking(lang):
            assert METHODS[key].words("name") in answer.sentence()
            assert all(answer.notes()) and "{" not in "".join(answer.notes()) + answer.sentence()
            assert all(catalogue()[f"effect.{one.name}"][lang] and "{" not in one.name for one in answer.effects)
            assert all(
                catalogue()[f"assumption.{one.name}"][lang].format_map(one.values) for one in answer.assumptions
            )  # said or not


@pytest.mark.parametrize("key", METHODS)
def test_every_method_is_documented(key):
    method = METHODS[key]
    words = inspect.getdoc(method.function)
    assert words and words.split("\n")[0].endswith("?") and "Source:" in words and method.source
    assert method.mode in MODES and method.level in LEVELS and method.shapes and set(method.shapes) <= set(SHAPES)
    for part in ("name", "question", "assumes", "effect"):
        assert method.words(part, "zh") and method.words(part, "en")


def test_the_ladder_has_each_method_once_and_each_cell():
    assert len(METHODS) == len(cs.METHODS)
    words = {key.split(".")[1] for key in catalogue() if key.startswith("method.") and key.endswith(".name")}
    assert words == set(METHODS)
    homes = [one.home for one in cs.METHODS]
    assert len(homes) == len(set(homes))
    for mode in MODES:
        for scale in cs.Scale:
            assert {one.level for one in cs.METHODS if one.mode == mode and one.outcome == scale} == set(LEVELS)


CHOSEN = [
    ("rating", "team", "mann_whitney"), ("rating", "channel", "kruskal_wallis"), ("rating", "tier", "jonckheere_terpstra"), ("score", "team", "welch_t"), ("score", "channel", "welch_anova"),
    ("solved", "team", "two_proportions"), ("reason", "channel", "chi_square"), ("rating", None, "describe_answers"), ("score", None, "describe_means"), ("reason", None, "goodness_of_fit"),
    (["rating", "clear"], None, "signed_rank"), (["rating", "clear", "polite"], None, "friedman"), (["score", "score_2"], None, "paired_t"), (["solved", "solved_2"], None, "mcnemar_test"),
]  # fmt: skip


@pytest.mark.parametrize(("outcome", "by", "key"), CHOSEN, ids=lambda value: str(value))
def test_compare_chooses_by_scale_shape_and_level(table, outcome, by, key):
    assert cs.compare(table, outcome, by, cluster=False).method == key
    listed = choose(table, outcome, by)
    assert key in set(listed["key"]) and (listed["why"].str.len() > 0).all()


@pytest.mark.parametrize(("a", "b", "level", "key"), [
    ("rating", "clear", "basic", "spearman"), ("rating", "wait_s", "basic", "spearman"), ("rating", "wait_s", "advanced", "polyserial"), ("score", "wait_s", "basic", "pearson"),
    ("reason", "channel", "intermediate", "nominal_association"), ("solved", "solved_2", "intermediate", "phi_coefficient"), ("score", "channel", "basic", "correlation_ratio"),
    ("score", "solved", "basic", "point_biserial"), ("rating", "channel", "intermediate", "kruskal_wallis"), ("rating", ["wait_s", "team"], "advanced", "ordered_logit"),
    ("score", ["wait_s", "team"], "intermediate", "linear_regression"), ("solved", ["wait_s", "team"], "intermediate", "logistic_regression"), ("reason", ["wait_s"], "advanced", "multinomial_logit"),
])  # fmt: skip
def test_relate_chooses_by_scales_and_level(table, a, b, level, key):
    assert cs.relate(table, a, b, level=level).method == key
    assert key in set(choose(table, a, b, want="relate")["key"])


def test_levels_change_the_rung_and_what_is_not_there_is_said(table):
    assert cs.compare(table, "rating", "team", level="basic").method == "rank_boxes"
    assert cs.compare(table, "rating", "team", level="advanced").method == "compare_ordered_logit"
    other = cs.relate(table, "rating", ["wait_s"], level="basic")
    assert "caveat.other_level" in dict(other.caveats) and any("advanced" in note for note in other.notes())
    with speaking("zh"):
        assert any("高级" in note for note in other.notes())
    with pytest.raises(StudyError, match="expert"):
        cs.compare(table, "rating", "team", level="expert")


def test_a_method_named_outright_is_held_to_the_scale(table):
    with pytest.raises(ScaleError, match="kruskal_wallis") as caught:
        cs.compare(table, "rating", "channel", method="welch_anova")
    assert "cs.Cast" in caught.value.message("zh") and "定序" in caught.value.message("zh")
    with pytest.raises(ScaleError, match="chi_square"):
        cs.compare(table, "reason", "team", method="mann_whitney")
    with pytest.raises(ScaleError, match="spearman"):
        cs.relate(table, "rating", "clear", method="pearson")
    with pytest.raises(ScaleError, match="kruskal_wallis"):
        cs.compare(table, "rating", "channel", method="mann_whitney")  # three groups
    with pytest.raises(ScaleError, match="compare"):
        cs.relate(table, "rating", "team", method="mann_whitney")
    with pytest.raises(StudyError, match="mann_whitney"):
        cs.compare(table, "rating", "team", method="man_whitney")
    with pytest.raises(StudyError, match="baseline"):
        cs.compare(table, "rating", "team", method="mann_whitney", basline="a")
    with pytest.raises(StudyError, match="given"):
        cs.relate(table, "rating", "clear", method="partial_spearman")
    with pytest.raises(ScaleError, match="cs.relate"):
        cs.compare(table, "rating", "wait_s")
    cast = cs.compare(table, cs.Cast("rating", values=cs.LINEAR_5), "channel", method="welch_anova", cluster=False)
    assert cast.casts == ("rating",) and any("rating" in note and "numbers" in note for note in cast.notes())


def test_averages_of_codes_are_refused_whatever_is_asked(table):
    codes = table.assign(channel_code=table["channel"].map({"bot": 1, "chat": 2, "phone": 3}))
    with pytest.raises(ScaleError, match="chi_square"):
        cs.compare(codes, "channel_code", "team")
    for method in (None, "welch_t"):
        with pytest.raises(ScaleError, match="nominal"):
            cs.compare(table, cs.Cast("channel", values={"bot": 1, "chat": 2, "phone": 3}), "team", method=method)
    with pytest.raises(ScaleError):
        cs.compare(table, "channel", "team", method="welch_t")


def test_roles_go_where_they_are_taken_and_are_named_where_not(table):
    roles = cs.Roles(cluster="agent_id", weights="weight")
    taken = cs.compare(table, "rating", "team", roles=roles)
    assert taken.cluster == "agent_id" and taken.weights == "weight"
    none = cs.compare(table, "rating", "team", method="ridits", roles=roles)
    assert "caveat.weights_ignored" in dict(none.caveats) and none.cluster == "agent_id"
    shrunken = cs.compare(table, "score", "channel", method="shrunken_means", roles=roles)
    assert {"caveat.cluster_ignored", "caveat.weights_ignored"} <= set(dict(shrunken.caveats))
    ranked = cs.relate(
        table,
        "rating",
        ["wait_s", "handle_s", "tier"],
        method="rank_drivers",
        roles=cs.Roles(confounders=("tier",), cluster="agent_id"),
        draws=60,
    )
    assert set(ranked.table["driver"]) == {"wait_s", "handle_s"} and ranked.cluster == "agent_id"


@pytest.mark.parametrize(
    ("outcome", "kind"),
    [("rating", "odds_ratio"), ("solved", "odds_ratio"), ("score", "difference"), ("reason", "cramer_v")],
)
@pytest.mark.parametrize("by", ["team", "channel"])
def test_crude_and_adjusted_stand_side_by_side(table, outcome, kind, by):
    answer = cs.compare(table, outcome, by, roles=cs.Roles(confounders=("tier",), cluster=False))
    rows = answer.extra["beside"]
    assert (rows["measure"] == kind).all() and (rows["n"] == len(table)).all()
    assert (rows["adjusted_lower"] <= rows["adjusted"]).all() and "caveat.crude_adjusted" in dict(answer.caveats)
    if kind != "cramer_v":
        assert len(rows) == table[by].nunique() - 1
    again = cs.relate(table, outcome, by, roles=cs.Roles(confounders=("tier",), cluster=False))
    assert again.extra["beside"]["adjusted"].to_numpy() == pytest.approx(rows["adjusted"].to_numpy())


def test_the_outcome_of_a_pair_stays_the_outcome_beside(table):
    answer = cs.relate(
        table,
        "solved",
        "wait_s",
        level="basic",
        method="point_biserial",
        roles=cs.Roles(confounders=("tier",), cluster=False),
    )
    (row,) = answer.extra["beside"].itertuples()
    assert row.term == "wait_s" and row.measure == "odds_ratio" and row.adjusted < 1


def test_models_hold_confounders_and_leave_mediators_out(table):
    roles = cs.Roles(confounders=("tier",), mediators=("transfers",), cluster=False)
    answer = cs.relate(table, "score", ["wait_s", "transfers"], roles=roles)
    assert "transfers" not in set(answer.table["driver"]) and "tier" in set(answer.table["driver"])
    row = answer.extra["beside"].set_index("term").loc["wait_s"]
    assert row["adjusted"] == pytest.approx(answer.table.set_index("term").loc["wait_s", "effect"])
    assert {"caveat.crude_adjusted", "caveat.total_direct"} <= set(dict(answer.caveats)) and row["direct"] != row[
        "adjusted"
    ]


def test_drivers_from_the_outcome_side_are_refused(table):
    roles = cs.Roles(outcome_side=("transfers",), time_rank={"wait_s": 1, "rating": 2, "handle_s": 3})
    for drivers, name in ((["wait_s", "transfers"], "transfers"), (["wait_s", "handle_s"], "handle_s")):
        for method in (None, "rank_drivers", "cumulative_link"):
            with pytest.raises(ColumnError, match=name):
                cs.relate(table, "rating", drivers, method=method, roles=roles)
    with pytest.raises(ColumnError, match="role"):
        cs.relate(table, "rating", ["wait_s"], roles=cs.Roles(outcome_side=("tier",), confounders=("tier",)))


def test_wrong_calls_are_one_message(table):
    with pytest.raises(ColumnError, match="rating"):
        cs.compare(table, "ratng", "team")
    with pytest.raises(DataError, match="score"):
        cs.relate(table, "score")
    with pytest.raises(StudyError, match="explain"):
        choose(table, "score", "team", want="explain")
    with pytest.raises(DataError, match="email"):
        cs.compare(table, "score", "channel", segment="email")
    with pytest.raises(StudyError, match="one_sided"):
        cs.compare(table, "score", "team", one_sided=True)


def test_a_segment_is_compared_with_the_rest(table):
    answer = cs.compare(table, "score", "channel", segment="bot", cluster=False)
    inside = table["channel"] == "bot"
    assert answer.effect.value == pytest.approx(table.loc[inside, "score"].mean() - table.loc[~inside, "score"].mean())
    assert table["channel"].nunique() == 3  # the table is as it was


def test_the_ladder_is_climbed_by_level_then_scale():
    pair = Shape("relate", cs.Scale.ORDINAL, cs.Scale.INTERVAL, "pair")
    assert at_level(fitting(cs.METHODS, pair), "basic", pair)[0].key == "spearman"
    nothing = Shape("compare", cs.Scale.NOMINAL, None, "pair")
    with pytest.raises(ScaleError, match="nominal"):
        at_level(fitting(cs.METHODS, nothing), "basic", nothing)


def test_choose_speaks_the_session_language(table):
    with speaking("zh"):
        words = choose(table, "rating", "channel")
        assert words["why"].str.contains("定序").all() and words.set_index("key").loc[
            "kruskal_wallis", "question"
        ] == METHODS["kruskal_wallis"].words("question", "zh")
    assert list(choose(table, "rating", "channel").columns) == [
        "key",
        "name",
        "question",
        "level",
        "why",
        "assumes",
        "effect",
        "source",
    ]
    assert len(choose(table, "rating", ["wait_s"], want="relate")) and len(
        choose(table, ["clear", "polite", "kind"], want="relate")
    )


def test_an_answer_shows_what_its_reader_must_see():
    """Caveats stand beside the sentence wherever an answer is shown, escaped in HTML."""
    rating = pd.Categorical([1, 5, 4, 5, 2, 5] * 20, range(1, 6), ordered=True)
    table = pd.DataFrame({"rating": rating, "<b>team": ["a", "b"] * 60})
    with speaking("en"):
        answer = cs.compare(table, "rating", "<b>team", level="basic")
        notes, page = answer.notes(), answer._repr_html_()
        assert notes and all(note in repr(answer) for note in notes)
        assert page.count("<li>") == len(notes) and "<b>" not in page
