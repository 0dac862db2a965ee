"""A data file or a study as one table whose columns show their scales, for the chooser."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from ccsat.casts import to_number
from ccsat.catalogue.asked import looks_rated
from ccsat.catalogue.guards import CODES
from ccsat.orders import level_order
from ccsat.sources import read_text_table
from ccsat.study import Data

MOST_LEVELS = 30


def read_asked(path: Path, *, as_number: bool = False) -> tuple[pd.DataFrame, list[tuple[str, dict]]]:
    """The table to ask of, and what was taken how.

    A study (TOML, or a folder of one) gives its surveys. Of any other file numbers become numbers, words with a known order
    ordered categories, and whole numbers of few values, which look like ratings, ordered ones too.

    Args:
        as_number: Leave numbers that look like ratings numbers.

    Raises:
        DataError, StudyError: Not there, or not readable.
    """
    if path.suffix == ".toml" or path.is_dir() and (path / "study.toml").is_file():
        from ccsat.centre import read_centre

        return read_centre(path).surveys, []
    frame = read_text_table(str(path), Path("."), Data()).frame
    said, made = [], {}
    for name in frame.columns:
        made[name] = _typed(frame[name], as_number)
        if (
            isinstance(made[name].dtype, pd.CategoricalDtype)
            and made[name].dtype.ordered
            and made[name].cat.categories.dtype != object
            and not isinstance(made[name].cat.categories[0], str)
        ):
            said.append(("chooser.rating_ordered", {"column": name, "n": len(made[name].cat.categories)}))
    return pd.DataFrame(made), said


def _typed(words: pd.Series, as_number: bool) -> pd.Series:
    numbers, rejected = to_number(words)
    if words.notna().any() and not rejected.any() and not CODES.search(str(words.name)):
        if looks_rated(numbers) and not as_number:
            levels = sorted(int(value) for value in numbers.dropna().unique())
            return pd.Series(
                pd.Categorical(numbers.astype("Int64"), categories=levels, ordered=True),
                index=words.index,
                name=words.name,
            )
        return numbers.rename(words.name)
    different = list(words.dropna().unique())
    if 2 < len(different) <= MOST_LEVELS and (order := level_order(different)) is not None and order[1]:
        return pd.Series(pd.Categorical(words, categories=order[0], ordered=True), index=words.index, name=words.name)
    return words
