"""What do agents note in a cell that they did not note before, or do not note elsewhere?"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from ccsat.cells import Asked, ask
from ccsat.centre import Centre
from ccsat.engine import NULL_LEVEL
from ccsat.errors import ColumnError
from ccsat.estimates import adjust
from ccsat.numerics.distinct import PRIOR, exact_p, log_odds
from ccsat.question import Question
from ccsat.results import Result, result_class
from ccsat.stages.evidence import SIGNIFICANT, Evidence
from ccsat.stages.tokens import mask, split_words
from ccsat.wording import count, percent, term, text

CODES = 100  # distinct notes up to which they are codes; more are free text, told by its words
FEW = 10
Z95 = 1.959963984540054
COLUMNS = ["note", "n", "n_reference", "share", "share_reference", "log_odds", "lower", "upper", "z", "p_value", "p_adjusted", "n_rest", "share_rest",
           "log_odds_rest", "p_adjusted_rest", "apart"]  # fmt: skip


@result_class
class AgentVoice(Result):
    """Agents' notes in a cell, of all its contacts, rated or not.

    The table: `note, n, n_reference` (contacts with the note), `share, share_reference` (of contacts), `log_odds, lower, upper, z, p_value, p_adjusted`
    (against the cell before, or of a level against the rest), `n_rest, share_rest, log_odds_rest, p_adjusted_rest` (of a change: the rest now),
    `apart`: noted more here beyond chance, against what it is compared with, and of a change also no less than in the rest.

    Attributes:
        n, n_reference, n_rest: Contacts. noted, noted_reference: Contacts with any note.
    """

    cell: Mapping
    n: int
    n_reference: int
    n_rest: int | None
    noted: int
    noted_reference: int

    @property
    def apart(self) -> pd.DataFrame:
        return self.table[self.table["apart"].astype(bool)]

    def sentence(self) -> str:
        if self.apart.empty:
            return text("voice.none", n=count(self.noted))
        row = self.apart.iloc[0]
        return text("voice.sentence", **_values(row))


def compare_notes(centre: Centre, question: Question | Asked, cell: Mapping) -> AgentVoice:
    """Which notes do agents make more often in a cell than before, or than elsewhere?

    Args:
        cell: `{dim: level or levels}`; empty: all, which can only be compared with before.

    Returns:
        `AgentVoice`. Up to 100 different notes count as codes; free text is told by its words, and a note that the study hides stands only where it has the study's least group of contacts.

    Raises:
        ColumnError: The data have no agents' notes.

    Assumes:
        Contacts are independent, and agents note as they did before: `noted` against `noted_reference` shows whether they note more altogether.

    Source:
        As `distinctive_words`; DOMAIN 1.8, C15.
    """
    asked = question if isinstance(question, Asked) else ask(centre, question)
    if "agent_voice" not in centre.columns:
        raise ColumnError("no_agent_voice", study=centre.study.name)
    inside, whole = (_notes(centre, asked, where) for where in (cell, {}))
    now, before = inside.get("current", _EMPTY), inside.get("baseline", _EMPTY)
    rest = whole.get("current", _EMPTY).sub(now, fill_value=0)
    rest = rest[rest > 0]
    reference, other = (before, rest if cell else None) if asked.is_change else (rest, None)
    hidden = bool({"agent_voice", centre.study.columns.agent_voice} & {*centre.study.privacy.hide})
    free = len(set().union(*(part.index for part in whole.values()))) > CODES
    parts = [part for part in (now, reference, other) if part is not None]
    table = _table(
        [_told(part, free) for part in parts],
        [int(part.sum()) for part in parts],
        centre.study.privacy.minimum_group if free or hidden else 1,
    )
    noted, noted_reference = (int(part.drop(NULL_LEVEL, errors="ignore").sum()) for part in (now, reference))
    few = (
        (("caveat.voice_few", {"n": noted, "n_reference": noted_reference}),)
        if min(noted, noted_reference) < FEW
        else ()
    )
    return AgentVoice(table=table, cell=dict(cell), n=int(now.sum()), n_reference=int(reference.sum()), n_rest=None if other is None else int(other.sum()),
                      noted=noted, noted_reference=noted_reference, caveats=(("caveat.voice_note", {}), *few))  # fmt: skip


_EMPTY = pd.Series(dtype=float)


def _notes(centre: Centre, asked: Asked, cell: Mapping) -> dict[str, pd.Series]:
    """Contacts by note and period; without time all are current."""
    table = centre.engine.marginals(
        centre.facts, [("agent_voice",)], outcome=None, windows=asked.windows, where=dict(cell)
    )[("agent_voice",)]
    table = table if "period" in table else table.assign(period="current")
    return {period: part.set_index("agent_voice")["n"].astype(float) for period, part in table.groupby("period")}


def _told(notes: pd.Series, free: bool) -> pd.Series:
    """Contacts by note, or of free text by word; contacts without a note are no row."""
    notes = notes.drop(NULL_LEVEL, errors="ignore")
    if not free:
        return notes
    words = [(word, n) for note, n in notes.items() for word in set(split_words(mask(str(note))))]
    return pd.DataFrame(words, columns=["word", "n"]).groupby("word")["n"].sum() if words else _EMPTY


def _table(notes: list[pd.Series], sizes: list[int], least: int) -> pd.DataFrame:
    names = sorted(set().union(*(part.index for part in notes)))
    n = [np.array([part.get(name, 0) for name in names], int) for part in notes]
    keep = np.array(n[0] + n[1] >= max(least, 5), bool) if names else np.zeros(0, bool)
    names, n = [name for name, kept in zip(names, keep, strict=True) if kept], [one[keep] for one in n]
    enough = [min(sizes[0], size) >= FEW and len(names) > 0 for size in sizes]
    blank = np.full(len(names), np.nan)
    tests = [(*log_odds(n[0], n[i], sizes[0], sizes[i], prior=PRIOR), exact_p(n[0], n[i], sizes[0], sizes[i])) if enough[i] else (blank,) * 3
             for i in range(1, len(notes))]  # fmt: skip
    value, error, p = tests[0]
    table = pd.DataFrame({"note": np.array(names, object), "n": n[0], "n_reference": n[1], "share": n[0] / max(sizes[0], 1), "share_reference": n[1] / max(sizes[1], 1),
                          "log_odds": value, "lower": value - Z95 * error, "upper": value + Z95 * error, "z": value / error, "p_value": p,
                          "p_adjusted": adjust(p)}).reindex(columns=COLUMNS)  # fmt: skip
    table["apart"] = (table["p_adjusted"] < SIGNIFICANT) & (table["log_odds"] > 0)
    if len(notes) > 2:
        table["n_rest"], table["share_rest"] = n[2], n[2] / max(sizes[2], 1)
        table["log_odds_rest"], table["p_adjusted_rest"] = tests[1][0], adjust(tests[1][2])
        table["apart"] &= ~(table["log_odds_rest"] < 0)
    return table.sort_values(["apart", "p_value", "note"], ascending=[False, True, True], ignore_index=True)


def _values(row: pd.Series) -> dict[str, str]:
    return {
        "note": note_words(row["note"]),
        "share": percent(row["share"]),
        "share_reference": percent(row["share_reference"]),
        "n": count(row["n"]),
    }


def note_words(note: str) -> str:
    """A note's words: the glossary's where it is one of its terms, else the data's own."""
    return term(f"voice_{note}") if term(f"voice_{note}") != f"voice_{note}" else term(note)


def voice_evidence(voice: AgentVoice) -> Evidence | None:
    """The note that sets the cell apart most: kind "agent_voice", grade D (opinion); None where none does."""
    if voice.apart.empty:
        return None
    row = voice.apart.iloc[0]
    return Evidence("agent_voice", "D", {**_values(row), "p": float(row["p_adjusted"])})
