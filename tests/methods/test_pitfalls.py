"""Each usual mistake (METHODS 3) on a table made for it: the naive call is warned or refused, the right way is named, and is right.

Each test also has a table without the mistake, on which the warning is absent.
"""

import dataclasses

import numpy as np
import pandas as pd
import pytest

import ccsat as cs
from ccsat.errors import ColumnError, DataError, ScaleError
from ccsat.scales import AS_NUMBERS
from ccsat.wording import speaking, text


def said(answer):
    """Keys of the caveats, and of the assumptions that failed."""
    return {key.split(".")[1] for key, _ in answer.caveats} | {
        one.name for one in answer.assumptions if one.ok is False
    }


def words(answer, key, lang):
    """What a caveat or a failed assumption says."""
    with speaking(lang):
        for name, values in answer.caveats:
            if name == f"caveat.{key}":
                return text(name, **values)
        return next(text(f"assumption.{one.name}", **one.values) for one in answer.assumptions if one.name == key)


def warned(answer, key, *named):
    """The warning is there, and in both languages it names the right way and leaves no blank."""
    assert key in said(answer), (key, said(answer))
    for lang in ("zh", "en"):
        sentence = words(answer, key, lang)
        assert all(name in sentence for name in named), (lang, sentence)
        with speaking(lang):
            assert sentence in answer.notes()


def refused(error, call, *named):
    """The call is refused, and in both languages the message names the right way."""
    with pytest.raises(error) as caught:
        call()
    for lang in ("zh", "en"):
        assert all(name in caught.value.message(lang) for name in named), caught.value.message(lang)


def rated(values):
    return pd.Categorical(values, categories=[1, 2, 3, 4, 5], ordered=True)


def cut(latent, at=(-1.5, -0.5, 0.5, 1.5)):
    """Ratings 1 to 5 of what lies behind them."""
    return rated(1 + np.searchsorted(at, latent))


def effect(answer, name):
    return next(one for one in answer.effects if one.name == name)


def test_01_levels_are_not_numbers():
    rng = np.random.default_rng(1)
    n = 4000
    latent = np.concatenate([rng.normal(1.6, 0.6, n), rng.normal(2.0, 2.2, n)])
    table = pd.DataFrame(
        {
            "rating": cut(latent),
            "team": np.repeat(["a", "b"], n),
            "channel": rng.choice(["bot", "chat", "phone"], 2 * n),
        }
    )
    refused(ScaleError, lambda: cs.compare(table, "rating", "team", method="welch_t"), "mann_whitney", "cs.Cast")
    refused(
        ScaleError,
        lambda: cs.compare(table, cs.Cast("channel", values={"bot": 1, "chat": 2, "phone": 3}), "team"),
        "chi_square",
    )
    naive = cs.compare(table, cs.Cast("rating", values=AS_NUMBERS), "team", cluster=False)
    assert naive.effect.upper < 0 and naive.casts == ("rating",)  # the mean says that b is worse
    warned(naive, "rank_cuts_disagree")
    warned(naive, "mean_rating")
    right = cs.relate(table, "rating", ["team"], method="ordered_logit_spread", cluster=False)
    (place,) = right.table[right.table["part"] == "location"].itertuples()
    assert place.lower > 1 if place.term == "team: b" else place.upper < 1  # what lies behind is better in b
    plain = table.assign(rating=cut(np.where(table["team"] == "b", 0.5, 0.0) + rng.normal(0, 1, 2 * n)))
    assert not {"rank_cuts_disagree", "rank_mean_disagrees"} & said(
        cs.compare(plain, cs.Cast("rating", values=AS_NUMBERS), "team", cluster=False)
    )


def test_02_a_ceiling_hides_low_answers():
    rng = np.random.default_rng(2)
    n = 3000
    shares = {"a": [0.02, 0.03, 0.10, 0.20, 0.65], "b": [0.08, 0.06, 0.04, 0.17, 0.65]}
    table = pd.DataFrame(
        {
            "rating": rated(np.concatenate([rng.choice(5, n, p=p) + 1 for p in shares.values()])),
            "team": np.repeat(list(shares), n),
        }
    )
    naive = cs.compare(table, cs.Cast("rating", values=AS_NUMBERS), "team", cluster=False)
    warned(naive, "guard_ceiling", "rank_boxes", "ordered_logit_spread")
    assert "rank_ceiling" in said(cs.compare(table, "rating", "team", cluster=False))
    top = cs.compare(table, "rating", "team", method="rank_boxes", top_from=5, bottom_to=2, cluster=False)
    low = top.table.set_index("group")
    assert (
        not top.found and low.loc["b", "bottom_lower"] > low.loc["a", "bottom_upper"]
    )  # same top box, three times the low answers
    even = table.assign(rating=rated(rng.integers(1, 6, 2 * n)))
    assert not {"guard_ceiling", "rank_ceiling"} & (
        said(cs.compare(even, cs.Cast("rating", values=AS_NUMBERS), "team", cluster=False))
        | said(cs.compare(even, "rating", "team", cluster=False))
    )


