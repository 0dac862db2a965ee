"""Quality monitoring: reviewed contacts without critical errors, and whether reviews see what customers mind."""

from __future__ import annotations

from functools import partial

from ccsat.calibers import caliber
from ccsat.centre import Centre
from ccsat.kpis.indicator import Indicator

CRITICAL = ("customer", "business", "compliance")
KINDS = {"review_id": "id", "contact_id": "id", "score": "number", "noncritical_n": "number", "surface_cause": "text",
         **{f"{name}_critical": "flag" for name in CRITICAL}}  # fmt: skip
NEEDS = ("review_id", "contact_id")
EVERY = tuple(f"{name}_critical" for name in CRITICAL)


def _reviews(centre: Centre, *, level: str) -> str:
    """One row a review; the contact says when, who and what."""
    table = centre.beside("qa_reviews", KINDS)
    return f"SELECT r.review_id AS row_key, r.contact_id, {level} AS level FROM ({table.sql}) r"


def _clean(*columns: str) -> str:
    """1 where none of the errors was made, NULL where that is not known."""
    known = " AND ".join(f"{column} IS NOT NULL" for column in columns)
    none = " AND ".join(f"{column} = 0" for column in columns)
    return f"CASE WHEN {known} THEN CASE WHEN {none} THEN 1 ELSE 0 END END"


def _passes(centre: Centre) -> str:
    """1 where a review is passed: no critical error, and the study's least score where it names one."""
    least = centre.study.quality.pass_score
    score = "" if least is None else f" AND score >= {float(least)!r}"
    known = "" if least is None else " AND score IS NOT NULL"
    none = " AND ".join(f"{column} = 0" for column in EVERY)
    return f"CASE WHEN {' AND '.join(f'{column} IS NOT NULL' for column in EVERY)}{known} THEN CASE WHEN {none}{score} THEN 1 ELSE 0 END END"


def _passed(centre: Centre) -> str:
    return _reviews(centre, level=_passes(centre))


def _passed_of_dissatisfied(centre: Centre) -> str:
    """Reviewed contacts whose customer was not satisfied: whether they passed."""
    values = caliber("satisfaction_rate", None, centre.scale).levels(centre.scale)
    poor = ", ".join(str(level) for level, value in values.items() if value == 0)
    rated = f"SELECT f.contact_id AS k FROM ({centre.facts}) f WHERE f.rating IN ({poor})"
    table = centre.beside("qa_reviews", KINDS)
    return f"SELECT r.review_id AS row_key, r.contact_id, {_passes(centre)} AS level FROM ({table.sql}) r JOIN ({rated}) g ON g.k = r.contact_id"


def _of_contacts(centre: Centre, *, column: str) -> str:
    """Contacts: a yes/no column of the facts."""
    quote = centre.engine.quote
    names = [
        name
        for name in ("row_key", "at", "contact_id", "agent_id", "customer_id", *centre.dims)
        if name in centre.columns
    ]
    return f"SELECT {', '.join(f'f.{quote(name)}' for name in names)}, CAST(f.{quote(column)} AS INTEGER) AS level FROM ({centre.facts}) f"


_SHARED = {"group": "quality", "unit": "review", "source": "DOMAIN 2.4"}


def _review(kpi: str, id: str, columns: tuple[str, ...], rows, **more) -> Indicator:
    return Indicator(
        kpi, id, needs={"facts": ("contact_id",), "qa_reviews": (*NEEDS, *columns)}, rows=rows, **_SHARED | more
    )


INDICATORS: tuple[Indicator, ...] = (
    *(_review("critical_error_accuracy", name, (f"{name}_critical",), partial(_reviews, level=_clean(f"{name}_critical"))) for name in CRITICAL),
    _review("critical_error_accuracy", "any", EVERY, partial(_reviews, level=_clean(*EVERY))),
    _review("quality_pass_rate", "no_critical", EVERY, _passed, owner_level="agent"),
    _review("noncritical_errors", "per_review", ("noncritical_n",), partial(_reviews, level="CAST(noncritical_n AS INTEGER)"), better="low", measure="mean",
            measured_in="errors", owner_level="agent"),
    _review("quality_score", "noncritical", ("score", *EVERY), partial(_reviews, level=f"CASE WHEN ({_clean(*EVERY)}) = 1 THEN CAST(FLOOR(score + 0.5) AS INTEGER) END"),
            measure="mean", measured_in="points", owner_level="agent"),
    Indicator("quality_blind_rate", "passed_of_dissatisfied", needs={"facts": ("contact_id", "rating"), "qa_reviews": (*NEEDS, *EVERY)}, rows=_passed_of_dissatisfied,
              better="low", **_SHARED | {"owner_level": "centre"}),
    Indicator("process_followed_rate", "of_contacts", needs={"facts": ("process_followed",)}, rows=partial(_of_contacts, column="process_followed"),
              **_SHARED | {"unit": "contact", "owner_level": "agent"}),
    Indicator("wording_consistency", "of_contacts", needs={"facts": ("wording_consistent",)}, rows=partial(_of_contacts, column="wording_consistent"),
              **_SHARED | {"unit": "contact", "owner_level": "agent", "source": "DOMAIN 1.8, 2.4"}),
)  # fmt: skip
