"""A world's files: tables, dictionary, action library and a ready study file. Never the truth."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib import resources
from pathlib import Path

import pandas as pd

from ccsat.errors import StudyError, listing
from ccsat.wording import text
from ccsat.worlds import company as co
from ccsat.worlds.story import Plot, Story

FORMATS = ("parquet", "csv")
PACKED = 3  # zstd level: higher ones cost more time than they save space


@dataclass(frozen=True)
class Facts:
    """What a study of one kind of world reads: `tables` are the study's names of tables that have others here."""

    dimensions: Mapping[str, Sequence[str] | None]  # levels where they are ordered, worst or lowest first
    metrics: tuple[str, ...]
    hierarchies: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    columns: tuple[str, ...] = ()
    scale: str = "five"
    tables: Mapping[str, str] = field(default_factory=dict)
    renamed: Mapping[str, str] = field(default_factory=dict)  # dimensions whose columns have other names


CONTACTS = Facts(
    {"channel": None, "service_type": None, "biz_l1": None, "biz_l2": None, "region": None, "segment": co.SEGMENTS,
     "campaign_id": None, "site": None, "team": None, "tenure_band": co.TENURE_BANDS, "shift": co.SHIFTS},
    ("queue_wait_s", "ring_s", "talk_s", "hold_s", "acw_s", "transfers"),
    {"biz": ("biz_l1", "biz_l2"), "organisation": ("site", "team")},
    ('resolved = "resolved_tag"', 'sub_ratings = ["attitude_rating"]'),
    renamed={"campaign_id": "customers.campaign_id"},  # the contacts' own names it only where it came up
)  # fmt: skip
BOT = Facts(
    {"intent": None, "entry": None, "region": None, "segment": co.SEGMENTS, "age_band": co.AGE_BANDS},
    ("turns", "latency_ms", "fallback_n", "handoff_wait_s"),
    columns=('contact_id = "session_id"', 'resolved = "stated_solved"'),
    scale="thumb",
    tables={"contacts": "bot_sessions", "surveys": "bot_surveys"},
    renamed={"intent": "intent_pred"},
)
FACTS = {"contacts": CONTACTS, "complaints": CONTACTS, "customers": CONTACTS, "bot": BOT}
HUMAN = ("contacts", "surveys", "survey_reasons", "agents")  # not named where the study reads others in their place
HIDDEN = ("customer_id", "agent_id", "comment")  # unless the study is about one of them
LEDGERS = ("changes", "actions", "targets")  # tables that the study names outside [data]


def write_tables(tables: Mapping[str, pd.DataFrame], folder: Path, format: str) -> None:
    """One file a table; text with a byte-order mark, so that spreadsheets read it as UTF-8."""
    if format not in FORMATS:
        raise StudyError("world_format", format=format, formats=listing(FORMATS))
    folder.mkdir(parents=True, exist_ok=True)
    for name, table in tables.items():
        if format == "parquet":
            write_parquet(table, folder / f"{name}.parquet")
        else:
            table.to_csv(folder / f"{name}.csv", index=False, encoding="utf-8-sig", lineterminator="\n")


def write_parquet(table: pd.DataFrame, path: Path) -> None:
    """One table, well packed."""
    table.to_parquet(path, index=False, compression="zstd", compression_level=PACKED)


def write_world(folder: Path, story: Story, plot: Plot, tables: Mapping[str, pd.DataFrame], library: pd.DataFrame, *,
                format: str = "parquet", lang: str = "zh") -> Path:  # fmt: skip
    """Tables, dictionary, action library and study file; the study file's path."""
    write_tables(tables, folder, format)
    files = {name: f"{name}.{format}" for name in tables}
    return write_study(folder, story, plot, files, library, lang=lang)


def write_study(
    folder: Path, story: Story, plot: Plot, files: Mapping[str, str], library: pd.DataFrame, *, lang: str
) -> Path:
    """What stands beside the tables: dictionary, action library and study file; the study file's path."""
    write_dictionary(folder / "dictionary.csv", list(files), campaigns=plot.setting.campaigns)
    if len(library):
        library.to_csv(folder / "library.csv", index=False, encoding="utf-8-sig", lineterminator="\n")
    study = folder / "study.toml"
    study.write_text(study_text(story, plot, files, lang=lang), encoding="utf-8", newline="\n")
    return study


def read_tables(folder: Path) -> dict[str, pd.DataFrame]:
    """The tables that `write_tables` wrote, in the dictionary's order."""
    names = [name for name in dictionary()["table"].unique() if (folder / f"{name}.parquet").is_file()]
    return {name: pd.read_parquet(folder / f"{name}.parquet") for name in names}