def test_03_the_cut_decides():
    rng = np.random.default_rng(3)
    n = 2000
    shares = {"a": [0.05, 0.10, 0.20, 0.40, 0.25], "b": [0.15, 0.15, 0.15, 0.15, 0.40]}
    table = pd.DataFrame(
        {
            "rating": rated(np.concatenate([rng.choice(5, n, p=p) + 1 for p in shares.values()])),
            "team": np.repeat(list(shares), n),
        }
    )
    naive = cs.compare(table, "rating", "team", method="two_proportions", top_from=5, cluster=False)
    assert naive.found and naive.effect.value > 0
    warned(naive, "rank_cuts_disagree", "'5'", "'4'")
    usual = cs.compare(table, "rating", "team", level="basic", cluster=False)
    warned(usual, "usual_cut", "4", "cuts")  # the cut stands in the catalogue
    cuts = usual.extra["cuts"].pivot(index="cut", columns="group", values="value")
    assert (cuts["b"] - cuts["a"]).loc[5] > 0 > (cuts["b"] - cuts["a"]).loc[4]
    shifted = table.assign(rating=cut(np.where(table["team"] == "b", 0.5, 0.0) + rng.normal(0, 1, 2 * n)))
    assert "rank_cuts_disagree" not in said(
        cs.compare(shifted, "rating", "team", method="two_proportions", top_from=5, cluster=False)
    )


def agents(rng, between, *, per_team=15, each=30, apart=0.0):
    """Two teams' ratings: agents differ by `between` of the variance."""
    unit = np.repeat(np.arange(2 * per_team), each)
    team = np.where(unit < per_team, "a", "b")
    latent = (
        rng.normal(0, np.sqrt(between), 2 * per_team)[unit]
        + rng.normal(0, np.sqrt(1 - between), len(unit))
        + np.where(team == "b", apart, 0)
    )
    return pd.DataFrame({"rating": cut(latent), "team": team, "agent_id": [f"g{k}" for k in unit]})


def test_04_ratings_of_one_agent_are_not_independent():
    false = {"naive": 0, "clustered": 0}
    for seed in range(60):
        table = agents(np.random.default_rng(seed), 0.10)
        false["naive"] += cs.compare(table, "rating", "team").found
        false["clustered"] += cs.compare(table, "rating", "team", cluster="agent_id").found
    assert false["naive"] >= 12 and false["clustered"] <= 7  # of 60, with no difference at all
    naive, right = (
        cs.compare(table, "rating", "team"),
        cs.compare(table, "rating", "team", roles=cs.Roles(cluster="agent_id")),
    )
    warned(naive, "cluster_unsaid", "cluster=")
    warned(right, "guard_worth", "agent_id", "30")
    assert right.clusters == 30 and right.n_effective < 0.6 * right.n
    assert "cluster_unsaid" not in said(right) | said(cs.compare(table, "rating", "team", cluster=False))


def test_05_few_clusters():
    table = agents(np.random.default_rng(5), 0.05, per_team=4, each=100)
    for answer in (cs.compare(table, "rating", "team", cluster="agent_id"), cs.relate(table, "rating", ["team"], cluster="agent_id"),
                   cs.compare(table, cs.Cast("rating", values=AS_NUMBERS), "team", cluster="agent_id")):  # fmt: skip
        key = {
            "mann_whitney": "rank_few_clusters",
            "ordered_logit": "ordinal_few_clusters",
            "welch_t": "mean_few_clusters",
        }[answer.method]
        warned(answer, key, "8")
        assert answer.statistic["df"] <= 7  # t between clusters, not between ratings
        assert not {"rank_few_clusters", "ordinal_few_clusters", "mean_few_clusters"} & said(
            cs.compare(agents(np.random.default_rng(6), 0.05), "rating", "team", cluster="agent_id"))  # fmt: skip


def test_06_small_segments_are_not_ranked():
    rng = np.random.default_rng(6)
    sizes = np.where(np.arange(40) < 20, 8, 400)
    unit = np.repeat(np.arange(40), sizes)
    table = pd.DataFrame({"solved": rng.random(len(unit)) < 0.8, "branch": [f"b{k:02d}" for k in unit]})
    naive = cs.compare(table, "solved", "branch", level="basic", cluster=False)
    shares = table.groupby("branch")["solved"].mean().sort_values()
    assert {f"b{k:02d}" for k in range(20)} >= {
        *shares.index[:4],
        *shares.index[-4:],
    }  # the funnel: only small ones stand out
    warned(naive, "guard_small_groups", "shrunken_rates", "20")
    right = cs.compare(table, "solved", "branch", method="shrunken_rates", cluster=False)
    assert not right.table["apart"].any() and "guard_small_groups" not in said(right)
    assert "guard_small_groups" not in said(
        cs.compare(table[unit >= 20], "solved", "branch", level="basic", cluster=False)
    )


def test_07_many_cells_find_something():
    rng = np.random.default_rng(4)
    table = pd.DataFrame({"reason": rng.choice(list("pqrst"), 1500), "channel": rng.choice(list("abcd"), 1500)})
    naive = cs.compare(table, "reason", "channel", method="cell_residuals", cluster=False)
    assert (naive.table["p_value"] < 0.05).any() and not (naive.table["p_adjusted"] < 0.05).any()
    warned(naive, "guard_many", "20", "p_adjusted")
    for lang in ("zh", "en"):
        with speaking(lang):
            assert any(text(f"family.{naive.family}") in note for note in naive.notes())  # the family is printed
    table["reason"] = np.where(
        rng.random(1500) < 0.7, table["channel"].map(dict(zip("abcd", "pqrs", strict=True))), table["reason"]
    )
    assert "guard_many" not in said(cs.compare(table, "reason", "channel", method="cell_residuals", cluster=False))


