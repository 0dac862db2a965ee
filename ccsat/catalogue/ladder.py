"""The ladder of methods as rows of words; needs no table, so `ccsat methods` starts without pandas."""

from __future__ import annotations

from collections.abc import Sequence

from ccsat.catalogue.rung import LEVELS, Method, Shape
from ccsat.wording import text

PARTS = ["key", "name", "question", "level", "why", "assumes", "effect", "source"]


def method_rows(methods: Sequence[Method], shape: Shape | None = None) -> list[dict[str, str]]:
    """Methods with their words, `PARTS` of each; of a shape, those that use its scale best first, then basic before advanced."""
    loss = (lambda one: max(shape.loss(one), 0)) if shape is not None else (lambda one: 0)
    order = sorted(methods, key=lambda one: (loss(one), LEVELS.index(one.level)))
    rows = []
    for one in order:
        why = ""
        if shape is not None:
            weaker = "chooser.weaker" if loss(one) else "chooser.fits"
            why = text(weaker, **shape.words(), needs=text(f"scale.{one.outcome.key}"))
        rows.append({"key": one.key, "name": one.words("name"), "question": one.words("question"), "level": one.level, "why": why,
                     "assumes": one.words("assumes"), "effect": one.words("effect"), "source": one.source})  # fmt: skip
    return rows