def excerpt(tables: Mapping[str, pd.DataFrame], rows: int) -> dict[str, pd.DataFrame]:
    """The first contacts with their surveys, agents, customers and bills; of the other tables the first rows."""
    first = tables["contacts"].head(rows)
    part = {}
    for name, table in tables.items():
        key = next((k for k in ("contact_id", "customer_id", "agent_id", "ticket_id") if k in table.columns), None)
        part[name] = (table[table[key].isin(first[key])] if key else table).head(rows)
    return part


def dictionary() -> pd.DataFrame:
    """Every column of every table: `table, column, zh, en, scale, levels, unit, note_zh, note_en`, as text."""
    with (resources.files(__package__) / "dictionary.csv").open(encoding="utf-8") as lines:
        return pd.read_csv(lines, dtype=str, keep_default_na=False)


def write_dictionary(path: Path, tables: Sequence[str], *, campaigns: int = len(co.CAMPAIGNS)) -> None:
    """The data dictionary of some tables as a file."""
    rows = dictionary()
    if campaigns != len(co.CAMPAIGNS):
        rows["levels"] = rows["levels"].replace(";".join(co.CAMPAIGNS), ";".join(co.campaign_names(campaigns)))
    rows[rows["table"].isin(tables)].to_csv(path, index=False, encoding="utf-8-sig", lineterminator="\n")


def library_table(actions: Sequence[Mapping]) -> pd.DataFrame:
    """The action library as analysts get it: no labels."""
    return pd.DataFrame([
        {"action_id": a["id"], "zh": a["zh"], "en": a["en"], "owner": a["owner"], "cost": a["cost"],
         "lead_days": a["lead_days"], "p": a["p"], "phi": ";".join(f"{c}={v:g}" for c, v in a["phi"].items()),
         "exclusive_with": a["exclusive_with"]} for a in actions])  # fmt: skip


def study_text(story: Story, plot: Plot, there: Mapping[str, str], *, lang: str) -> str:
    """The study file of a world, in TOML: what is asked of its tables; `there` are their files."""
    facts = FACTS[story.kind]
    unnamed = (*LEDGERS, "bot_surveys", *(HUMAN if facts.tables else ()))
    data = {name: there[name] for name in there if name not in unnamed} | {
        name: there[table] for name, table in facts.tables.items()
    }
    lines = [f"# {text('world.study.head', lang, name=story.name)}", ""]
    lines += [f'{name} = "{there[name]}"' for name in LEDGERS if name in there]
    lines += ["", "[study]", f'name = "{story.name}"', f'lang = "{lang}"', ""]
    lines += ["[data]", *(f'{name} = "{file}"' for name, file in data.items()), ""]
    lines += [f"# {text('world.study.columns', lang)}", "[columns]", *facts.columns, ""]
    lines += ["[scale]", f'rating = "{facts.scale}"', "", "[dimensions]"]
    for dimension, levels in facts.dimensions.items():
        column = facts.renamed.get(dimension, dimension)
        entry = f'"{column}"' if levels is None else f'{{ column = "{column}", levels = {_array(levels)} }}'
        lines.append(f"{dimension} = {entry}")
    lines += [f'{dimension} = "{column}"' for dimension, column in story.dimensions.items()]
    if facts.hierarchies:
        lines += ["", "[hierarchies]", *(f"{key} = {_array(dims)}" for key, dims in facts.hierarchies.items())]
    lines += ["", "[metrics]", *(f'{metric} = "{metric}"' for metric in facts.metrics)]
    if "survey_reasons" in data and story.kind == "contacts":
        lines += ["", "[reasons]", "ranked = true", "", "[reasons.labels]"]
        lines += [
            f'{code} = {{ zh = "{text(f"world.reason.{code}", "zh")}", en = "{text(f"world.reason.{code}", "en")}" }}'
            for code in co.REASONS
        ]
        lines += ["", f"# {text('world.study.owners', lang)}", "[owners]"]
        lines += [f'{code} = "{owner}"' for code, owner in co.OWNERS.items()]
    kpi, caliber = plot.asked or (plot.kpi, plot.caliber)
    asked = f"target = {plot.target:g}" if plot.target is not None else f'baseline = "{co.BASELINE}"'
    lines += ["", "[question]", f'kpi = "{kpi}"', f'caliber = "{caliber}"', f'current = "{co.CURRENT}"', asked,
              "", "[solution]", f"budget = {plot.budget:g}", f"horizon_days = {plot.horizon_days}"]  # fmt: skip
    if plot.library:
        lines.append('library = "library.csv"')
    hidden = [column for column in HIDDEN if column not in story.dimensions.values()]
    lines += ["", "[privacy]", f"hide = {_array(hidden)}", ""]
    return "\n".join(lines)


def _array(words: Sequence[str]) -> str:
    return "[" + ", ".join(f'"{word}"' for word in words) + "]"
