"""What people said of the located cells: words of comments, quality reviews, agents' notes; and whether any agent stands apart."""

from __future__ import annotations

import pandas as pd

from ccsat.stages.agents import Agents
from ccsat.stages.comments import Words
from ccsat.stages.quality import ENOUGH
from ccsat.trace import Trace
from ccsat.views.view import Fold, View, full_stop, sentences, stack
from ccsat.views.why import cells_of
from ccsat.wording import count, language, percent, text

MOST_CELLS = 3
MOST_QUOTED = 3
QUOTES = {"zh": ("“", "”"), "en": ("‘", "’")}


def show_voices(trace: Trace) -> Fold | None:
    """What customers write, reviewers find and agents note, cell by cell; opinions, not proofs."""
    if trace.why is None:
        return None
    group, where, parts = trace.centre.study.privacy.minimum_group, cells_of(trace), []
    for rank, told in list(trace.why.told.items())[:MOST_CELLS]:
        said = []
        if told.words is not None:
            said.append(told.words.sentence())
            said += quotations(told.words, group)
        if told.quality is not None:
            said.append(told.quality.sentence())
            if told.quality.table["n_dissatisfied"].iloc[0] >= ENOUGH and (agreed := kappa_words(told.quality.table)):
                said.append(agreed)
        if told.notes is not None:
            said.append(told.notes.sentence())
        if said:
            parts.append(sentences([full_stop(one) for one in said], title=where.get(rank, "")))
    return stack(*parts)


def quotations(words: Words, group: int) -> list[str]:
    """Typical comments that at least so many others of the cell say much the same: nobody's own words stand alone in a report."""
    left, right = QUOTES[language()]
    found = words.quotations
    shown = found[found["n_alike"] >= group].head(MOST_QUOTED) if len(found) else found
    return [text("view.quoted", quotation=f"{left}{row.quotation}{right}", n=count(row.n_alike)) for row in shown.itertuples()]  # fmt: skip


def kappa_words(table: pd.DataFrame) -> str | None:
    """How far reviews and customers agree beyond chance; None where it cannot be said."""
    row = table.iloc[0]
    if pd.isna(row["kappa"]):
        return None
    return text("view.kappa", value=f"{row['kappa']:.2f}", lower=f"{row['kappa_lower']:.2f}", upper=f"{row['kappa_upper']:.2f}", n=count(row["n"]),
                passed=percent(row["passed"]), n_reviewed=count(row["n_reviewed"]))  # fmt: skip


def show_agents(agents: Agents | None) -> View | None:
    """Whether any agent stands apart: how many, never who."""
    return None if agents is None else sentences([full_stop(agents.sentence())])