def simpson(rng, *, confounded=True, n=6000):
    """The bot takes the easy reasons; within a reason it is worse (log-odds -0.5)."""
    easy = rng.random(n) < 0.5
    bot = rng.random(n) < (np.where(easy, 0.85, 0.15) if confounded else 0.5)
    push = 1.8 * easy - 0.5 * bot - 0.9
    return pd.DataFrame({"reason": np.where(easy, "balance", "fault"), "handled_by": np.where(bot, "bot", "agent"),
                         "solved": rng.random(n) < 1 / (1 + np.exp(-push)), "rating": cut(push + rng.logistic(0, 1, n)),
                         "minutes": 10 - 2 * push + rng.normal(0, 3, n)})  # fmt: skip


def test_08_the_mix_turns_the_effect():
    table, roles = simpson(np.random.default_rng(8)), cs.Roles(confounders=("reason",), cluster=False)
    for outcome, sign in (("solved", -1), ("rating", -1), ("minutes", 1)):
        answer = cs.compare(table, outcome, "handled_by", roles=roles)
        warned(answer, "sign_flips", "reason")
        row = answer.extra["beside"].iloc[0]
        null = 0.0 if outcome == "minutes" else 1.0
        assert (row["crude"] - null) * sign < 0 < (row["adjusted"] - null) * sign
        if outcome != "minutes":
            assert row["adjusted_lower"] < np.exp(-0.5) < row["adjusted_upper"]
    strata = cs.compare(table, "solved", "handled_by", roles=roles).extra["strata"]
    assert strata.statistic["breslow_day_p"] > 0.01 and abs(np.log(effect(strata, "mh_odds_ratio").value) + 0.5) < 0.2
    clean = simpson(np.random.default_rng(9), confounded=False)
    assert not any(
        "sign_flips" in said(cs.compare(clean, outcome, "handled_by", roles=roles))
        for outcome in ("solved", "rating", "minutes")
    )


def test_09_a_part_against_its_whole():
    rng = np.random.default_rng(9)
    n = 4000
    table = pd.DataFrame(
        {"survey_id": [f"s{k}" for k in range(n)], "segment": np.where(rng.random(n) < 0.4, "vip", "mass")}
    )
    table["minutes"] = rng.normal(10, 3, n) + 1.0 * (table["segment"] == "vip")
    vip = table[table["segment"] == "vip"]
    naive = pd.concat([vip.assign(group="vip"), table.assign(group="all")])
    refused(DataError, lambda: cs.compare(naive, "minutes", "group", cluster=False), "segment=", "vip")
    refused(
        DataError, lambda: cs.compare(naive.drop(columns="survey_id"), "minutes", "group", cluster=False), "segment="
    )  # told by its index
    right = cs.compare(table, "minutes", "segment", segment="vip", cluster=False)
    assert right.effect.lower < 1.0 < right.effect.upper and right.columns["baseline"] == "rest"
    watered = vip["minutes"].mean() - table["minutes"].mean()
    assert watered == pytest.approx((1 - len(vip) / n) * right.effect.value)  # by (1 - share)
    young = table[rng.random(n) < 0.5]
    overlapping = pd.concat([vip.assign(group="vip"), young.assign(group="young")], ignore_index=True)
    warned(cs.compare(overlapping, "minutes", "group", cluster=False), "guard_overlap", 'cluster="survey_id"')
    assert "guard_overlap" not in said(cs.compare(overlapping, "minutes", "group", cluster="survey_id"))
    assert "guard_overlap" not in said(cs.compare(table, "minutes", "segment", cluster=False))


def test_10_who_did_not_answer():
    rng = np.random.default_rng(10)
    n = 12000
    angry = rng.random(n) < 0.3
    channel = np.where(rng.random(n) < np.where(angry, 0.7, 0.4), "bot", "phone")
    solved = (rng.random(n) < np.where(angry, 0.3, 0.9)).astype(float)
    answered = rng.random(n) < np.where(angry, 0.2, 0.7)
    table = pd.DataFrame({"channel": channel, "waited_long": angry, "solved": np.where(answered, solved, np.nan)})
    naive = cs.compare(table, "solved", "channel", cluster=False)
    warned(naive, "guard_unanswered", "nonresponse")
    right = cs.compare(table, "solved", "channel", method="nonresponse", drivers=["waited_long"], cluster=False)
    truth = solved.mean()
    assert abs(right.statistic["value_weighted"] - truth) < 0.02 < right.statistic["value_plain"] - truth
    assert right.statistic["value_low"] < truth < right.statistic["value_high"]  # whoever they were
    table["solved"] = np.where(rng.random(n) < 0.6, solved, np.nan)
    assert "guard_unanswered" not in said(cs.compare(table, "solved", "channel", cluster=False))


