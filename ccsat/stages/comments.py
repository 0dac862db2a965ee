"""What do customers write in a cell that they do not write elsewhere, or did not write before?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from ccsat.cells import Asked, ask
from ccsat.centre import Centre
from ccsat.engine import Window
from ccsat.errors import ColumnError, DataError, listing
from ccsat.estimates import adjust
from ccsat.numerics.distinct import PRIOR, exact_p
from ccsat.question import Question
from ccsat.results import Result, result_class
from ccsat.stages.evidence import SIGNIFICANT, Evidence
from ccsat.stages.tokens import mask, shorten, split_words
from ccsat.stages.word_table import ALIKE, FEW, Body, compare_words
from ccsat.wording import count, text

MOST = 10_000  # comments of each body that are read
TELL = 5  # words and quotations that are named
COLUMNS = ["word", "n", "n_reference", "share", "share_reference", "log_odds", "lower", "upper", "z", "p_value", "p_adjusted", "p_together",
           "n_rest", "log_odds_rest", "z_rest", "p_adjusted_rest", "reason", "against", "distinctive"]  # fmt: skip
QUOTATIONS = ["quotation", "words", "n_alike"]


@result_class
class Words(Result):
    """Words of a cell's comments, the most distinctive first.

    The table: `word, n, n_reference` (comments that use it), `share, share_reference, log_odds, lower, upper, z, p_value, p_adjusted`
    (against the cell before, or of a level against the rest), `p_together` (of a change: against both together, adjusted; else `p_adjusted`), `n_rest,
    log_odds_rest, z_rest, p_adjusted_rest` (of a change: against the rest now; else NaN), `reason` (the named reason that goes with the word, or None),
    `distinctive`: likelier here by `p_together`, rarer in neither comparison, no topic (a change's word that was half as common before, and is not
    beyond chance against it), and not the shadow of a longer word; `against`: where it stands out by itself, "before", "rest", "both"
    ("reference" of a level), or only "together".

    Attributes:
        quotations: `quotation, words, n_alike` (comments that say much the same, it included), masked and shortened, most typical first;
            empty where the study hides comments or the cell has fewer than its least group.
        n, n_reference, n_rest: Comments read in the cell, in what it is compared with, and in the rest now (None for a level).
        hidden: Whether the study hides comments.
    """

    cell: Mapping
    quotations: pd.DataFrame
    n: int
    n_reference: int
    n_rest: int | None
    hidden: bool
    who: str

    @property
    def distinctive(self) -> pd.DataFrame:
        return self.table[self.table["distinctive"].astype(bool)]

    def sentence(self) -> str:
        values = {"n": count(self.n), "n_reference": count(self.n_reference)}
        if self.distinctive.empty:
            return text("words.none", **values)
        return text("words.sentence", words=said(self.distinctive.head(TELL)), **values)


def comment_columns(centre: Centre) -> list[str]:
    """The facts' columns that hold customers' own words."""
    return [name for name in centre.columns if name == "comment" or name.startswith("comment__")]


def comments_hidden(centre: Centre) -> bool:
    """Whether the study keeps comments out of reports, under our name or theirs."""
    return bool({"comment", *comment_columns(centre), *centre.study.columns.comments} & {*centre.study.privacy.hide})


def distinctive_words(
    centre: Centre, question: Question | Asked, cell: Mapping, *, who: str = "lost", prior: float = PRIOR, least: int | None = None
) -> Words:  # fmt: skip
    """Which words set a cell's comments apart: from its own before, and from the rest now?

    Compared are by default only customers who cost points, so that a cell with more of them does not stand out by their anger alone.

    Args:
        cell: `{dim: level or levels}`; empty: all, which can only be compared with before.
        who: "lost" (surveys that cost points) or "all".
        prior: Comments that the prior is worth; see `numerics.distinct.log_odds`.
        least: Comments in both bodies that a word needs; by default the study's least group. Where comments are hidden a word also needs so
            many customers in the cell.

    Returns:
        `Words`. Of many comments a reproducible sample of 10,000 a body is read, and a caveat says so.

    Raises:
        ColumnError: The study names no comments. DataError: `who` is neither.

    Assumes:
        Comments are independent. Who writes is as before and as elsewhere: a comment is an opinion, never a proof (grade D).

    Source:
        Monroe, Colaresi and Quinn (2008), Political Analysis 16, 372-403; Benjamini-Hochberg over the words.
    """
    asked = question if isinstance(question, Asked) else ask(centre, question)
    if who not in ("lost", "all"):
        raise DataError("rank_choice", option="who", value=who, known=listing(("lost", "all")))
    if not comment_columns(centre):
        raise ColumnError("no_comments", study=centre.study.name)
    group = centre.study.privacy.minimum_group
    least, hidden = least or group, comments_hidden(centre)
    inside = _read(centre, asked, asked.current, who, cell)
    rest = _read(centre, asked, asked.current, who, None, out_of=cell) if cell else None
    before = _read(centre, asked, asked.baseline, who, cell) if asked.is_change else None
    reference, other = (before, rest) if asked.is_change else (rest or Body([], inside.rows.iloc[:0]), None)
    table = compare_words(inside, reference, other, prior=prior, least=least)
    if hidden:
        people = _people(inside)
        table = table[table["word"].map(lambda word: people.get(word, 0) >= group).astype(bool)].reset_index(drop=True)
    table["reason"] = _reasons(centre, [inside, reference], table.loc[table["distinctive"], "word"]).reindex(table["word"]).to_numpy() if len(table) else None  # fmt: skip
    quotations = (
        _quotations(centre, inside, table) if not hidden and len(inside) >= group else pd.DataFrame(columns=QUOTATIONS)
    )
    return Words(table=table[COLUMNS], cell=dict(cell), quotations=quotations, n=len(inside), n_reference=len(reference), n_rest=None if other is None else len(other),
                 hidden=hidden, who=who, caveats=tuple(_caveats(inside, reference, other, hidden)))  # fmt: skip


def _read(centre: Centre, asked: Asked, window: Window | None, who: str, cell: Mapping | None, *, out_of: Mapping | None = None) -> Body:  # fmt: skip
    """Comments of one period, of a cell or of what is outside of it."""
    columns, quote = comment_columns(centre), centre.engine.quote
    some = " OR ".join(f"{quote(name)} IS NOT NULL" for name in columns)
    where = {**(asked.where or {}), **(cell or {})}
    lost = [level for level, value in asked.values.items() if who == "all" or value != asked.full]
    more = [name for name in ("customer_id",) if name in centre.columns]
    rows = centre.engine.sample(f"SELECT f.* FROM ({centre.facts}) f WHERE {some}", ["row_key", *columns, *more, *(out_of or {})], key="row_key",
                                most=MOST, windows=[window] if window else (), where={**where, asked.caliber.outcome: lost})  # fmt: skip
    if out_of:
        held = pd.Series(True, index=rows.index)
        for dim, level in out_of.items():
            held &= rows[dim].isin(level if isinstance(level, (list, tuple)) else [level])
        rows = rows[~held]
    said_ = rows[columns].fillna("").agg("\n".join, axis=1) if len(rows) else pd.Series(dtype=object)
    kept = said_.str.strip() != "" if len(rows) else said_.astype(bool)
    rows = rows[["row_key", *more]].assign(comment=said_)[kept].reset_index(drop=True)
    words = centre.memory.setdefault(
        "comment_words", {}
    )  # many say the same, and the rest of one cell is the cell of another
    for one in rows["comment"].unique():
        if one not in words:
            words[one] = frozenset(split_words(one))
    return Body([words[one] for one in rows["comment"]], rows)


def _people(body: Body) -> dict[str, int]:
    """How many customers of a body use each word; comments where customers are not known."""
    own = range(len(body.rows))  # who is not known counts as somebody else each time
    who = [(name, None) if isinstance(name, str) else (None, i) for name, i in zip(body.rows["customer_id"], own, strict=True)] if "customer_id" in body.rows else own  # fmt: skip
    users: dict[str, set] = {}
    for one, words in zip(who, body.words, strict=True):
        for word in words:
            users.setdefault(word, set()).add(one)
    return {word: len(some) for word, some in users.items()}


def _reasons(centre: Centre, bodies: Sequence[Body], words: pd.Series) -> pd.Series:
    """The named reason that goes best with each word, beyond chance, over all the comments read."""
    found = pd.Series(None, index=pd.Index(words, dtype=object), dtype=object)
    if centre.reasons is None or not len(words):
        return found
    every = [one for body in bodies for one in body.words]
    keys = pd.concat([body.rows["row_key"] for body in bodies], ignore_index=True)
    named = centre.reasons[centre.reasons["row_key"].isin(keys)]
    named = (
        pd.crosstab(named["row_key"], named["reason"]).reindex(keys, fill_value=0).to_numpy(bool),
        sorted(named["reason"].unique()),
    )
    for word in words:
        here = np.array([word in one for one in every])
        with_it, without, n = named[0][here].sum(0), named[0][~here].sum(0), int(here.sum())
        more = with_it / max(n, 1) > without / max(len(here) - n, 1)
        p = adjust(np.where(more, exact_p(with_it, without, n, len(here) - n), 1.0))
        if len(p) and p.min() < SIGNIFICANT:
            found[word] = named[1][int(p.argmin())]
    return found


def _quotations(centre: Centre, inside: Body, table: pd.DataFrame) -> pd.DataFrame:
    """The comments that say most of what is distinctive for their length, each idea once."""
    weight = table[table["distinctive"]].set_index("word")[["z", "z_rest"]].min(axis=1)
    score = np.array([sum(weight.get(word, 0.0) for word in words) / np.sqrt(3 + len(words)) for words in inside.words])
    chosen: list[int] = []
    for i in np.lexsort((inside.rows["comment"].to_numpy(str), -score)) if len(weight) else ():
        if score[i] <= 0 or len(chosen) == TELL:
            break
        if not any(_alike(inside.words[i], inside.words[j]) for j in chosen):
            chosen.append(int(i))
    rows = []
    for i in chosen:
        here = [word for word in weight.index if word in inside.words[i]]
        alike = sum(_alike(inside.words[i], other) for other in inside.words)
        rows.append((shorten(mask(inside.rows["comment"][i]), tuple(here)), ", ".join(here), alike))
    return pd.DataFrame(rows, columns=QUOTATIONS)


def _alike(one: frozenset, two: frozenset) -> bool:
    return len(one & two) >= ALIKE * len(one | two)


def said(table: pd.DataFrame) -> str:
    """Words with how many comments use them, for a sentence."""
    between = text("words.between")
    return between.join(text("words.one", word=row.word, n=count(row.n)) for row in table.itertuples())


def words_evidence(words: Words, cause_id: str, *, title: str = "") -> Evidence | None:
    """Do the cell's distinctive words speak for a cause? Opinion: grade D, whatever the numbers.

    Args:
        cause_id: "reason:CODE": words that go with this reason. Any other: words that also stand in `title`.
        title: What the change, rule or driver is called, in any language.

    Returns:
        Evidence of kind "words" with `words` (with counts), `n`, `of` (comments that use the first of them, comments in the cell) and `p`; None
        where no word speaks for it.
    """
    found = words.distinctive
    if cause_id.startswith("reason:"):
        found = found[found["reason"] == cause_id.split(":", 1)[1]]
    else:
        named = set(split_words(title))
        parts = [bool({word, *split_words(word)} & named) for word in found["word"]]
        found = found[np.array(parts, bool)]
    if found.empty:
        return None
    first = found.iloc[0]
    p = float(first["p_together"])
    return Evidence("words", "D", {"words": said(found.head(TELL)), "n": int(first["n"]), "of": words.n, "p": p})


def _caveats(inside: Body, reference: Body, other: Body | None, hidden: bool) -> list[tuple[str, dict]]:
    caveats = []
    if min(len(inside), len(reference)) < FEW:
        caveats.append(("caveat.words_few", {"n": len(inside), "n_reference": len(reference)}))
    if hidden:
        caveats.append(("caveat.words_hidden", {}))
    if MOST in (len(inside), len(reference), len(other or ())):
        caveats.append(("caveat.words_sampled", {"most": count(MOST)}))
    return caveats
