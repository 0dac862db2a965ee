"""One submission from its file to its result: a process of its own, so that nothing in it can stop the class."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from ccsat.errors import CcsatError
from ccsat.wording import LANGUAGES, text
from ccsat.workshop.grading.encode import Opaque, Refused, decode
from ccsat.workshop.grading.locked import Template, put_back, which_exercise
from ccsat.workshop.grading.parameters import literals, opened_here, parameters_cell, team_folder
from ccsat.workshop.grading.problems import Problem, Spoken, Unreadable, tidy
from ccsat.workshop.grading.read import read_submission
from ccsat.workshop.grading.sandbox import Limits, Ran, run_apart

SCHEMA = 1
PASSED_ON = ("exercise", "world", "seed", "scale", "vary", "lang", "team")


def main(request_file: str) -> int:
    """Grade the submission that the request names and write its result."""
    request = json.loads(Path(request_file).read_text(encoding="utf-8"))
    result = {"schema": SCHEMA, "submission": request["name"], "team": request["team"], "state": "unreadable", "exercise": "",
              "answers": {}, "checks": [], "score": 0.0, "max": 0.0, "texts": [], "problems": []}  # fmt: skip
    try:
        _grade(request, result)
    except Unreadable as broken:
        result["problems"].append(broken.problem.as_dict())
    except Exception as error:  # a fault of the grader's own is told as one, and stops nobody else
        result["problems"].append(Problem("grader", {"reason": tidy(f"{type(error).__name__}: {error}")}).as_dict())
    target = Path(request["result"])
    target.parent.mkdir(parents=True, exist_ok=True)
    draft = target.with_name(f".{target.name}.draft")
    draft.write_text(json.dumps(result, ensure_ascii=False, indent=1) + "\n", encoding="utf-8", newline="\n")
    os.replace(draft, target)
    return 0


def _grade(request: Mapping, result: dict) -> None:
    given = read_submission(Path(request["path"]), megabytes=request["megabytes"])
    templates = {
        row["name"]: Template.of_dict(row) for row in json.loads(Path(request["templates"]).read_text(encoding="utf-8"))
    }
    template = which_exercise(given, templates)
    if template is None:
        raise Unreadable("no_exercise", known=", ".join(sorted(templates)))
    folder, said = team_folder(Path(request["path"]), Path(request["root"]))
    cell = next(place for place in template.places if place.role == "parameters")
    code, values, problems = parameters_cell(given, cell.text, {**said, **request["teams"]}, request["team"], cell.id)
    case = _begin(template, values, folder if opened_here(folder) else None)
    result |= {"notebook": template.name, "state": "graded", **{name: getattr(case, name) for name in PASSED_ON}}
    from ccsat.worlds.cache import cache_folder

    run = put_back(given, template, code)
    ran = run_apart(run.steps, template.handed, limits=Limits(**request["limits"]), slot=request["slot"], needed=request["needed"],
                    hide=[Path(one) for one in request["hide"]], cache=cache_folder().parent)  # fmt: skip
    if ran.ended:
        problems.append(ran.ended)
        result["state"] = "stopped" if ran.held else "unreadable"
    problems += run.problems
    problems += [
        Problem("cell", {"cell": cell, "name": tidy(name), "said": tidy(said) or "–"})
        for cell, name, said in ran.errors
    ]
    _judge(template, ran, result)
    result["texts"] = run.texts
    result["problems"] += _once(problems)


def _once(problems: list[Problem]) -> list[dict]:
    return list({json.dumps(problem.as_dict(), ensure_ascii=False): problem.as_dict() for problem in problems}.values())


def _begin(template: Template, values: dict[str, object], folder: Path | None):
    """Whose world this is: the source's own `begin`, run on checked parameters; the tables are made where they are not there yet."""
    from ccsat.workshop import checks

    begin = "\n".join(place.text for place in template.places if place.role == "begin")
    for world in (values.get("world"), _default_world(template)):
        space = {**values, "world": world}
        try:
            exec(compile(begin, "begin", "exec"), space)
            case = replace(checks.current_case(), team_dir=str(folder or ""), given="")
            checks._session["case"] = case
            str(case.data_dir)  # made now: the sandbox reads it, and may write nothing
            return case
        except CcsatError as error:
            if error.key != "exercise_world" or world != values.get("world"):
                raise Unreadable("begin", said=Spoken(error)) from None
        except Exception as error:
            raise Unreadable("begin", said=tidy(f"{type(error).__name__}: {error}")) from None
    raise Unreadable("begin", said="–")


def _default_world(template: Template) -> object:
    cell = next(place for place in template.places if place.role == "parameters")
    return next((value for name, _, value in literals(cell.text) if name == "world"), None)


def _judge(template: Template, ran: Ran, result: dict) -> None:
    """The score: the answers that came out, judged here, by this process's own checks."""
    from ccsat.workshop import checks
    from ccsat.workshop.exercises import EXERCISES

    case = checks.current_case()
    for item in EXERCISES[case.exercise].items:
        carried, refused = ran.answers.get(item, {}), ""
        answer: object = None
        if "refused" in carried:
            refused = carried["refused"] if carried["refused"] in ("large", "nested") else "unreadable"
        else:
            try:
                answer = decode(carried.get("answer"))
            except Refused as error:
                refused = str(error)
        row = None if refused else _row(item, answer)
        if row is None:
            most = EXERCISES[case.exercise].items[item].max
            row = {"id": item, "ok": False, "score": 0.0, "max": most, "key": refused or "unreadable", "hint_level": 0,
                   **{f"message_{lang}": text(f"grading.answer.{refused or 'unreadable'}", lang) for lang in LANGUAGES}}  # fmt: skip
        result["checks"].append(row)
        result["answers"][item] = _shown(answer)
    result["score"] = round(sum(row["score"] for row in result["checks"]), 2)
    result["max"] = sum(row["max"] for row in result["checks"])


def _row(item: str, answer: object) -> dict | None:
    """What the check says of an answer; None where it cannot say anything."""
    from ccsat.workshop import checks

    try:
        found = checks.check(item, answer)
        return {**found.as_dict(), "key": found.key}
    except Exception:  # an answer that no judge foresaw is wrong, and no more than that
        return None


def _shown(answer: object) -> object:
    if isinstance(answer, Opaque):
        return f"<{answer!r}>"
    if isinstance(answer, dict):
        return {str(key): _shown(value) for key, value in answer.items()}
    if isinstance(answer, float) and answer != answer or answer in (float("inf"), float("-inf")):
        return repr(answer)
    return [_shown(value) for value in answer] if isinstance(answer, list) else answer


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