def test_11_weights_are_not_counts():
    rng = np.random.default_rng(11)
    n = 600
    table = pd.DataFrame({"rating": rated(rng.integers(1, 6, n)), "team": np.where(np.arange(n) % 2, "a", "b")})
    table["expands"] = np.where(rng.random(n) < 0.5, 20, 120)
    naive = cs.compare(table, "rating", "team", weights="expands", weight_kind="frequency", cluster=False)
    assert naive.n > 60 * n
    warned(naive, "weights_not_counts", 'weight_kind="sampling"')
    warned(
        cs.compare(
            table.assign(expands=table["expands"] / 70),
            "rating",
            "team",
            weights="expands",
            weight_kind="frequency",
            cluster=False,
        ),
        "weights_not_counts",
    )
    right = cs.compare(table, "rating", "team", weights="expands", cluster=False)
    kish = table["expands"].sum() ** 2 / (table["expands"] ** 2).sum()
    assert right.n == n and abs(right.n_effective / kish - 1) < 0.2 and "weights_not_counts" not in said(right)
    refused(
        DataError,
        lambda: cs.compare(table, "rating", "team", weights="expands", weight_kind="precision", cluster=False),
    )
    counted = table.groupby(["rating", "team"], observed=True).size().rename("times").reset_index()
    honest = cs.compare(counted, "rating", "team", weights="times", weight_kind="frequency", cluster=False)
    assert (
        "weights_not_counts" not in said(honest)
        and honest.n == n
        and honest.p_value == pytest.approx(cs.compare(table, "rating", "team", cluster=False).p_value)
    )


def drivers(rng, together, n=400):
    one = rng.normal(0, 1, n)
    two = together * one + np.sqrt(1 - together**2) * rng.normal(0, 1, n)
    return pd.DataFrame({"greeting": one, "courtesy": two, "wait_s": rng.exponential(60, n)}).assign(
        score=lambda t: t["greeting"] + t["courtesy"] - 0.01 * t["wait_s"] + rng.normal(0, 2, n)
    )


def test_12_drivers_that_repeat_each_other():
    names = ["greeting", "courtesy", "wait_s"]
    table = drivers(np.random.default_rng(12), 0.98)
    warned(cs.relate(table, "score", names, cluster=False), "regression_collinear", "greeting", "courtesy")
    right = cs.relate(table, "score", names, method="rank_drivers", roles=cs.Roles(cluster=False))
    warned(right, "drivers_apart", "greeting", "courtesy")
    ranked = right.table.set_index("driver")
    assert (
        ranked.loc["greeting", "tier"] == ranked.loc["courtesy", "tier"] == 1
    )  # tied: no ranking finer than the intervals
    assert abs(ranked.loc["greeting", "share"] - ranked.loc["courtesy", "share"]) < 0.2
    assert not {"regression_collinear", "drivers_apart"} & (said(cs.relate(drivers(np.random.default_rng(13), 0.1), "score", names, cluster=False))
                                                            | said(cs.relate(drivers(np.random.default_rng(13), 0.1), "score", names, method="rank_drivers")))  # fmt: skip


def test_13_ratings_explain_ratings():
    rng = np.random.default_rng(13)
    n = 1500
    mood = rng.normal(0, 1.5, n)
    wait = rng.exponential(1, n)
    table = pd.DataFrame(
        {
            "rating": cut(mood - 0.5 * wait + rng.normal(0, 1, n)),
            "polite": cut(mood + rng.normal(0, 1, n)),
            "clear": cut(mood + rng.normal(0, 1, n)),
            "wait_s": wait,
        }
    )
    for answer in (
        cs.relate(table, "rating", ["polite", "clear"], cluster=False),
        cs.relate(table, "rating", ["polite", "clear"], method="rank_drivers"),
    ):
        warned(answer, "drivers_halo", "polite", "clear")
    right = cs.relate(table, "rating", ["wait_s"], cluster=False)
    assert (
        "drivers_halo" not in said(right) and right.table.iloc[0]["upper"] < 1
    )  # the logged metric tells, with its sign


def test_14_importance_has_no_sign():
    rng = np.random.default_rng(14)
    table = drivers(rng, 0.3)
    naive = cs.relate(table, "score", ["greeting", "wait_s"], method="relative_importance", cluster=False)
    assert (naive.table["lmg"] > 0).all()
    warned(naive, "guard_signs", "wait_s", "rank_drivers")
    right = cs.relate(table, "score", ["greeting", "wait_s"], method="rank_drivers").table.set_index("driver")
    assert (
        right.loc["wait_s", "sign"] == -1
        and right.loc["wait_s", "effect_lower"] < -0.01 < right.loc["wait_s", "effect_upper"]
        and right.loc["greeting", "sign"] == 1
    )
    assert "guard_signs" not in said(
        cs.relate(table, "score", ["greeting", "courtesy"], method="relative_importance", cluster=False)
    )


