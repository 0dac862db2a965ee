"""An export as systems give it: a title on top, a total below, two forms of date, words for ratings, rows that stand twice."""

from __future__ import annotations

import csv
from functools import cache
from io import StringIO
from pathlib import Path

import numpy as np
import pandas as pd

from ccsat.wording import text

EXPORT, DICTIONARY = "export.csv", "dictionary.csv"
WORLD = "S08"
DUPLICATES, NOT_RATED = 40, 60  # rows that stand twice, and rows whose rating holds something else
COLUMNS = (
    "survey_id",
    "contact_id",
    "at",
    "agent_id",
    "channel",
    "biz_l1",
    "biz_l2",
    "region",
    "team",
    "mode",
    "rating",
    "reason",
    "comment",
    "spare",
)
DESCRIBED = COLUMNS[:-3] + (
    "reason",
    "comment",
    "skill",
)  # the dictionary knows a column that the export lacks, and not the empty one
UNLISTED = "region"  # the dictionary lists all its levels but the last


def messy_export(folder: str | Path, *, seed: int = 104, lang: str = "zh", scale: str = "full") -> Path:
    """Write `export.csv` and `dictionary.csv`, as a colleague might send them, into a folder.

    The ratings are those of an invented centre; a seed gives the same bytes every time. The Chinese export is GB18030, the English one
    UTF-8 with a mark.

    Returns:
        The export.
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    rows = _dirty(_flat(seed, scale, lang), np.random.default_rng(seed), lang)
    heads = [text(f"own.column.{name}", lang) for name in COLUMNS]
    out = StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([text("own.title", lang)])
    writer.writerow([])
    writer.writerow(heads)
    writer.writerows(rows[list(COLUMNS)].itertuples(index=False))
    writer.writerow([text("own.total", lang), *[""] * (len(COLUMNS) - 2), len(rows)])
    encoding = "gb18030" if lang == "zh" else "utf-8-sig"
    path = folder / EXPORT
    path.write_bytes(out.getvalue().encode(encoding))
    (folder / DICTIONARY).write_bytes(_dictionary(rows, lang).encode(encoding))
    return path


def column(name: str, lang: str) -> str:
    """What the export calls a column of ours, e.g. "mode"."""
    return text(f"own.column.{name}", lang)


@cache
def _flat(seed: int, scale: str, lang: str) -> pd.DataFrame:
    """The answered surveys of an invented centre, one row each, with what belongs to them."""
    from ccsat import worlds

    tables = worlds.make(WORLD, rng=seed, scale=scale, vary=True, comments=lang).tables
    rated = tables["surveys"].dropna(subset=["rating"])
    rows = rated.merge(
        tables["contacts"][["contact_id", "customer_id", "agent_id", "started_at", "channel", "biz_l1", "biz_l2"]],
        on="contact_id",
    )
    rows = rows.merge(tables["agents"][["agent_id", "team"]], on="agent_id", how="left").merge(
        tables["customers"][["customer_id", "region"]], on="customer_id", how="left"
    )
    first = (
        tables["survey_reasons"]
        .sort_values(["survey_id", "rank"])
        .drop_duplicates("survey_id")
        .set_index("survey_id")["reason_code"]
    )
    return (
        rows.assign(reason=rows["survey_id"].map(first), at=rows["started_at"])
        .drop_duplicates("survey_id")
        .reset_index(drop=True)
    )


def _dirty(rows: pd.DataFrame, rng: np.random.Generator, lang: str) -> pd.DataFrame:
    out = rows.astype({"rating": int}).copy()
    said = out["rating"].map({level: text(f"own.rating.r{level}", lang) for level in range(1, 6)}).astype(object)
    at = pd.to_datetime(out["at"])
    old_form = rng.random(len(out)) < 0.3
    out["at"] = np.where(old_form, at.dt.strftime("%Y/%m/%d %H:%M"), at.dt.strftime("%Y-%m-%d %H:%M:%S"))
    blank = rng.choice(len(out), NOT_RATED, replace=False)
    said.iloc[blank] = np.where(rng.random(NOT_RATED) < 0.5, "", text("own.not_rated", lang))
    out["rating"] = said
    padded = rng.random(len(out)) < 0.05  # a space behind a level, as hand-kept lists have them
    out["team"] = np.where(padded, out["team"].astype(str) + " ", out["team"].astype(str))
    out["spare"] = ""
    again = rng.choice(len(out), DUPLICATES, replace=False)
    out = pd.concat([out, out.iloc[np.sort(again)]], ignore_index=True)
    return out[list(COLUMNS)].astype(object).where(out[list(COLUMNS)].notna(), "")


def _dictionary(rows: pd.DataFrame, lang: str) -> str:
    out = StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([text(f"own.dictionary.{name}", lang) for name in ("column", "meaning", "levels")])
    for name in DESCRIBED:
        levels: list[str] = []
        if name in ("channel", "biz_l1", "region", "mode"):
            levels = sorted({str(value).strip() for value in rows[name] if str(value).strip()})
            levels = levels[:-1] if name == UNLISTED else levels
        if name == "rating":
            levels = [text(f"own.rating.r{level}", lang) for level in range(5, 0, -1)]
        writer.writerow([text(f"own.column.{name}", lang), text(f"own.meaning.{name}", lang), ";".join(levels)])
    return out.getvalue()
