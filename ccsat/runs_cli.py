"""`ccsat runs`: list, show, diff, status and prune published runs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ccsat.terminal import Lang, say, speak
from ccsat.wording import count, has, kpi_value, language, points, term, text

if TYPE_CHECKING:
    from datetime import timedelta

runs_app = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help=text("cli_runs.help"))
Out = Annotated[Path, typer.Option("--out", help=text("cli_runs.out"))]
OneStudy = Annotated[str | None, typer.Option("--study", help=text("cli_runs.study"))]
AsJson = Annotated[bool, typer.Option("--json", help=text("cli_runs.json"))]


@runs_app.command("list", help=text("cli_runs.list"), epilog=text("cli_runs.list_example"))
def list_runs(out: Out = Path("runs"), study: OneStudy = None, limit: Annotated[int, typer.Option("--limit", min=1, help=text("cli_runs.limit"))] = 30,
              failures: Annotated[bool, typer.Option("--failures", help=text("cli_runs.failures"))] = False, as_json: AsJson = False, lang: Lang = None) -> None:  # fmt: skip
    """The published runs, or the failures."""
    speak(lang)
    from ccsat.runs.listing import open_history

    history = open_history(out, study)
    rows = (history.failures if failures else history.runs)(study, limit=limit)
    if as_json:
        print(json.dumps(rows, ensure_ascii=False, indent=1))
        return
    if not rows:
        print(text("cli_runs.none"))
    for row in rows:
        if failures:
            message = str(row["message_zh"] if language() == "zh" else row["message"]).split("\n")[0]
            print(
                text("cli_runs.failure_row", study=row["study"], at=row["at"], code=row["exit_code"], message=message)
            )
        else:
            print(text("cli_runs.row", study=row["study"], place=row["place"], finished=row["finished"], value=kpi_value(row["value"], row["unit"] or "raw"),
                       verdict=_verdict(row["verdict"]), level=_level(row["level"])))  # fmt: skip


@runs_app.command("show", help=text("cli_runs.show"), epilog=text("cli_runs.show_example"))
def show(run: Annotated[str, typer.Argument(help=text("cli_runs.run"))], out: Out = Path("runs"), study: OneStudy = None, as_json: AsJson = False,
         lang: Lang = None) -> None:  # fmt: skip
    """One run."""
    speak(lang)
    from ccsat.runs.listing import find_run, open_history, read_run

    place = find_run(open_history(out, study), run, study)
    about, findings = read_run(place)
    if as_json:
        print(json.dumps(about, ensure_ascii=False, indent=1))
        return
    kpi = findings.get("kpi") or {}
    unit, current = kpi.get("unit", "raw"), kpi.get("current") or {}
    print(place.relative_to(out).as_posix())
    print(text("cli_runs.show_kpi", kpi=term(kpi.get("key", "")), value=kpi_value(current.get("value"), unit), lower=kpi_value(current.get("lower"), unit),
               upper=kpi_value(current.get("upper"), unit), n=count(current.get("n"))))  # fmt: skip
    print(text("cli_runs.show_verdict", verdict=_verdict(about["verdict"]), level=_level((about.get("alert") or {}).get("level")), code=about["exit_code"]))  # fmt: skip
    print(text("cli_runs.show_run", finished=about["finished"], seconds=about.get("seconds", "–"), attempts=len(about.get("attempts") or []) + 1,
               version=about["versions"]["ccsat"] if "versions" in about else "–"))  # fmt: skip
    for cell in findings.get("cells") or []:
        where = ", ".join(f"{name}={value}" for name, value in cell["where"].items()) or "–"
        print("- " + text("cli_runs.show_cell", where=where, points=points(cell["points"], unit), lower=points(cell["lower"], unit),
                          upper=points(cell["upper"], unit), n=count(cell["n"])))  # fmt: skip
    for file in sorted(place.iterdir()):
        print(file)


@runs_app.command("diff", help=text("cli_runs.diff"), epilog=text("cli_runs.diff_example"))
def diff(before: Annotated[str, typer.Argument(help=text("cli_runs.run"))], after: Annotated[str, typer.Argument(help=text("cli_runs.run"))],
         out: Out = Path("runs"), study: OneStudy = None, as_json: AsJson = False, lang: Lang = None) -> None:  # fmt: skip
    """What two runs differ in."""
    speak(lang)
    from ccsat.runs.listing import diff_runs, find_run, open_history, read_run

    history = open_history(out, study)
    first, second = find_run(history, before, study), find_run(history, after, study)
    found = diff_runs(first, second)
    if as_json:
        print(json.dumps([vars(one) for one in found], ensure_ascii=False, indent=1))
        return
    print(
        text("cli_runs.diff_head", before=first.relative_to(out).as_posix(), after=second.relative_to(out).as_posix())
    )
    unit = (read_run(second)[1].get("kpi") or {}).get("unit", "raw")
    for one in found:
        shown = [_shown(one.kind, value, unit) for value in (one.before, one.after)]
        what = text(f"cli_runs.what_{one.kind}", name=one.name) if one.name else text(f"cli_runs.what_{one.kind}")
        print("- " + text("cli_runs.diff_line", what=what, before=shown[0], after=shown[1]))
    if not found:
        print(text("cli_runs.same"))


@runs_app.command("status", help=text("cli_runs.status"), epilog=text("cli_runs.status_example"))
def status(out: Out = Path("runs"), study: OneStudy = None, max_age: Annotated[str | None, typer.Option("--max-age", help=text("cli_runs.max_age"))] = None,
           as_json: AsJson = False, lang: Lang = None) -> None:  # fmt: skip
    """Whether good runs still come."""
    speak(lang)
    from ccsat.runs.listing import check_health, open_history, parse_age

    most = parse_age(max_age) if max_age is not None else None
    found = check_health(open_history(out, study), most, study=study)
    if as_json:
        print(json.dumps([{**vars(one), "age": one.age.total_seconds() if one.age is not None else None} for one in found], ensure_ascii=False))  # fmt: skip
    else:
        for one in found:
            print(text(f"cli_runs.status_{one.state}", study=one.study, age=_age(one.age), most=max_age or "–", place=one.place, finished=one.finished))  # fmt: skip
            if one.waiting:
                print(text("cli_runs.status_waiting", study=one.study, n=one.waiting))
        if not found:
            print(text("cli_runs.status_none", out=out))
    if not found or not all(one.ok for one in found):
        raise typer.Exit(1)


@runs_app.command("prune", help=text("cli_runs.prune"), epilog=text("cli_runs.prune_example"))
def prune(study_file: Annotated[Path | None, typer.Argument(help=text("cli_runs.prune_study"))] = None, out: Out = Path("runs"), study: OneStudy = None,
          runs: Annotated[int | None, typer.Option("--runs", min=1, help=text("cli_runs.keep_runs"))] = None,
          days: Annotated[int | None, typer.Option("--days", min=1, help=text("cli_runs.keep_days"))] = None,
          dry_run: Annotated[bool, typer.Option("--dry-run", help=text("cli_runs.dry_run"))] = False, lang: Lang = None) -> None:  # fmt: skip
    """Let old runs go."""
    speak(lang, study_file)
    from ccsat.errors import StudyError
    from ccsat.runs.index import write_index
    from ccsat.runs.listing import open_history
    from ccsat.runs.lock import only_run
    from ccsat.runs.retention import prune as let_go

    if study_file is not None:
        from ccsat.study import read_study

        read = read_study(study_file)
        study = study or read.name
        if runs is None and days is None:
            runs, days = read.retention.runs, read.retention.days
    if runs is None and days is None:
        raise StudyError("prune_rule")
    history = open_history(out, study)
    gone: list[str] = []
    for name in [study] if study else history.studies():
        with only_run(out / name, name):
            gone += [f"{name}/{place}" for place in let_go(out / name, runs=runs, days=days, dry_run=dry_run)]
    for place in gone:
        print(text("cli_runs.would_prune" if dry_run else "cli_runs.pruned", place=place))
    if not gone:
        say(text("cli_runs.nothing"))
    elif not dry_run:
        write_index(out, history)


def _shown(kind: str, value: Any, unit: str) -> str:
    """A value of a difference in words."""
    if value is None:
        return "–"
    if kind == "value":
        return kpi_value(value, unit)
    if kind == "cell":
        return points(value, unit)
    return _verdict(value) if kind == "verdict" else _level(value) if kind == "level" else str(value)


def _verdict(verdict: str | None) -> str:
    return text(f"term.verdict_{verdict}") if has(f"term.verdict_{verdict}") else verdict or "–"


def _level(level: str | None) -> str:
    return text(f"alerts.level_{level}") if level and has(f"alerts.level_{level}") else "–"


def _age(age: timedelta | None) -> str:
    if age is None:
        return "–"
    hours = age.total_seconds() / 3600
    return f"{hours / 24:.1f} d" if hours >= 48 else f"{hours:.1f} h" if hours >= 1 else f"{hours * 60:.0f} min"
