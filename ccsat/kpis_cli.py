"""`ccsat kpis`: every KPI and caliber, its card, and which of them a study's data allow."""

from __future__ import annotations

import json as json_text
from pathlib import Path
from typing import Annotated, Any

import typer

from ccsat.terminal import Lang, speak
from ccsat.wording import count, text


def option(name: str, flag: str = "") -> Any:
    """An option with its help."""
    return typer.Option(f"--{flag or name}", help=text(f"cli_kpis.{name}"))


def kpis(group: Annotated[str | None, option("group")] = None, kpi: Annotated[str | None, option("kpi")] = None,
         study: Annotated[Path | None, option("study")] = None, as_json: Annotated[bool, option("json")] = False, lang: Lang = None) -> None:  # fmt: skip
    """The KPIs of the catalogue."""
    speak(lang, study)
    from ccsat.kpis.cards import card_of
    from ccsat.kpis.catalogue import catalogue, check_group, find_rows, group_of

    rows = list(catalogue().values()) if kpi is None else find_rows(kpi)
    if group is not None:
        rows = [row for row in rows if group_of(row) == check_group(group)]
    lacking = _lacking(rows, study)
    cards = [card_of(row, missing=None if lacking is None else lacking[row.key]) for row in rows]
    if as_json:
        print(json_text.dumps([card.as_dict() for card in cards], ensure_ascii=False, indent=1))
        return
    if not cards:
        print(text("kpi_list.empty"))
    elif kpi is not None:
        print("\n\n".join(card.page() for card in cards))
    else:
        _list(cards)


def _lacking(rows, study: Path | None) -> dict[str, list[str]] | None:
    """What the study lacks for each; None without a study."""
    if study is None:
        return None
    from ccsat.centre import read_centre
    from ccsat.kpis.missing import missing_of

    centre = read_centre(study)
    return {row.key: [str(one) for one in missing_of(centre, row)] for row in rows}


def _list(cards) -> None:
    shown = None
    for card in cards:
        if card.group != shown:
            shown = card.group
            print("\n" + text("kpi_list.group", group=text(f"kpi_group.{shown}")))
        print(card.line())
        if card.missing is not None:
            print(
                text("kpi_list.lacking", missing="; ".join(card.missing)) if card.missing else text("kpi_list.allowed")
            )
    known = [card for card in cards if card.missing is not None]
    if known:
        print(
            "\n"
            + text(
                "kpi_list.count_allowed", n=count(len(cards)), allowed=count(sum(not card.missing for card in known))
            )
        )
    else:
        print("\n" + text("kpi_list.count", n=count(len(cards))))
