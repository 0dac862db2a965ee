"""What a confounder changes: crude and adjusted effects side by side, and total and direct ones where something mediates."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import pandas as pd

from ccsat.catalogue.asked import Asked
from ccsat.catalogue.rung import yes_or_no
from ccsat.errors import CcsatError, Words, listing
from ccsat.methods.answer import Answer, Effect
from ccsat.scales import Column, Scale, read_column, scale_of

MOST_STRATA = 20


def beside(answer: Answer, asked: Asked, drivers: Sequence[Column]) -> Answer:
    """An answer with the crude effect and the adjusted one side by side, and the direct one where there are mediators.

    Ordered outcomes by ordered logit, yes or no by logit (and Mantel-Haenszel with Breslow-Day, for two groups within
    strata), numbers by regression, several kinds by the generalised Mantel-Haenszel test. All on the same rows.

    Returns:
        The answer with `extra["beside"]`: one row a term, `term, measure` ("odds_ratio" or "difference"), then of each of crude,
        adjusted and direct `value, value_lower, value_upper`, and `n`; effects of the first term; `extra["strata"]`; and
        caveats, an alarm where the sign flips.
    """
    names = {str(one) for one in (*drivers, asked.outcome)} if asked.outcome is not None else set()
    held = [name for name in asked.roles.confounders if name not in names]
    between = [name for name in asked.roles.mediators if name not in names]
    if (
        not (held or between)
        or not drivers
        or asked.outcome is None
        or asked.shape.shape in ("paired", "waves", "columns", "one")
        or "roles" in asked.method.takes
    ):
        return answer
    try:
        return (
            _nominal(answer, asked, drivers, held)
            if _kind(asked) == "nominal"
            else _modelled(answer, asked, drivers, held, between)
        )
    except (
        CcsatError
    ) as refused:  # too few rows, a stratum that tells all: the crude answer stands, and says it is crude
        return answer.with_caveats(
            ("caveat.not_adjusted", {"columns": listing([*held, *between]), "why": refused.message().split("\n")[0]})
        )


def _kind(asked: Asked) -> str:
    if yes_or_no(asked.y) or "top_from" in asked.options and asked.method.binary or "event" in asked.options:
        return "binary"
    return {Scale.NOMINAL: "nominal", Scale.ORDINAL: "ordinal", Scale.INTERVAL: "interval"}[scale_of(asked.y)]


def _modelled(answer: Answer, asked: Asked, drivers: Sequence[Column], held: list[str], between: list[str]) -> Answer:
    table = asked.wide_frame([asked.outcome, *drivers, *held, *between])
    if asked.shape.mode == "compare":
        table = table.assign(**{str(one): _as_groups(table[str(one)]) for one in drivers})
    ways = {"crude": [], "adjusted": held, **({"direct": [*held, *between]} if between else {})}
    if not held:
        ways.pop("adjusted")
    fits = {way: _terms(_fit(asked, table, drivers, more), drivers) for way, more in ways.items()}
    measure = "difference" if _kind(asked) == "interval" else "odds_ratio"
    null = 0.0 if measure == "difference" else 1.0
    first = fits["crude"]
    rows = pd.DataFrame({"term": first.index, "measure": measure})
    for way, found in fits.items():
        rows[[way, f"{way}_lower", f"{way}_upper"]] = found.reindex(first.index)[["value", "lower", "upper"]].to_numpy()
    rows["n"] = len(table)
    shown = (
        int((rows["crude"] - null).abs().fillna(0).argmax()) if len(rows) > 1 and asked.shape.mode == "compare" else 0
    )
    effects = tuple(
        Effect(
            f"beside_{way}_{measure}",
            *(float(rows.loc[shown, key]) for key in (way, f"{way}_lower", f"{way}_upper")),
            null=null,
        )
        for way in fits
    )
    said = list(_said(rows, null, held, between, shown))
    extra = {**answer.extra, "beside": rows}
    if (strata := _strata(asked, table, drivers, held)) is not None:
        extra["strata"] = strata
        effects += strata.effects[:2]
        said += [one for one in strata.caveats if one[0] in ("caveat.table_reversal", "caveat.table_strata_differ")]
    return dataclasses.replace(
        answer, effects=(*answer.effects, *effects), extra=extra, caveats=(*answer.caveats, *said)
    )


def _fit(asked: Asked, table: pd.DataFrame, drivers: Sequence[Column], more: Sequence[Column]) -> Answer:
    from ccsat.methods.logistic import logistic_regression
    from ccsat.methods.ordinal_models import ordered_logit
    from ccsat.methods.regression import linear_regression

    options = {"cluster": asked.cluster if asked.cluster is not None else False}
    if isinstance(asked.options.get("weights"), str):
        options |= {"weights": asked.options["weights"], "weight_kind": asked.options.get("weight_kind", "sampling")}
    terms = [*drivers, *more]
    if _kind(asked) == "interval":
        return linear_regression(table, asked.outcome, terms, **options)
    if _kind(asked) == "ordinal":
        return ordered_logit(table, asked.outcome, terms, check=False, **options)
    cut = {name: asked.options[name] for name in ("top_from", "event") if name in asked.options}
    return logistic_regression(table, asked.outcome, terms, **cut, **options)


def _terms(answer: Answer, drivers: Sequence[Column]) -> pd.DataFrame:
    own = answer.table[answer.table["driver"].isin([str(one) for one in drivers])].set_index("term")
    return own.rename(columns={"odds_ratio" if "odds_ratio" in own else "effect": "value"})[["value", "lower", "upper"]]


def _as_groups(column: pd.Series) -> pd.Series:
    """Groups as names, so that numbers (months) are not read as an amount; the first group stays the first."""
    if isinstance(column.dtype, pd.CategoricalDtype):
        return column.cat.remove_unused_categories().cat.as_unordered()
    return pd.Series(
        pd.Categorical(column.astype(str), categories=[str(one) for one in sorted(column.unique())]), index=column.index
    )


def _said(rows: pd.DataFrame, null: float, held: list[str], between: list[str], shown: int):
    clear = lambda way: (rows[f"{way}_lower"] > null) | (rows[f"{way}_upper"] < null)
    if held:
        row = rows.loc[shown]
        yield "caveat.crude_adjusted", {"term": row["term"], "crude": row["crude"], "adjusted": row["adjusted"], "columns": listing(held),
                                        "measure": Words(f"measure.{row['measure']}")}  # fmt: skip
        turned = rows[((rows["crude"] - null) * (rows["adjusted"] - null) < 0) & (clear("crude") | clear("adjusted"))]
        for one in turned.itertuples():
            yield (
                "caveat.sign_flips",
                {
                    "term": one.term,
                    "crude": one.crude,
                    "adjusted": one.adjusted,
                    "columns": listing(held),
                    "measure": Words(f"measure.{one.measure}"),
                },
            )
    if between:
        total = "adjusted" if held else "crude"
        row = rows.loc[shown]
        yield (
            "caveat.total_direct",
            {
                "term": row["term"],
                "total": row[total],
                "direct": row["direct"],
                "columns": listing(between),
                "measure": Words(f"measure.{row['measure']}"),
            },
        )


def _strata(asked: Asked, table: pd.DataFrame, drivers: Sequence[Column], held: list[str]) -> Answer | None:
    """Mantel-Haenszel with Breslow-Day, for a yes or no of two groups within few strata."""
    from ccsat.methods.nominal_strata import mantel_haenszel_test

    if _kind(asked) != "binary" or len(drivers) != 1 or not held or read_column(table, drivers[0]).nunique() != 2:
        return None
    if any(table[name].nunique() > MOST_STRATA for name in held):
        return None
    options = {
        name: asked.options[name]
        for name in ("top_from", "event", "weights", "weight_kind", "baseline")
        if name in asked.options
    }
    return mantel_haenszel_test(table, asked.outcome, drivers[0], held, cluster=asked.cluster or False, **options)


def _nominal(answer: Answer, asked: Asked, drivers: Sequence[Column], held: list[str]) -> Answer:
    from ccsat.methods.nominal_strata import general_cmh_test

    table = asked.wide_frame([asked.outcome, *drivers, *held])
    if not held or len(drivers) != 1 or any(table[name].nunique() > MOST_STRATA for name in held):
        return answer.with_caveats(("caveat.not_adjusted", {"columns": listing(held), "why": "–"}))
    strata = general_cmh_test(table, asked.outcome, drivers[0], held, cluster=asked.cluster or False)
    within, crude = strata.effects[:2]
    rows = pd.DataFrame({"term": [str(drivers[0])], "measure": "cramer_v", "crude": crude.value, "crude_lower": crude.lower, "crude_upper": crude.upper,
                         "adjusted": within.value, "adjusted_lower": within.lower, "adjusted_upper": within.upper, "n": len(table)})  # fmt: skip
    said = [("caveat.crude_adjusted", {"term": str(drivers[0]), "crude": crude.value, "adjusted": within.value, "columns": listing(held), "measure": Words("measure.cramer_v")}),
            *(one for one in strata.caveats if one[0] == "caveat.table_confounded")]  # fmt: skip
    return dataclasses.replace(
        answer,
        effects=(*answer.effects, within, crude),
        extra={**answer.extra, "beside": rows, "strata": strata},
        caveats=(*answer.caveats, *said),
    )
