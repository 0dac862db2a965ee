"""Word of mouth: who recommends and who warns others, from the recommendation question or the satisfaction scale."""

from __future__ import annotations

from functools import partial

from ccsat.centre import Centre
from ccsat.kpis.indicator import Indicator

KINDS = {
    "survey_id": "id",
    "contact_id": "id",
    "customer_id": "id",
    "nps": "number",
    "scale_id": "text",
    "rating": "number",
    "pushed_at": "time",
    "answered_at": "time",
}
PROMOTES, DETRACTS = 9, 6  # 0 to 10: from 9 a promoter, up to 6 a detractor
POOR = {"ten": 6, "five": 2, "three": 1, "thumb": 0, "nps": 6}  # highest level that warns others, by scale
VALUES = {0: -1.0, 1: 0.0, 2: 1.0}  # detractor, passive, promoter


def _answers(centre: Centre, *, level: str) -> str:
    """Answers to the recommendation question, one a survey."""
    table = centre.beside("surveys", KINDS)
    have, quote = table.roles, centre.engine.quote
    when = [f"s.{name}" for name in ("pushed_at", "answered_at") if name in have]
    names = "".join(f", s.{name}" for name in ("contact_id", "customer_id") if name in have)
    at = (
        f", {when[0] if len(when) == 1 else f'COALESCE({when[0]}, {when[1]})'} AS {quote('at')}"
        if when and "contact_id" not in have
        else ""
    )
    return f"SELECT s.survey_id AS row_key{names}{at}, {level} AS level FROM ({table.sql}) s WHERE s.nps IS NOT NULL"


def _ratings(centre: Centre) -> str:
    """Rated facts: whether the answer is one that warns others on the study's own scale (1 to 6 of ten in carriers' practice)."""
    quote = centre.engine.quote
    names = [
        name
        for name in ("row_key", "at", "contact_id", "agent_id", "customer_id", *centre.dims)
        if name in centre.columns
    ]
    return (f"SELECT {', '.join(f'f.{quote(name)}' for name in names)}, CASE WHEN f.rating IS NULL THEN NULL WHEN f.rating <= {POOR[centre.scale]} THEN 1 ELSE 0 END AS level "
            f"FROM ({centre.facts}) f")  # fmt: skip


_NPS = {"surveys": ("survey_id", "nps", "pushed_at")}
_SHARED = {"group": "word_of_mouth", "unit": "survey", "owner_level": "company", "source": "DOMAIN 2.6.6"}
INDICATORS: tuple[Indicator, ...] = (
    Indicator("detraction_rate", "nps_0_6", needs=_NPS, rows=partial(_answers, level=f"CASE WHEN s.nps <= {DETRACTS} THEN 1 ELSE 0 END"), better="low", **_SHARED),
    Indicator("detraction_rate", "of_ratings", needs={"facts": ("rating",)}, rows=_ratings, better="low", **_SHARED),
    Indicator("promoter_rate", "nps_9_10", needs=_NPS, rows=partial(_answers, level=f"CASE WHEN s.nps >= {PROMOTES} THEN 1 ELSE 0 END"), **_SHARED),
    Indicator("recommendation_index", "nps_question", needs=_NPS, rows=partial(_answers, level=f"CASE WHEN s.nps <= {DETRACTS} THEN 0 WHEN s.nps >= {PROMOTES} THEN 2 ELSE 1 END"),
              measure="raw", values=VALUES, measured_in="nps", **_SHARED),
)  # fmt: skip
