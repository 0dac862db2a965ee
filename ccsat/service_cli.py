"""`ccsat service` and `ccsat touchpoint`: the five service systems, and satisfaction at one touchpoint."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ccsat.errors import StudyError, listing
from ccsat.terminal import Lang, say, speak
from ccsat.wording import text

if TYPE_CHECKING:
    import pandas as pd

    from ccsat.results import Result

POINTS = ("phone", "self_service", "online")


def option(name: str) -> Any:
    """An option with its help."""
    return typer.Option(f"--{name.replace('_', '-')}", help=text(f"cli_service.{name}"))


StudyPath = Annotated[Path, typer.Argument(help=text("cli.study"))]
Csv = Annotated[Path | None, option("csv")]


def add_to(app: typer.Typer) -> None:
    """Put the commands into the application."""
    app.command("service", help=text("cli_service.service"), epilog=text("cli_service.service_example"))(service)
    app.command("touchpoint", help=text("cli_service.touchpoint"), epilog=text("cli_service.touchpoint_example"))(
        touchpoint
    )


def service(study: StudyPath, trigger: Annotated[list[str] | None, option("trigger")] = None, as_of: Annotated[str | None, option("as_of")] = None,
            out: Annotated[Path | None, option("out")] = None, csv: Csv = None, lang: Lang = None) -> None:  # fmt: skip
    """What the five service systems say."""
    speak(lang, study)
    from ccsat.centre import read_centre
    from ccsat.service.overview import service_systems
    from ccsat.service.triggers import read_trigger

    rules = [read_trigger(words) for words in trigger or ()]
    found = service_systems(read_centre(study), rules=rules, runs=out, as_of=as_of)
    print("\n".join(found.sentences()))
    _write(csv, {"systems": found.table, **{name: one.table for name, one in found.answers.items()}})


def touchpoint(point: Annotated[str, typer.Argument(help=text("cli_service.touchpoint_which"))], study: StudyPath, csv: Csv = None, lang: Lang = None) -> None:  # fmt: skip
    """Satisfaction at one touchpoint."""
    speak(lang, study)
    if point not in POINTS:
        raise StudyError("touchpoint_unknown", name=point, known=listing(POINTS))
    from ccsat.centre import read_centre
    from ccsat.question import Question

    centre = read_centre(study)
    answers = _answers(point, centre, Question.of(centre.study))
    notes = dict.fromkeys(text(key, **values) for one in answers.values() for key, values in one.caveats)
    print("\n".join([*(one.sentence() for one in answers.values()), *notes]))
    tables = {name: one.table for name, one in answers.items()}
    if "agents" in answers:
        tables["agents_not_ranked"] = answers["agents"].not_rankable
    _write(csv, tables)


def _answers(point: str, centre, question) -> dict[str, Result]:
    if point == "phone":
        from ccsat.touchpoints.phone import rank_agents_on_equal_work, satisfaction_by_type

        found = {"types": satisfaction_by_type(centre, question)} if "service_type" in centre.dims else {}
        return found | (
            {"agents": rank_agents_on_equal_work(centre, question)} if "agent_id" in centre.columns or not found else {}
        )
    if point == "self_service":
        from ccsat.touchpoints.selfservice import later_contacts, task_funnel

        return {"funnel": task_funnel(centre, question), "later_contacts": later_contacts(centre, question)}
    from ccsat.touchpoints.online import first_response_effect

    return {"first_response": first_response_effect(centre, question)}


def _write(folder: Path | None, tables: Mapping[str, pd.DataFrame]) -> None:
    if folder is None:
        return
    folder.mkdir(parents=True, exist_ok=True)
    for name, table in tables.items():
        table.to_csv(folder / f"{name}.csv", index=False, encoding="utf-8-sig")
    say(text("cli_service.written", n=len(tables), folder=str(folder)))
