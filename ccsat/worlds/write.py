"""A world's files: tables, dictionary, action library and a ready study file. Never the truth."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib import resources
from pathlib import Path

import pandas as pd

from ccsat.errors import StudyError, listing
from ccsat.wording import text
from ccsat.worlds import company as co

FORMATS = ("parquet", "csv")
# Dimensions of the question: name -> levels where they are ordered, worst or lowest first.
DIMENSIONS: dict[str, Sequence[str] | None] = {
    "channel": None, "service_type": None, "biz_l1": None, "biz_l2": None, "region": None, "segment": co.SEGMENTS,
    "site": None, "team": None, "tenure_band": co.TENURE_BANDS, "shift": co.SHIFTS,
}  # fmt: skip
HIERARCHIES = {"biz": ("biz_l1", "biz_l2"), "organisation": ("site", "team")}
METRICS = ("queue_wait_s", "ring_s", "talk_s", "hold_s", "acw_s", "transfers")
LEDGERS = ("changes", "actions", "targets")  # tables that the study names outside [data]


def write_tables(tables: Mapping[str, pd.DataFrame], folder: Path, format: str) -> None:
    """One file a table; text with a byte-order mark, so that spreadsheets read it as UTF-8."""
    if format not in FORMATS:
        raise StudyError("world_format", format=format, formats=listing(FORMATS))
    folder.mkdir(parents=True, exist_ok=True)
    for name, table in tables.items():
        if format == "parquet":
            table.to_parquet(folder / f"{name}.parquet", index=False, compression="zstd", compression_level=12)
        else:
            table.to_csv(folder / f"{name}.csv", index=False, encoding="utf-8-sig", lineterminator="\n")


def read_tables(folder: Path, names: Sequence[str]) -> dict[str, pd.DataFrame]:
    """Tables as `write_tables` wrote them, in Parquet."""
    return {name: pd.read_parquet(folder / f"{name}.parquet") for name in names}


def excerpt(tables: Mapping[str, pd.DataFrame], rows: int) -> dict[str, pd.DataFrame]:
    """The first contacts with their surveys, agents, customers and bills; of the other tables the first rows."""
    first = tables["contacts"].head(rows)
    part = {}
    for name, table in tables.items():
        key = next((k for k in ("contact_id", "customer_id", "agent_id") if k in table.columns), None)
        part[name] = (table[table[key].isin(first[key])] if key else table).head(rows)
    return part


def dictionary() -> pd.DataFrame:
    """Every column of every table: `table, column, zh, en, scale, levels, unit, note_zh, note_en`, as text."""
    with (resources.files(__package__) / "dictionary.csv").open(encoding="utf-8") as lines:
        return pd.read_csv(lines, dtype=str, keep_default_na=False)


def write_dictionary(path: Path) -> None:
    """The data dictionary as a file."""
    dictionary().to_csv(path, index=False, encoding="utf-8-sig", lineterminator="\n")


def library_table(actions: Sequence[Mapping]) -> pd.DataFrame:
    """The action library as analysts get it: no labels."""
    return pd.DataFrame([
        {"action_id": a["id"], "zh": a["zh"], "en": a["en"], "owner": a["owner"], "cost": a["cost"],
         "lead_days": a["lead_days"], "p": a["p"], "phi": ";".join(f"{c}={v:g}" for c, v in a["phi"].items()),
         "exclusive_with": a["exclusive_with"]} for a in actions])  # fmt: skip


def study_text(name: str, tables: Sequence[str], *, lang: str, format: str, library: bool) -> str:
    """The study file of a world: what is asked of these tables, in TOML."""
    read = [t for t in tables if t not in LEDGERS]
    lines = [f"# {text('world.study.head', lang, name=name)}", ""]
    lines += [f'{table} = "{table}.{format}"' for table in LEDGERS if table in tables]
    lines += ["", "[study]", f'name = "{name}"', f'lang = "{lang}"', ""]
    lines += ["[data]", *(f'{table} = "{table}.{format}"' for table in read), ""]
    lines += [f"# {text('world.study.columns', lang)}", "[columns]", 'resolved = "resolved_tag"',
              'sub_ratings = ["attitude_rating"]', ""]  # fmt: skip
    lines += ["[scale]", 'rating = "five"', "", "[dimensions]"]
    for dimension, levels in DIMENSIONS.items():
        entry = f'"{dimension}"' if levels is None else f'{{ column = "{dimension}", levels = {_array(levels)} }}'
        lines.append(f"{dimension} = {entry}")
    lines += ["", "[hierarchies]", *(f"{key} = {_array(dims)}" for key, dims in HIERARCHIES.items())]
    lines += ["", "[metrics]", *(f'{metric} = "{metric}"' for metric in METRICS)]
    lines += ["", "[reasons]", "ranked = true", "", "[reasons.labels]"]
    lines += [
        f'{code} = {{ zh = "{text(f"world.reason.{code}", "zh")}", en = "{text(f"world.reason.{code}", "en")}" }}'
        for code in co.REASONS
    ]
    lines += ["", f"# {text('world.study.owners', lang)}", "[owners]"]
    lines += [f'{code} = "{owner}"' for code, owner in co.OWNERS.items()]
    lines += ["", "[question]", 'kpi = "satisfaction_rate"', 'caliber = "five_level"', f'current = "{co.CURRENT}"',
              f'baseline = "{co.BASELINE}"', "", "[solution]", "budget = 10", "horizon_days = 90"]  # fmt: skip
    if library:
        lines.append('library = "library.csv"')
    lines += ["", "[privacy]", 'hide = ["customer_id", "agent_id", "comment"]', ""]
    return "\n".join(lines)


def _array(words: Sequence[str]) -> str:
    return "[" + ", ".join(f'"{word}"' for word in words) + "]"
