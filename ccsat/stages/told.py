"""What people said of a cell, beside its causes: words of comments, reviews of calls, agents' notes."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ccsat.cells import Asked
from ccsat.centre import Centre
from ccsat.stages.agent_voice import AgentVoice, compare_notes, voice_evidence
from ccsat.stages.comments import Words, comment_columns, distinctive_words, words_evidence
from ccsat.stages.evidence import Cause, Evidence
from ccsat.stages.quality import Quality, compare_quality, quality_evidence
from ccsat.stages.records import reviews_of

GAP_OF_REVIEW = {
    "qa_passed": "design",
    "qa_failed": "execution",
}  # calls handled by the book speak for the design, others for its execution
NOTES = "agent_voice"


@dataclass(frozen=True)
class Told:
    """Answers of one cell; None where the data have no comments, reviews or notes."""

    words: Words | None
    quality: Quality | None
    notes: AgentVoice | None


def told_of(centre: Centre, asked: Asked, cell: Mapping) -> Told:
    """Distinctive words, reviewed quality and agents' notes of a cell, each where the data have it."""
    reviewed = "contact_id" in centre.columns and reviews_of(centre) is not None
    return Told(distinctive_words(centre, asked, cell) if comment_columns(centre) else None,
                compare_quality(centre, asked, cell) if reviewed else None,
                compare_notes(centre, asked, cell) if NOTES in centre.columns else None)  # fmt: skip


def with_told(causes: Sequence[Cause], told: Told) -> list[Cause]:
    """The causes with what people said as further evidence of grade D: it never changes a grade, nor an order.

    Words go with each cause that they speak of; a review goes with causes of the gap that it shows; the agents' notes go with the first cause.
    """
    reviewed = quality_evidence(told.quality) if told.quality is not None else None
    noted = voice_evidence(told.notes) if told.notes is not None else None
    found = []
    for place, cause in enumerate(causes):
        extra: list[Evidence | None] = (
            [words_evidence(told.words, cause.id, title=_title(cause))] if told.words is not None else []
        )
        if reviewed is not None and GAP_OF_REVIEW.get(reviewed.kind) == cause.gap_type:
            extra.append(reviewed)
        if noted is not None and place == 0:
            extra.append(noted)
        found.append(dataclasses.replace(cause, evidence=(*cause.evidence, *(one for one in extra if one is not None))))
    return found


def _title(cause: Cause) -> str:
    values = cause.root.values if cause.root is not None else {}
    return " ".join(str(values[name]) for name in ("title_zh", "title_en") if name in values)
