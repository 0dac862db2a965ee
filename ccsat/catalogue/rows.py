"""METHODS: the method ladder, in the open. Of several that fit one question at one level, the first is chosen."""

from __future__ import annotations

from ccsat.catalogue.rung import Method
from ccsat.scales import Scale

N, O, I = Scale.NOMINAL, Scale.ORDINAL, Scale.INTERVAL  # noqa: E741
GROUPS = ("two", "many", "ordered")

METHODS: tuple[Method, ...] = (
    # nominal x compare
    Method("count_shares", "nominal_counts:count_shares", "compare", "basic", N, None, ("one",), source="Wilson (1927)"),
    Method("group_shares", "nominal_counts:group_shares", "compare", "basic", N, None, GROUPS, binary=True, source="Brown, Cai and DasGupta (2001)"),
    Method("cross_table", "nominal_counts:cross_table", "compare", "basic", N, None, GROUPS, source="Agresti (2013)"),
    Method("goodness_of_fit", "nominal_tests:goodness_of_fit", "compare", "intermediate", N, None, ("one",), source="Pearson (1900)"),
    Method("two_proportions", "nominal_shares:two_proportions", "compare", "intermediate", N, None, ("two",), binary=True, source="Newcombe (1998)"),
    Method("chi_square", "nominal_tests:chi_square", "compare", "intermediate", N, None, GROUPS, source="Pearson (1900); Rao and Scott (1984)"),
    Method("fisher_exact", "nominal_tests:fisher_exact", "compare", "intermediate", N, None, GROUPS, source="Freeman and Halton (1951)"),
    Method("cell_residuals", "nominal_tests:cell_residuals", "compare", "intermediate", N, None, GROUPS, source="Haberman (1973)"),
    Method("pairwise_proportions", "nominal_shares:pairwise_proportions", "compare", "intermediate", N, None, ("many", "ordered"), binary=True, source="Holm (1979)"),
    Method("mantel_haenszel_test", "nominal_strata:mantel_haenszel_test", "compare", "intermediate", N, None, ("named",), binary=True, source="Mantel and Haenszel (1959)"),
    Method("mcnemar_test", "nominal_paired:mcnemar_test", "compare", "intermediate", N, None, ("paired",), binary=True, source="McNemar (1947)"),
    Method("cochran_q_test", "nominal_paired:cochran_q_test", "compare", "intermediate", N, None, ("paired",), binary=True, source="Cochran (1950)"),
    Method("marginal_homogeneity", "nominal_paired:marginal_homogeneity", "compare", "advanced", N, None, ("paired",), source="Stuart (1955); Maxwell (1970)"),
    Method("bowker_symmetry", "nominal_paired:bowker_symmetry", "compare", "advanced", N, None, ("paired",), source="Bowker (1948)"),
    Method("shrunken_rates", "segment_rates:shrunken_rates", "compare", "advanced", N, None, ("many", "ordered"), binary=True, source="Griffin and Krutchkoff (1971)"),
    Method("subgroup_screen", "segment_rates:subgroup_screen", "compare", "advanced", N, None, ("model",), binary=True, source="Benjamini and Hochberg (1995)"),
    Method("general_cmh_test", "nominal_strata:general_cmh_test", "compare", "advanced", N, None, ("named",), source="Landis, Heyman and Koch (1978)"),
    Method("nonresponse", "nonresponse:nonresponse", "compare", "advanced", N, None, ("named",), source="Little and Rubin (2019)"),
    Method("plan_shares", "planning:plan_shares", "compare", "intermediate", N, None, ("named",), binary=True, source="Fleiss, Levin and Paik (2003)"),
    Method("plan_means", "planning:plan_means", "compare", "intermediate", I, None, ("named",), source="Cohen (1988)"),
    Method("adjusted_p_values", "planning:adjusted_p_values", "compare", "basic", I, None, ("named",), source="Holm (1979); Benjamini and Hochberg (1995)"),
    # nominal x relate
    Method("share_map", "nominal_relate:share_map", "relate", "basic", N, N, ("pair",), source="Brin, Motwani and Silverstein (1997)"),
    Method("nominal_association", "nominal_relate:nominal_association", "relate", "intermediate", N, N, ("pair",), source="Cramer (1946); Bergsma (2013)"),
    Method("phi_coefficient", "nominal_relate:phi_coefficient", "relate", "intermediate", N, N, ("pair",), binary=True, source="Yule (1912)"),
    Method("uncertainty_coefficient", "nominal_relate:uncertainty_coefficient", "relate", "intermediate", N, N, ("pair",), source="Theil (1970)"),
    Method("guessing_gain", "nominal_relate:guessing_gain", "relate", "intermediate", N, N, ("pair",), source="Goodman and Kruskal (1954, 1963)"),
    Method("correspondence_map", "nominal_relate:correspondence_map", "relate", "advanced", N, N, ("pair",), source="Greenacre (2017)"),
    Method("multinomial_logit", "nominal_models:multinomial_logit", "relate", "advanced", N, None, ("model",), source="McFadden (1974)"),
    Method("loglinear", "nominal_models:loglinear", "relate", "advanced", N, None, ("columns",), source="Bishop, Fienberg and Holland (1975)"),
    Method("cochran_armitage", "ordered_trend:cochran_armitage", "relate", "intermediate", N, O, ("pair",), binary=True, source="Armitage (1955)"),
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
    Method("linear_by_linear", "ordered_trend:linear_by_linear", "relate", "intermediate", O, O, ("pair",), source="Mantel (1963)"),
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
