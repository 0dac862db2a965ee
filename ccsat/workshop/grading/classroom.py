"""Grade a whole folder: each submission in a process of its own, some side by side; one bad one never stops the rest."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import asdict, dataclass
from pathlib import Path
from queue import SimpleQueue
from typing import Any

from ccsat.errors import listing
from ccsat.wording import language, text
from ccsat.workshop.grading.apart import MEANS
from ccsat.workshop.grading.collect import Handed, find_submissions
from ccsat.workshop.grading.locked import make_template
from ccsat.workshop.grading.parameters import read_teams
from ccsat.workshop.grading.problems import GradingError, Problem, tidy
from ccsat.workshop.grading.rubric import FILE as RUBRIC
from ccsat.workshop.grading.rubric import read_rubric, rubric_points, write_rubric
from ccsat.workshop.grading.sandbox import Limits
from ccsat.workshop.grading.tables import as_csv, as_page, class_rows, failing
from ccsat.workshop.source import read_sources

WORKER = "import sys; from ccsat.workshop.grading.worker import main; sys.exit(main(sys.argv[1]))"
JUDGING_SECONDS = 400  # for making a world, and for the checks
Progress = Callable[[int, int, str, str], None]


@dataclass(frozen=True)
class Class:
    """A graded class: the results in order, and the files that were written."""

    results: tuple[dict[str, Any], ...]
    files: tuple[Path, ...]

    @property
    def graded(self) -> int:
        """Submissions that ran to their end."""
        return sum(result["state"] == "graded" for result in self.results)


def grade_submissions(
    submissions: str | Path,
    out: str | Path,
    *,
    root: str | Path = ".",
    jobs: int = 2,
    limits: Limits | None = None,
    megabytes: float = 25,
    teams: str | Path | None = None,
    unsafe: bool = False,
    progress: Progress = lambda done, total, name, state: None,
) -> Class:
    """Grade every submission of a folder.

    Answers are what counts: each notebook runs apart (see `apart`), with the trainer's own cells put back, and the answers that come
    out are judged here by the trainer's own checks. The same submissions give the same files; only `run.json` has times in it.

    Args:
        submissions: Folder with notebooks, or with a folder a team.
        out: Folder of the results: `each/*.json`, `class.csv`, `class.html`, `items.json`, `rubric.yaml`, `run.json`.
        root: Folder that holds `workshop/source`.
        jobs: How many run side by side.
        limits: Of time, memory and disk for each.
        megabytes: The largest notebook that is read.
        teams: TOML file with the trainer's own word on teams' worlds and seeds.
        unsafe: Grade although the system cannot keep strangers' code apart.
        progress: Called after each with how many are done, of how many, its name and its state.

    Raises:
        GradingError: Nothing to grade, a broken rubric or list of teams, or a system that cannot keep strangers' code apart.
    """
    folder, out, root = Path(submissions).resolve(), Path(out).resolve(), Path(root).resolve()
    handed = find_submissions(folder, leave=[out])
    given = read_rubric(out / RUBRIC)
    own = read_teams(Path(teams) if teams else None)
    templates = [
        make_template(source) for source in read_sources(root) if not source.scheduled and _is_exercise(source)
    ]
    _need_means(unsafe)
    began = time.time()
    hide = [folder, out, *(root / name for name in ("workshop", "tests", ".git"))]
    with tempfile.TemporaryDirectory(prefix="ccsat-grade-") as scratch:
        place = Path(scratch)
        (place / "templates.json").write_text(json.dumps([one.as_dict() for one in templates]), encoding="utf-8")
        shared = {"templates": str(place / "templates.json"), "limits": asdict(limits or Limits()), "megabytes": megabytes, "root": str(folder),
                  "needed": [] if unsafe else list(MEANS), "hide": [str(one) for one in [*hide, place]]}  # fmt: skip
        results = _all(handed, shared, own, place, jobs, progress)
    results.sort(key=lambda result: result["submission"])
    _add_up(results, given)
    return Class(tuple(results), tuple(_write(out, results, given, began, jobs)))


def _is_exercise(source) -> bool:
    return any(cell.is_answer for cell in source.cells)


def _need_means(unsafe: bool) -> None:
    from ccsat.workshop.grading.sandbox import run_apart

    if unsafe:
        return
    if os.name == "nt":
        raise GradingError("grade_means", missing=text("grading.means.all"))
    ran = run_apart([], {}, limits=Limits(seconds=60), needed=MEANS)
    if not ran.held:
        raise GradingError("grade_start", reason=ran.ended.values.get("said", "–") if ran.ended else "–")
    if missing := [means for means in MEANS if not ran.held[means]]:
        raise GradingError("grade_means", missing="; ".join(text(f"grading.means.{means}") for means in missing))


def _all(handed: list[Handed], shared: dict, own: dict, place: Path, jobs: int, progress: Progress) -> list[dict]:
    slots: SimpleQueue[int] = SimpleQueue()
    for slot in range(max(1, jobs)):
        slots.put(slot)

    def one(number: int, file: Handed) -> dict:
        slot = slots.get()
        try:
            request = {**shared, "name": file.name, "team": file.team, "path": str(file.path), "slot": slot, "teams": own.get(file.team, {}),
                       "result": str(place / f"{number}.json")}  # fmt: skip
            return _grade(request, place / f"{number}.request.json")
        finally:
            slots.put(slot)

    results = []
    with ThreadPoolExecutor(max(1, jobs)) as pool:
        running = {pool.submit(one, number, file): file for number, file in enumerate(handed)}
        for done in as_completed(running):
            results.append(done.result())
            progress(len(results), len(handed), running[done].name, results[-1]["state"])
    return results


def _grade(request: dict, file: Path) -> dict:
    """One submission by a worker; a worker that comes to nothing leaves a result that says so."""
    file.write_text(json.dumps(request, default=str), encoding="utf-8")
    said = ""
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONHASHSEED": "0", "PYTHONUTF8": "1"}
    try:
        done = subprocess.run([sys.executable, "-c", WORKER, str(file)], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, env=environment,
                              stderr=subprocess.PIPE, timeout=request["limits"]["seconds"] + JUDGING_SECONDS, check=False)  # fmt: skip
        said = done.stderr.decode("utf-8", "replace").strip().rpartition("\n")[2]
        return json.loads(Path(request["result"]).read_text(encoding="utf-8"))
    except (OSError, ValueError, subprocess.TimeoutExpired) as error:
        problem = Problem("grader", {"reason": tidy(said or type(error).__name__)}).as_dict()
        return {"schema": 1, "submission": request["name"], "team": request["team"], "state": "unreadable", "exercise": "", "answers": {},
                "checks": [], "score": 0.0, "max": 0.0, "texts": [], "problems": [problem]}  # fmt: skip


def _add_up(results: list[dict], given: dict) -> None:
    """The trainer's points, hints, totals, and what shows only across the class."""
    worlds: dict[tuple, set[str]] = {}
    for result in results:
        if result["exercise"]:
            worlds.setdefault((result["exercise"], result["world"], result["seed"], result["vary"]), set()).add(
                result["team"]
            )
    for result in results:
        points = rubric_points(given.get(result["submission"]))
        result["hints"] = round(sum(row.get("cost", 0.0) * row["max"] for row in result["checks"]), 2)
        result["rubric"] = points[0] if points else None
        result["total"] = round(result["score"] + (points[0] if points else 0.0), 2)
        result["total_max"] = result["max"] + (points[1] if points else 0.0)
        if result["exercise"]:
            same = worlds[(result["exercise"], result["world"], result["seed"], result["vary"])] - {result["team"]}
            if same:
                result["problems"].append(Problem("same_world", {"teams": listing(sorted(same))}).as_dict())


def _write(out: Path, results: list[dict], given: dict, began: float, jobs: int) -> list[Path]:
    lang, files = language(), []
    out.mkdir(parents=True, exist_ok=True)
    each = out / "each"
    for old in each.rglob("*.json") if each.is_dir() else ():
        old.unlink()

    def put(name: str, content: str, encoding: str = "utf-8") -> None:
        file = out / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(content, encoding=encoding, newline="\n")
        files.append(file)

    for result in results:
        put(f"each/{result['submission']}.json", json.dumps(result, ensure_ascii=False, indent=1) + "\n")
    put("class.csv", as_csv(class_rows(results, lang), lang), "utf-8-sig")
    put("class.html", as_page(results, lang))
    put("items.json", json.dumps(failing(results), ensure_ascii=False, indent=1) + "\n")
    write_rubric(out / RUBRIC, results, given)
    files.append(out / RUBRIC)
    about = {"seconds": round(time.time() - began, 1), "jobs": jobs, "submissions": len(results), "finished": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())}  # fmt: skip
    put("run.json", json.dumps(about, indent=1) + "\n")
    return files
