"""Hypotheses from campaigns: is the cell a campaign's cohort, when was it sold, and was the promise kept?"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta

import pandas as pd

from ccsat.cells import Asked
from ccsat.centre import Centre
from ccsat.stages.controls import contrast
from ccsat.stages.evidence import GAP_OF_KIND, OWNER_OF_KIND, Cause, Evidence, Link
from ccsat.stages.hypotheses import Weighed, levels_of, series_of, weighed_changes, words
from ccsat.stages.timing import daily, find_break, less

ID = "campaign_id"
KINDS = {ID: "id", "name_zh": "text", "name_en": "text", "promised_value": "number", "delivered_value": "number", "condition_zh": "text",
         "condition_en": "text", "script_version": "text", "briefed_flag": "flag", "starts_on": "time", "ends_on": "time"}  # fmt: skip
TABLE = "campaigns"
SALE_BEGINS = timedelta(days=7)  # after its first day, in which a change still belongs to a campaign's launch


def campaign_causes(
    centre: Centre, asked: Asked, cell: Mapping, *, rank: int, points: float, chain: tuple[Link, ...], owner: str
) -> tuple[list[Cause], list[dict], list[str]]:
    """The campaign whose cohort a cell is.

    What a campaign promised shows when the first bill comes, weeks after the sale: so its date is not sought next to the break, only before it, and the lag is
    shown. A cohort with a clear break after its sale, and either less delivered than promised or customers who name first what marketing owns, is an
    association of grade C; the cohort alone is D.

    Args:
        chain, owner: The links before, and the owner class of what customers name first.

    Returns:
        Causes `campaign:ID`; what was ruled out; and the ids of changes that stand in a campaign's chain (its own launch).
    """
    dim = campaign_dim(centre)
    if dim is None or dim not in cell or points * asked.sign >= 0:
        return [], [], []
    known = read_campaigns(centre)
    causes, out, merged = [], [], []
    for code in levels_of(cell[dim]):
        if len(known) and code not in known.index:
            continue
        about = known.loc[code].to_dict() if code in known.index else {}
        one = {**cell, dim: code}
        series = series_of(centre, asked, one)
        found = find_break(series) if asked.is_change else None
        sold, ended = _day(about.get("starts_on")), _day(about.get("ends_on"))
        after = found is not None and found.clear and found.move * points > 0 and (sold is None or found.day > sold)
        if asked.is_change and not after:
            out.append({"id": f"campaign:{code}", "why": "timing", "day": str(sold) if sold else None, "break_day": str(found.day) if found else None})  # fmt: skip
            continue
        launch = _launch(centre, asked, dim, code, sold)
        promise = _promise(about)
        named = owner == OWNER_OF_KIND["campaign"]
        evidence = [Evidence("cohort", "C" if promise or named else "D", {"id": code})]
        evidence += [promise] if promise else []
        evidence += [Evidence("promise_named", "D", {"owner": owner})] if named else []
        if after:
            evidence += [Evidence("lag", "D", {"break_day": str(found.day), "first": (found.day - sold).days, "last": (found.day - (ended or sold)).days})] if sold else []  # fmt: skip
            apart = contrast(series, less(daily(centre, asked, None), series), found.day)
            if apart is not None and apart.significant and apart.flat:
                evidence.append(Evidence("contrast", "C" if promise or named else "D", apart.numbers()))
        evidence += [Evidence("not_briefed", "D", {})] if about.get("briefed_flag") == 0 else []
        title = {"id": code, "title_zh": words(about.get("name_zh")) or code, "title_en": words(about.get("name_en")) or code,
                 "condition_zh": words(about.get("condition_zh")) or "–", "condition_en": words(about.get("condition_en")) or "–"}  # fmt: skip
        links = [*chain, Link("campaign", title, changeable=True)]
        if launch is not None:
            merged.append(launch.cause_id)
            links.append(Link("change", {"title_zh": launch.titles["zh"], "title_en": launch.titles["en"], "id": launch.id, "day": str(launch.day)}, changeable=True))  # fmt: skip
        causes.append(Cause(rank, f"campaign:{code}", "campaign", OWNER_OF_KIND["campaign"], GAP_OF_KIND["campaign"], tuple(evidence), tuple(links),
                            points / len(levels_of(cell[dim])), 1.0, launch.owner_dept if launch else None))  # fmt: skip
    return causes, out, merged


def give_way(
    centre: Centre, asked: Asked, campaigns: list[Cause], changes: list[Cause]
) -> tuple[list[Cause], list[dict]]:
    """Campaigns that stand, and those that a later change of the same campaign answers for: its date and scope fit, and nothing says that the promise was broken.

    Returns:
        Causes; and `{"id", "why": "changed_since", "day", "break_day", "rival"}`.
    """
    dim, fitting = campaign_dim(centre), {cause.id for cause in changes if cause.grade <= "C"}
    own = {one.scope[dim][0]: one for one in weighed_changes(centre, asked) if one.cause_id in fitting and _alone(one, dim)}  # fmt: skip
    kept, out = [], []
    for cause in campaigns:
        change = own.get(cause.id.removeprefix("campaign:"))
        told = {piece.kind: piece.values for piece in cause.evidence}
        if change is None or "promise_gap" in told or "lag" not in told:
            kept.append(cause)
            continue
        broke = date.fromisoformat(told["lag"]["break_day"])
        out.append({"id": cause.id, "why": "changed_since", "day": str(broke - timedelta(days=told["lag"]["first"])), "break_day": str(broke), "rival": change.cause_id})  # fmt: skip
    return kept, out


def campaign_dim(centre: Centre) -> str | None:
    """The dimension that says which campaign a customer or contact belongs to; None where there is none."""
    named = [dim for dim in centre.dims if ID in (dim, centre.study.dimension(dim).column.split(".")[-1])]
    return named[0] if named else None


def read_campaigns(centre: Centre) -> pd.DataFrame:
    """The campaigns' table by id; empty where the study has none."""
    table = centre.beside(TABLE, KINDS)
    if table is None or ID not in table.roles:
        return pd.DataFrame()
    rows = centre.engine.query(f"SELECT * FROM ({table.sql}) t").drop_duplicates(ID)
    return rows.assign(**{ID: rows[ID].astype(str)}).set_index(ID)


def _promise(about: Mapping) -> Evidence | None:
    promised, delivered = about.get("promised_value"), about.get("delivered_value")
    if promised is None or delivered is None or pd.isna(promised) or pd.isna(delivered) or not delivered < promised:
        return None
    return Evidence("promise_gap", "C", {"promised": float(promised), "delivered": float(delivered)})


def _launch(centre: Centre, asked: Asked, dim: str, code: str, sold: date | None) -> Weighed | None:
    """The change that brought the campaign: one that declares it, and it alone, as its scope when its sale began. A later one is judged by its own date."""
    alone = [one for one in weighed_changes(centre, asked) if _alone(one, dim) and one.scope[dim] == [code]]
    return next((one for one in alone if sold is None or one.day <= sold + SALE_BEGINS), None)


def _alone(change: Weighed, dim: str) -> bool:
    """Whether a change declares one campaign, and nothing else, as its scope."""
    return set(change.scope) == {dim} and len(change.scope[dim]) == 1 and not change.instrument


def _day(value: object) -> date | None:
    return None if value is None or pd.isna(value) else pd.Timestamp(value).date()
