"""`ccsat actions`: put actions on record, see what is due, verify them, and what they taught."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ccsat.errors import StudyError
from ccsat.terminal import Lang, say, speak
from ccsat.wording import language, text

if TYPE_CHECKING:
    from datetime import date

    import pandas as pd

    from ccsat.register import Actions
    from ccsat.study import Study

actions_app = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help=text("cli_actions.help"))


def option(name: str) -> Any:
    """An option with its help."""
    return typer.Option(f"--{name.replace('_', '-')}", help=text(f"cli_actions.{name}"))


StudyPath = Annotated[Path, typer.Argument(help=text("cli.study"))]
Ids = Annotated[list[str] | None, typer.Argument(metavar="[ID]...", help=text("cli_actions.ids"))]
Out = Annotated[Path, typer.Option("--out", help=text("cli_actions.out"))]
RUNS = Path("runs")


@actions_app.command("add", help=text("cli_actions.add"), epilog=text("cli_actions.add_example"))
def add(study: StudyPath, id: Annotated[list[str] | None, option("id")] = None, from_plan: Annotated[bool, option("from_plan")] = False,
        title: Annotated[str | None, option("title")] = None, owner: Annotated[str | None, option("owner")] = None,
        at: Annotated[str | None, option("at")] = None, lead_days: Annotated[str | None, option("lead_days")] = None,
        starts_on: Annotated[str | None, option("starts_on")] = None, due_on: Annotated[str | None, option("due_on")] = None,
        scope: Annotated[str | None, option("scope")] = None, cell: Annotated[str | None, option("cell")] = None,
        control: Annotated[str | None, option("control")] = None, holdout: Annotated[str | None, option("holdout")] = None,
        cost: Annotated[str | None, option("cost")] = None, predicted_points: Annotated[str | None, option("predicted_points")] = None,
        cause: Annotated[str | None, option("cause")] = None, finding_id: Annotated[str | None, option("finding_id")] = None,
        library_id: Annotated[str | None, option("library_id")] = None, state: Annotated[str | None, option("state")] = None,
        note: Annotated[str | None, option("note")] = None, out: Out = RUNS, lang: Lang = None) -> None:  # fmt: skip
    """Put an action, or those of the latest plan, on record."""
    read = _read(study, lang)
    from ccsat.register.planned import planned_actions

    given = {"at": at, "lead_days": lead_days, "starts_on": starts_on, "due_on": due_on, "scope": scope, "cell": cell, "control": control,
             "holdout": holdout, "owner": owner, "cost": cost, "predicted_points": predicted_points, "cause": cause,
             "finding_id": finding_id, "library_id": library_id, "state": state, "note": note, f"title_{language()}": title}  # fmt: skip
    given = {name: value for name, value in given.items() if value is not None}
    ids = id or []
    if len(ids) > 1 and not from_plan:
        raise StudyError("register_one_id", n=len(ids))
    folder = _folder(read, out)
    wanted = (
        [{**row, **given} for row in planned_actions(folder, ids)]
        if from_plan
        else [{"action_id": (ids or [None])[0], **given}]
    )
    register = _register(read, out)
    known = set(register.actions()["action_id"]) if from_plan else set()
    for row in wanted:
        if row["action_id"] in known:
            say(text("cli_actions.already", id=row["action_id"]))
            continue
        print(text("cli_actions.added", id=register.add(row), due=register.action(row["action_id"])["due_on"] or "–"))


@actions_app.command("list", help=text("cli_actions.list"), epilog=text("cli_actions.list_example"))
def list_actions(study: StudyPath, state: Annotated[str | None, option("state")] = None, findings: Annotated[bool, option("findings")] = False,
                 out: Out = RUNS, lang: Lang = None) -> None:  # fmt: skip
    """Every action, or every finding."""
    read = _read(study, lang)
    from ccsat.register.actions import check_state

    if state is not None:
        check_state(state)
    if findings:
        from ccsat.register.told import finding_lines

        _print(finding_lines(_findings(read, out)), "no_findings")
        return
    rows = _rows(read, out, lambda register: register.actions())
    _show(read, rows[rows["state"] == state] if state and len(rows) else rows)


@actions_app.command("due", help=text("cli_actions.due"), epilog=text("cli_actions.due_example"))
def due(study: StudyPath, on: Annotated[str | None, option("on")] = None, days: Annotated[int, option("days")] = 7, out: Out = RUNS, lang: Lang = None) -> None:  # fmt: skip
    """What is due soon."""
    read, day = _read(study, lang), _day(on)
    _show(read, _rows(read, out, lambda register: register.due(day, days=days)))


@actions_app.command("overdue", help=text("cli_actions.overdue"), epilog=text("cli_actions.overdue_example"))
def overdue(
    study: StudyPath, on: Annotated[str | None, option("on")] = None, out: Out = RUNS, lang: Lang = None
) -> None:
    """What should have been done."""
    read, day = _read(study, lang), _day(on)
    _show(read, _rows(read, out, lambda register: register.overdue(day)))


@actions_app.command("state", help=text("cli_actions.set_state"), epilog=text("cli_actions.set_state_example"))
def set_state(study: StudyPath, id: Annotated[str, typer.Argument(metavar="ID", help=text("cli_actions.one_id"))],
              state: Annotated[str, typer.Argument(metavar="STATE", help=text("cli_actions.new_state"))],
              on: Annotated[str | None, typer.Option("--on", help=text("cli_actions.since"))] = None, out: Out = RUNS, lang: Lang = None) -> None:  # fmt: skip
    """Planned, done or dropped."""
    read = _read(study, lang)
    _register(read, out).set_state(id, state, on=_day(on) if on else None)
    print(text("cli_actions.state_set", id=id, state=text(f"action_state.{state}")))


@actions_app.command("verify", help=text("cli_actions.verify"), epilog=text("cli_actions.verify_example"))
def verify(study: StudyPath, ids: Ids = None, metric: Annotated[str, option("metric")] = "auto", design: Annotated[str, option("design")] = "auto",
           as_of: Annotated[str | None, option("as_of")] = None, out: Out = RUNS, lang: Lang = None) -> None:  # fmt: skip
    """Did the actions work?"""
    read = _read(study, lang)
    until = _day(as_of) if as_of else None
    from ccsat.centre import read_centre
    from ccsat.question import Question
    from ccsat.register.verifying import to_verify, verify_metrics

    register = _register(read, out)
    centre = read_centre(study)
    chosen = to_verify(register, centre, ids or [])
    if not chosen:
        print(text("cli_actions.nothing_to_verify"))
    question = Question.of(read)
    for action in chosen:
        for verified in verify_metrics(centre, question, action, metric=metric, design=design, as_of=until):
            register.record_verification(verified, as_of=min(until or centre.days[1], centre.days[1]))
            lines = verified.sentences()
            print("\n".join([lines[0], *(f"  {line}" for line in lines[1:])]))


@actions_app.command("phi", help=text("cli_actions.phi"), epilog=text("cli_actions.phi_example"))
def phi(
    study: StudyPath, save: Annotated[Path | None, option("save")] = None, out: Out = RUNS, lang: Lang = None
) -> None:
    """What verified actions taught the library."""
    read = _read(study, lang)
    from ccsat import registers
    from ccsat.register import learned_library, with_learned
    from ccsat.register.learn import useful_verifications
    from ccsat.register.told import learned_lines
    from ccsat.stages.action_library import default_library

    library = registers.read(read)["library"]
    library = library if len(library) else default_library()
    history = _rows(read, out, lambda register: register.taught())
    learned = learned_library(library, history)
    _print(learned_lines(learned), "nothing_learned")
    settled = useful_verifications(history)
    unmatched = settled[~settled["library_id"].isin(library["action_id"].astype(str))]["action_id"]
    if len(unmatched):
        print(text("cli_actions.unmatched", ids=", ".join(unmatched)))
    if save is not None:
        table = with_learned(library, learned).dropna(axis=1, how="all")
        save.write_text(table.to_csv(index=False, lineterminator="\n"), encoding="utf-8", newline="\n")
        print(text("cli_actions.saved", path=save))


def _read(path: Path, lang: str | None) -> Study:
    speak(lang, path)
    from ccsat.study import read_study

    return read_study(path)


def _folder(study: Study, out: Path) -> Path:
    """The study's folder of runs, as `ccsat trace` names it."""
    return out / (study.name.lstrip(".") or "study")