def test_15_what_follows_is_no_driver():
    rng = np.random.default_rng(15)
    n = 2000
    wait = rng.exponential(1, n)
    latent = -0.7 * wait + rng.normal(0, 1, n)
    start = pd.Timestamp("2024-06-01") + pd.to_timedelta(np.arange(n), unit="min")
    table = pd.DataFrame({"rating": cut(latent), "wait_s": wait, "complaint": rng.random(n) < 1 / (1 + np.exp(3 + 2 * latent)), "callback": latent + rng.normal(0, 1, n),
                          "rated_at": start, "called_at": start + pd.to_timedelta(rng.exponential(60, n), unit="min")})  # fmt: skip
    warned(
        cs.relate(table, "rating", ["wait_s", "complaint"], cluster=False), "guard_after", "complaint", "outcome_side"
    )
    warned(cs.relate(table, "rating", ["wait_s", "callback"], cluster=False), "guard_order", "cs.Roles")
    for roles in (cs.Roles(outcome_side=("complaint", "callback")), cs.Roles(time_rank={"wait_s": 1, "rating": 2, "callback": 3, "complaint": 3}),
                  cs.Roles(times={"rating": "rated_at", "callback": "called_at"})):  # fmt: skip
        refused(
            ColumnError,
            lambda roles=roles: cs.relate(table, "rating", ["wait_s", "callback"], roles=roles),
            "callback",
            "rating",
        )
        refused(ColumnError, lambda roles=roles: cs.relate(table, "rating", "callback", roles=roles), "callback")
    right = cs.relate(table, "rating", ["wait_s"], roles=cs.Roles(time_rank={"wait_s": 1, "rating": 2}), cluster=False)
    assert not {"guard_after", "guard_order"} & said(right) and right.table.iloc[0]["upper"] < 1


def test_16_what_lies_between_is_not_held():
    rng = np.random.default_rng(16)
    n = 6000
    bot = rng.random(n) < 0.5
    wait = rng.exponential(np.where(bot, 0.3, 2.0), n)
    push = -0.4 * bot - 0.6 * wait
    table = pd.DataFrame(
        {
            "bot": np.where(bot, "bot", "agent"),
            "wait_s": wait,
            "rating": cut(push + 1 + rng.logistic(0, 1, n)),
            "score": 8 + push + rng.normal(0, 1, n),
        }
    )
    roles = cs.Roles(mediators=("wait_s",), cluster=False)
    naive = cs.relate(table, "rating", ["bot", "wait_s"], cluster=False)
    bot_row = naive.table.set_index("driver").loc["bot"]
    assert (bot_row["odds_ratio"] < 1) == (bot_row["level"] == "bot")  # its short wait adjusted away, the bot looks bad
    warned(naive, "guard_order", "cs.Roles")
    for answer, null in ((cs.relate(table, "rating", ["bot", "wait_s"], roles=roles), 1.0), (cs.compare(table, "rating", "bot", roles=roles), 1.0),
                         (cs.compare(table, "score", "bot", roles=roles), 0.0)):  # fmt: skip
        warned(answer, "total_direct", "wait_s")
        row = answer.extra["beside"].iloc[0]
        turn = 1 if row["term"].endswith("bot") else -1
        total, direct = ((row[way] - null if null == 0 else np.log(row[way])) * turn for way in ("crude", "direct"))
        assert total > 0.3 and direct < -0.2
    main = cs.relate(table, "rating", ["bot", "wait_s"], roles=roles)
    assert list(main.table["driver"].unique()) == ["bot"]  # the answer itself is the total effect
    assert "total_direct" not in said(cs.compare(table, "rating", "bot", cluster=False))


def test_17_the_worst_come_back_by_themselves():
    rng = np.random.default_rng(17)
    true = rng.normal(4.0, 0.12, 60)
    unit = np.tile(np.repeat(np.arange(60), 15), 2)
    table = pd.DataFrame(
        {
            "agent_id": [f"g{k:02d}" for k in unit],
            "month": np.repeat(["2024-05", "2024-06"], 900),
            "score": true[unit] + rng.normal(0, 1.2, 1800),
        }
    )
    wide = table.pivot_table(index="agent_id", columns="month", values="score", aggfunc="mean")
    worst = wide["2024-05"].nsmallest(10).index
    chosen = table[table["agent_id"].isin(worst)]
    naive = cs.compare(chosen, "score", "month", cluster="agent_id")
    assert naive.found and naive.effect.value > 0.2  # nothing was done
    warned(naive, "guard_chosen", "regression_to_mean")
    people = (
        pd.DataFrame({month: rng.normal(0, 1, 600) for month in ("2024-05", "2024-06")})
        + rng.normal(0, 1, 600)[:, None]
    )
    unhappy = people[people["2024-05"] < people["2024-05"].quantile(0.2)]
    assert cs.compare(unhappy, ["2024-05", "2024-06"], cluster=False).effect.value > 0.3
    warned(cs.compare(unhappy, ["2024-05", "2024-06"], cluster=False), "guard_chosen", "regression_to_mean")
    warned(cs.compare(chosen, "score", "month", cluster="agent_id"), "guard_chosen", "regression_to_mean")
    right = cs.compare(table, "score", "agent_id", method="regression_to_mean", period="month")
    assert not right.found and right.effect.lower < 0 < right.effect.upper
    assert "guard_chosen" not in said(cs.compare(people, ["2024-05", "2024-06"], cluster=False)) | said(
        cs.compare(table, "score", "month", cluster="agent_id")
    )


