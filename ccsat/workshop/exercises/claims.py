"""Statements of a meeting: the tempting ones of a world's truth, and among them the one that its data bear out."""

from __future__ import annotations

from collections.abc import Mapping

from ccsat.wording import LANGUAGES, term
from ccsat.workshop.case import Case
from ccsat.workshop.exercises.item import Options, code_of, lettered


def statements(case: Case, link: int) -> Options:
    """The decoys' claims, and one link of the true chain of causes, under codes whose order says nothing."""
    return lettered("m", [*(row["claim"] for row in case._truth["decoys"]), _chain(case)[link]])


def true_statement(case: Case, link: int) -> str:
    """The code of the statement that holds."""
    return code_of(statements(case, link), _chain(case)[link])


def fallen_for(code: str, case: Case, link: int) -> int | None:
    """Which of the decoys, counted from 0, a code stands for; None for the statement that holds."""
    said = statements(case, link)[code]
    claims = [row["claim"] for row in case._truth["decoys"]]
    return claims.index(said) if said in claims else None


def owner_options(owners) -> Options:
    """Owner classes with their names."""
    return {owner: {lang: term(owner, lang) for lang in LANGUAGES} for owner in owners}


def owner_of_cause(case: Case) -> str:
    """The owner class of the planted cause."""
    return case._truth["causes"][0]["owner"]


def _chain(case: Case) -> list[Mapping[str, str]]:
    return list(case._truth["causes"][0]["depth_chain"])