def _register(study: Study, out: Path) -> Actions:
    from ccsat.register import Actions

    return Actions(_folder(study, out))


def _rows(study: Study, out: Path, ask: Any) -> pd.DataFrame:
    """Rows of the register; none, and no register begun, where there is none yet."""
    import pandas as pd

    from ccsat.register.store import FILE, VERIFIED

    if (_folder(study, out) / FILE).is_file():
        return ask(_register(study, out))
    return pd.DataFrame(columns=["action_id", "state", *VERIFIED])


def _findings(study: Study, out: Path) -> pd.DataFrame:
    from ccsat.register import Findings

    return _rows(study, out, lambda register: Findings(_folder(study, out)).table())


def _show(study: Study, rows: pd.DataFrame) -> None:
    from ccsat.register.told import action_lines

    _print(action_lines(rows, unit=_unit(study)), "no_actions")


def _unit(study: Study) -> str:
    """The unit of the study's KPI, that points are said in."""
    from ccsat.calibers import CALIBERS

    units = {row.unit for row in CALIBERS.values() if row.kpi == study.question.kpi}
    return next(iter(units)) if len(units) == 1 else "rate"


def _print(lines: list[str], none: str) -> None:
    print("\n".join(lines) if lines else text(f"cli_actions.{none}"))


def _day(words: str | None) -> date:
    from datetime import date

    if words is None:
        return date.today()
    try:
        return date.fromisoformat(words)
    except ValueError:
        raise StudyError("register_day_given", value=words) from None