def test_18_a_changed_mix_or_survey_is_no_change():
    rng = np.random.default_rng(18)
    n = 6000
    later = np.repeat([False, True], n // 2)
    hard = rng.random(n) < np.where(later, 0.6, 0.3)
    table = pd.DataFrame(
        {
            "month": np.where(later, "2024-06", "2024-05"),
            "reason": np.where(hard, "fault", "balance"),
            "solved": (rng.random(n) < np.where(hard, 0.6, 0.9)).astype(int),
        }
    )
    naive = cs.compare(table, "solved", "month", cluster=False)
    assert naive.found and naive.effect.upper < 0
    warned(naive, "guard_mix", "mix_rate_split", "reason")
    right = cs.compare(table, "solved", "reason", method="mix_rate_split", period="month", cluster=False)
    rate, mix = effect(right, "rate_total"), effect(right, "mix_total")
    assert rate.lower < 0 < rate.upper and mix.upper < -0.05  # all of it is mix
    adjusted = cs.compare(table, "solved", "month", roles=cs.Roles(confounders=("reason",), cluster=False))
    assert (
        "guard_mix" not in said(adjusted)
        and adjusted.extra["beside"].loc[0, "adjusted_lower"] < 1 < adjusted.extra["beside"].loc[0, "adjusted_upper"]
    )
    warned(
        cs.compare(table.assign(template_version=np.where(later, "v2", "v1")), "solved", "month", cluster=False),
        "guard_instrument",
        "template_version",
        "ccsat check",
    )
    same = table.assign(reason=rng.permutation(table["reason"]), template_version="v1")
    assert not {"guard_mix", "guard_instrument"} & said(cs.compare(same, "solved", "month", cluster=False))


def test_18_the_stages_find_mix_and_survey_first(tmp_path):
    rng = np.random.default_rng(19)
    n = 8000
    later = np.repeat([False, True], n // 2)
    hard = rng.random(n) < np.where(later, 0.6, 0.3)
    good = rng.random(n) < np.where(hard, 0.55, 0.9)
    rows = pd.DataFrame({"survey_id": [f"s{k}" for k in range(n)], "at": [f"2024-0{5 + late}-{1 + k % 28:02d} 10:00" for k, late in enumerate(later.astype(int))],
                         "topic": np.where(hard, "fault", "balance"), "rating": np.where(good, rng.integers(4, 6, n), rng.integers(1, 4, n))})  # fmt: skip
    rows.to_csv(tmp_path / "surveys.csv", index=False)
    (tmp_path / "study.toml").write_text('[study]\nname = "mix"\n[data]\nsurveys = "surveys.csv"\n[columns]\nrating = "rating"\n[scale]\nrating = "five"\n[dimensions]\ntopic = "topic"\n'
                                         '[question]\nkpi = "satisfaction_rate"\nbaseline = "2024-05"\ncurrent = "2024-06"\n', encoding="utf-8")  # fmt: skip
    centre = cs.read_centre(tmp_path)
    ledger = cs.split_change(
        centre, cs.Question("satisfaction_rate", current="2024-06", baseline="2024-05"), by="topic"
    )
    assert abs(ledger.table["within"].sum()) < 0.02 and ledger.table["mix"].sum() < -0.08
    assert (
        cs.check_data(centre, cs.Question("satisfaction_rate", current="2024-06", baseline="2024-05")).verdict
        == cs.Verdict.MIX
    )


@pytest.mark.parametrize(("template", "verdict"), [("v2", cs.Verdict.ARTEFACT), ("v1", cs.Verdict.REAL)])
def test_18_a_new_questionnaire_is_a_data_problem(tmp_path, template, verdict):
    rng = np.random.default_rng(20)
    n = 8000
    later, phone = np.repeat([False, True], n // 2), rng.random(n) < 0.5
    good = rng.random(n) < np.where(later & phone, 0.65, 0.85)
    rows = pd.DataFrame({"survey_id": [f"s{k}" for k in range(n)], "at": [f"2024-0{5 + late}-{1 + k % 28:02d} 10:00" for k, late in enumerate(later.astype(int))],
                         "channel": np.where(phone, "phone", "chat"), "template_version": np.where(later & phone, template, "v1"),
                         "rating": np.where(good, rng.integers(4, 6, n), rng.integers(1, 4, n))})  # fmt: skip
    rows.to_csv(tmp_path / "surveys.csv", index=False)
    (tmp_path / "study.toml").write_text(
        '[study]\nname = "survey"\n[data]\nsurveys = "surveys.csv"\n[scale]\nrating = "five"\n[dimensions]\nchannel = "channel"\n',
        encoding="utf-8",
    )
    assert (
        cs.check_data(
            cs.read_centre(tmp_path), cs.Question("satisfaction_rate", current="2024-06", baseline="2024-05")
        ).verdict
        == verdict
    )


def test_19_significant_is_not_important():
    rng = np.random.default_rng(19)
    n = 300_000
    table = pd.DataFrame({"team": np.where(np.arange(n) % 2, "a", "b")})
    table["minutes"] = rng.normal(10, 3, n) + 0.06 * (table["team"] == "b")
    naive = cs.compare(table, "minutes", "team", cluster=False)
    assert naive.found
    warned(naive, "guard_significant", "worthwhile=", "equivalence")
    warned(cs.compare(table, "minutes", "team", cluster=False, worthwhile=0.5), "guard_trivial", "0.5")
    assert (
        cs.compare(table, "minutes", "team", method="equivalence", bounds=(-0.5, 0.5), cluster=False).statistic[
            "verdict"
        ]
        == 1
    )
    table["minutes"] += 1.0 * (table["team"] == "b")
    real = (
        cs.compare(table, "minutes", "team", cluster=False),
        cs.compare(table, "minutes", "team", cluster=False, worthwhile=0.5),
    )
    assert not {"guard_significant", "guard_trivial", "guard_maybe_trivial"} & (said(real[0]) | said(real[1]))


def test_20_nothing_found_is_not_the_same():
    rng = np.random.default_rng(23)
    table = pd.DataFrame({"team": np.repeat(["a", "b"], 400), "score": rng.normal(4, 1.2, 800)})
    naive = cs.compare(table, "score", "team", cluster=False)
    assert not naive.found and naive.detectable == pytest.approx(0.24, abs=0.01)
    warned(naive, "guard_null", "equivalence", "0.2")
    for lang in ("zh", "en"):
        with speaking(lang):
            assert f"{naive.detectable:.3f}" in naive.sentence()  # with every null result
    warned(cs.compare(table, "score", "team", cluster=False, worthwhile=0.1), "guard_undecided", "0.1")
    assert (
        cs.compare(table, "score", "team", method="equivalence", bounds=(-0.1, 0.1), cluster=False).statistic["verdict"]
        == 0
    )
    warned(cs.compare(table, "score", "team", cluster=False, worthwhile=0.5), "guard_same", "0.5")
    table["score"] += 0.6 * (table["team"] == "b")
    found = cs.compare(table, "score", "team", cluster=False)
    assert found.found and "guard_null" not in said(found)


def test_21_the_wait_bends():
    rng = np.random.default_rng(21)
    n = 3000
    wait = rng.uniform(0, 120, n)
    table = pd.DataFrame({"wait_s": wait, "score": 8 - 0.05 * np.maximum(wait - 60, 0) + rng.normal(0, 1, n)})
    naive = cs.relate(table, "score", ["wait_s"], cluster=False)
    warned(naive, "regression_linear", "dose_response", "wait_s")
    right = cs.relate(table, "score", "wait_s", method="dose_response", cluster=False, draws=60)
    bend = effect(right, "regression_threshold")
    assert (
        bend.lower < 60 < bend.upper
        and abs(effect(right, "regression_before").value) < 0.01
        and abs(effect(right, "regression_after").value + 0.05) < 0.01
    )
    warned(right, "regression_straight", "wait_s")
    straight = table.assign(score=8 - 0.02 * wait + rng.normal(0, 1, n))
    assert "regression_linear" not in said(cs.relate(straight, "score", ["wait_s"], cluster=False))


def test_22_the_same_customers_twice():
    rng = np.random.default_rng(22)
    n = 300
    who = rng.normal(0, 1.5, n)
    waves = {"2024-05": cut(who + rng.normal(0, 0.5, n)), "2024-06": cut(who + 0.15 + rng.normal(0, 0.5, n))}
    table = pd.concat(
        [
            pd.DataFrame({"customer_id": [f"c{k}" for k in range(n)], "month": month, "rating": rated(answers)})
            for month, answers in waves.items()
        ],
        ignore_index=True,
    )
    table["rating"] = rated(table["rating"])
    naive = cs.compare(table, "rating", "month", cluster=False)
    assert not naive.found
    warned(naive, "guard_paired", "signed_rank", 'cluster="customer_id"')
    wide = pd.DataFrame(waves)
    right = cs.compare(wide, list(waves), level="basic", cluster=False)
    assert right.method == "signed_rank" and right.found  # the change that the naive test misses
    assert "guard_paired" not in said(cs.compare(table, "rating", "month", cluster="customer_id"))
    table["customer_id"] = [f"c{k}" for k in range(2 * n)]
    assert "guard_paired" not in said(cs.compare(table, "rating", "month", cluster=False))


def test_23_the_average_of_averages():
    rng = np.random.default_rng(24)
    sizes = np.array([400, 10, 10, 10, 10, 10, 10, 10] * 2)
    level = np.array([6.0, 9, 9, 9, 9, 9, 9, 9] + [8.0] * 8)
    unit = np.repeat(np.arange(16), sizes)
    rows = pd.DataFrame(
        {
            "team": np.where(unit < 8, "a", "b"),
            "agent_id": [f"g{k}" for k in unit],
            "score": level[unit] + rng.normal(0, 1, len(unit)),
        }
    )
    means = rows.groupby(["team", "agent_id"], as_index=False).agg(score=("score", "mean"), n=("score", "size"))
    naive = cs.compare(means, "score", "team", cluster=False)
    assert naive.effect.value < 0  # of agents' means a is better
    warned(naive, "guard_averages", 'weights="n"', "precision")
    right = cs.compare(rows, "score", "team", cluster=False)
    weighted = cs.compare(means, "score", "team", weights="n", weight_kind="precision", cluster=False)
    assert (
        right.effect.value > 1
        and weighted.effect.value == pytest.approx(right.effect.value)
        and "guard_averages" not in said(weighted)
    )
    warned(cs.compare(rows, "score", "team", cluster="agent_id"), "guard_two_means", "agent_id")  # both are said
    even = rows.assign(score=rng.normal(8, 1, len(rows)) + 0.2 * (rows["team"] == "b"))
    assert "guard_two_means" not in said(cs.compare(even, "score", "team", cluster="agent_id"))
    assert "guard_averages" not in said(cs.compare(means.assign(n=30), "score", "team", cluster=False))


def test_24_one_odds_ratio_for_all_cuts():
    rng = np.random.default_rng(25)
    n = 4000
    bot = rng.random(n) < 0.5
    shares = {False: [0.05, 0.10, 0.20, 0.40, 0.25], True: [0.18, 0.12, 0.10, 0.30, 0.30]}
    table = pd.DataFrame({"bot": bot, "rating": rated([1 + rng.choice(5, p=shares[one]) for one in bot])})
    naive = cs.relate(table, "rating", ["bot"], cluster=False)
    warned(naive, "ordinal_proportional_odds", "bot")
    right = cs.relate(table, "rating", ["bot"], method="partial_proportional_odds", free=["bot"], cluster=False)
    odds = right.table["odds_ratio"].to_numpy()
    true = [
        (sum(shares[True][k:]) / sum(shares[True][:k])) / (sum(shares[False][k:]) / sum(shares[False][:k]))
        for k in range(1, 5)
    ]
    assert np.allclose(np.log(odds), np.log(true), atol=0.25) and odds[0] < 1 < odds[-1]
    n = 40_000  # a departure too small to matter is not flagged however many rows there are
    bot = rng.random(n) < 0.5
    latent = -0.5 * bot + rng.logistic(0, 1, n) * np.where(bot, 1.03, 1.0)
    assert "ordinal_proportional_odds" not in said(
        cs.relate(pd.DataFrame({"bot": bot, "rating": cut(latent)}), "rating", ["bot"], cluster=False)
    )


def test_25_an_empty_cell_has_no_odds_ratio():
    table = pd.DataFrame(
        {
            "bot": ["bot"] * 40 + ["agent"] * 40,
            "wait_s": np.tile(np.arange(40.0), 2),
            "solved": [False] * 40 + [True, True, False, True] * 10,
        }
    )
    naive = cs.relate(table, "solved", ["bot", "wait_s"], cluster=False)
    warned(naive, "regression_separated", "firth=True")
    shown = pd.to_numeric(naive.table["odds_ratio"])
    assert not (shown.abs() > 1e4).any() and shown[naive.table["separated"]].isna().all()
    calm = cs.relate(table, "solved", ["bot", "wait_s"], firth=True, cluster=False)
    row = calm.table.iloc[0]
    assert (
        np.isfinite(row["odds_ratio"])
        and abs(np.log(row["odds_ratio"])) < 7
        and "regression_separated" not in said(calm)
    )
    pair = cs.compare(table, "solved", "bot", cluster=False)
    warned(pair, "table_zero_cell")
    assert all(np.isfinite(one.value) for one in pair.effects if one.name == "odds_ratio_haldane")
    ordered = table.assign(rating=rated([1] * 40 + list(np.tile([3, 4, 5, 5], 10))))
    warned(cs.relate(ordered, "rating", ["bot"], cluster=False), "ordinal_separated", "bot")
    rng = np.random.default_rng(26)
    fine = table.assign(solved=rng.random(80) < 0.5)
    assert not {"regression_separated", "table_zero_cell"} & (
        said(cs.relate(fine, "solved", ["bot", "wait_s"], cluster=False))
        | said(cs.compare(fine, "solved", "bot", cluster=False))
    )


def test_26_incomplete_rows_left_out():
    rng = np.random.default_rng(27)
    n = 4000
    wait = rng.exponential(1, n)
    score = 8 - wait + rng.normal(0, 1, n)
    lost = rng.random(n) < np.where(wait > 1.5, 0.8, 0.02)  # the clock stops at long waits
    table = pd.DataFrame({"score": score, "wait_s": np.where(lost, np.nan, wait)})
    naive = cs.relate(table, "score", ["wait_s"], cluster=False)
    warned(naive, "guard_dropped", "wait_s", str(int(lost.sum())))
    warned(naive, "rows_dropped")
    assert dict(naive.dropped) == {"wait_s": int(lost.sum())} and naive.n == n - lost.sum()
    banded = table.assign(
        wait=pd.cut(table["wait_s"], [-1, 0.5, 1.0, 1.5, 99], labels=list("abcd")).astype(object).fillna("missing")
    )  # missing is a level of its own
    right = cs.compare(banded, "score", "wait", cluster=False)
    assert right.n == n and "guard_dropped" not in said(right)
    means = right.table.set_index("group")["mean"]
    assert means["missing"] < means[["a", "b", "c"]].min()  # those left out were the ones that suffered
    table["wait_s"] = np.where(rng.random(n) < 0.2, np.nan, wait)
    assert "guard_dropped" not in said(cs.relate(table, "score", ["wait_s"], cluster=False))


def test_every_pitfall_has_its_test():
    here = {name[5:7] for name in globals() if name.startswith("test_") and name[5:7].isdigit()}
    assert here == {f"{k:02d}" for k in range(1, 27)}
    assert dataclasses.is_dataclass(cs.Roles)
