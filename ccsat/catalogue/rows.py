"""METHODS: the method ladder, in the open. Of several that fit one question at one level, the first is chosen."""

from __future__ import annotations

from ccsat.catalogue.rung import Method
from ccsat.scales import Scale

N, O, I = Scale.NOMINAL, Scale.ORDINAL, Scale.INTERVAL  # noqa: E741
GROUPS = ("two", "many", "ordered")

METHODS: tuple[Method, ...] = (
    # ordinal x compare
    Method("describe_answers", "rank_describe:describe_answers", "compare", "basic", O, None, ("one",), source="Wilson (1927)"),
    Method("rank_boxes", "rank_boxes:rank_boxes", "compare", "basic", O, None, GROUPS, source="Wilson (1927)"),
    Method("mood_median", "rank_groups:mood_median", "compare", "basic", O, None, GROUPS, source="Mood (1950)"),
    Method("mann_whitney", "rank_compare:mann_whitney", "compare", "intermediate", O, None, ("two",), source="Mann and Whitney (1947)"),
    Method("brunner_munzel", "rank_compare:brunner_munzel", "compare", "intermediate", O, None, ("two",), source="Brunner and Munzel (2000)"),
    Method("cliff_delta", "rank_compare:cliff_delta", "compare", "intermediate", O, None, ("two",), source="Cliff (1993); Feng and Cliff (2004)"),
    Method("jonckheere_terpstra", "rank_groups:jonckheere_terpstra", "compare", "intermediate", O, None, ("ordered",), source="Jonckheere (1954)"),
    Method("kruskal_wallis", "rank_groups:kruskal_wallis", "compare", "intermediate", O, None, ("many", "ordered"), source="Kruskal and Wallis (1952)"),
    Method("pairwise_better", "rank_pairwise:pairwise_better", "compare", "intermediate", O, None, ("many", "ordered"), source="Brunner and Munzel (2000)"),
    Method("dunn_test", "rank_pairwise:dunn_test", "compare", "intermediate", O, None, ("many", "ordered"), source="Dunn (1964)"),
    Method("conover_iman", "rank_pairwise:conover_iman", "compare", "intermediate", O, None, ("many", "ordered"), source="Conover and Iman (1979)"),
    Method("ridits", "rank_groups:ridits", "compare", "intermediate", O, None, GROUPS, source="Bross (1958)"),
    Method("compare_ordered_logit", "ordinal_groups:compare_ordered_logit", "compare", "advanced", O, None, GROUPS, source="McCullagh (1980)"),
    Method("steel_dwass", "rank_pairwise:steel_dwass", "compare", "advanced", O, None, ("many", "ordered"), source="Critchlow and Fligner (1991)"),
    Method("signed_rank", "rank_paired:signed_rank_test", "compare", "basic", O, None, ("paired",), source="Wilcoxon (1945); Pratt (1959)"),
    Method("friedman", "rank_paired:friedman_test", "compare", "intermediate", O, None, ("paired",), source="Friedman (1937)"),
    Method("quade", "rank_paired:quade_test", "compare", "intermediate", O, None, ("paired",), source="Quade (1979)"),
    Method("page_trend", "rank_paired:page_trend", "compare", "intermediate", O, None, ("paired",), source="Page (1963)"),
    # ordinal x relate
    Method("spearman", "rank_relate:spearman_correlation", "relate", "basic", O, O, ("pair",), source="Spearman (1904); Bonett and Wright (2000)"),
    Method("kendall_tau", "rank_relate:kendall_tau", "relate", "intermediate", O, O, ("pair",), source="Kendall (1970)"),
    Method("goodman_gamma", "rank_relate:goodman_gamma", "relate", "intermediate", O, O, ("pair",), source="Goodman and Kruskal (1963)"),
    Method("somers_d", "rank_relate:somers_d", "relate", "intermediate", O, O, ("pair",), source="Somers (1962)"),
    Method("partial_spearman", "rank_relate:partial_spearman", "relate", "intermediate", O, O, ("pair",), source="Kendall (1942)"),
    Method("kappa", "agreement:kappa", "relate", "intermediate", O, O, ("pair",), source="Cohen (1968)"),
    Method("polychoric", "latent:polychoric", "relate", "advanced", O, O, ("pair",), source="Olsson (1979)"),
    Method("ordered_logit", "ordinal_models:ordered_logit", "relate", "advanced", O, None, ("model",), source="McCullagh (1980)"),
    Method("cumulative_link", "ordinal_models:cumulative_link", "relate", "advanced", O, None, ("model",), source="McCullagh (1980)"),
    Method("brant", "ordinal_checks:brant", "relate", "advanced", O, None, ("model",), source="Brant (1990)"),
    Method("partial_proportional_odds", "ordinal_checks:partial_proportional_odds", "relate", "advanced", O, None, ("model",), source="Peterson and Harrell (1990)"),
    Method("adjacent_category", "ordinal_steps:adjacent_category", "relate", "advanced", O, None, ("model",), source="Agresti (2010)"),
    Method("continuation_ratio", "ordinal_steps:continuation_ratio", "relate", "advanced", O, None, ("model",), source="Fienberg (1980)"),
    Method("ordered_logit_spread", "ordinal_steps:ordered_logit_spread", "relate", "advanced", O, None, ("model",), source="Cox (1995)"),
    Method("mixed_ordered_logit", "mixed_ordinal:mixed_ordered_logit", "relate", "advanced", O, None, ("model",), source="Hedeker and Gibbons (1994)"),
    Method("polychoric_matrix", "latent:polychoric_matrix", "relate", "advanced", O, None, ("columns",), source="Olsson (1979)"),
    Method("kendall_w", "agreement:kendall_w", "relate", "intermediate", O, None, ("columns",), source="Kendall and Smith (1939)"),
    Method("krippendorff_alpha", "agreement:krippendorff_alpha", "relate", "advanced", O, None, ("columns",), source="Krippendorff (2019)"),
    Method("reliability", "items:reliability", "relate", "intermediate", O, None, ("columns",), source="Cronbach (1951); Feldt (1965)"),
    # interval x compare
    Method("net_promoter", "rank_describe:net_promoter", "compare", "basic", I, None, ("one", *GROUPS), source="Reichheld (2003)"),
    Method("hodges_lehmann", "rank_compare:hodges_lehmann", "compare", "intermediate", I, None, ("two",), source="Hodges and Lehmann (1963)"),
    # interval x relate
    Method("intraclass_correlation", "agreement:intraclass_correlation", "relate", "advanced", I, None, ("columns",), source="Shrout and Fleiss (1979)"),
    Method("factorability", "items:factorability", "relate", "advanced", I, None, ("columns",), source="Kaiser and Rice (1974)"),
    # mixed pairs
    Method("polyserial", "latent:polyserial", "relate", "advanced", I, O, ("pair",), source="Olsson, Drasgow and Dorans (1982)"),
    Method("tetrachoric", "latent:tetrachoric", "relate", "advanced", N, N, ("pair",), binary=True, source="Pearson (1900)"),
)  # fmt: skip
