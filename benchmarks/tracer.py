"""The whole tracer on invented centres whose truth is known, beside the bars of DOMAIN 5.7.

    python benchmarks/tracer.py [--worlds S00,S03|all] [--seeds 1-50] [--vary] [--json FILE]

Two worlds at a time, each made in a folder that goes when it was judged (or kept under $CCSAT_CACHE). `--json` keeps
every run as it comes and takes up again where it stopped; a run is measured again when something changed that can
change its answer: the tracer, the simulator, this world's story or the libraries below them. A trace that raises is
a run with an error, and missed everything.

A world is left out where there is nothing to trace: worlds of customers (S09), and those whose KPI the package does
not count yet (S11). The bar for Kaplan-Meier resolution is not measured here.
"""

from __future__ import annotations

import argparse
import ast
import hashlib
import json
import multiprocessing
import os
import statistics
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import metadata
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np

import ccsat as cs
from ccsat import worlds
from ccsat.calibers import CALIBERS
from ccsat.estimates import wilson
from ccsat.worlds.story import Options, Plot, Story

PROCESSES = 2
LARGE = 100  # ratings from which a cell's interval is judged
# Worlds that the bars for the true cell are pooled over: S04 is about first-contact resolution.
LOCATED = ("S01", "S03", "S05", "S06", "S07")
ADVERSARIAL = ("X01", "X02", "X03", "X04", "X05", "X06")
TRAPS = (*ADVERSARIAL, "X07")  # and bad luck in a tiny cell, where nothing is planted
PACKAGE = Path(cs.__file__).parent


# Runs -----------------------------------------------------------------------------------------


def trace_world(name: str, seed: int, vary: bool) -> dict:
    """One run: its card, or the error it ended with, and its seconds (reading and tracing, not making the world)."""
    plot = usual(worlds.story(name))
    planted = {"verdict": plot.verdict, "cells": bool(plot.cells), "causes": bool(plot.causes)}
    run = {
        "world": name,
        "seed": seed,
        "varied": vary,
        "planted": planted,
        "card": None,
        "error": None,
        "wall": None,
        "cpu": None,
    }
    with tempfile.TemporaryDirectory(prefix="ccsat-bench-") as folder:
        kept = os.environ.get("CCSAT_CACHE")
        os.environ["CCSAT_CACHE"] = kept or folder
        try:
            world = worlds.make(name, rng=seed, vary=vary)
            _ = world.folder, world.truth
            wall, cpu = time.monotonic(), time.process_time()
            trace = cs.run_trace(world.centre)
            run |= {"wall": time.monotonic() - wall, "cpu": time.process_time() - cpu}
            run["card"] = worlds.score(trace, world).as_dict()
        except Exception as error:  # a run that fails is a result
            run["error"] = f"{type(error).__name__}: {error}\n{traceback.format_exc(limit=-3)}"
        finally:
            if kept is None:
                del os.environ["CCSAT_CACHE"]
    return run


def usual(story: Story) -> Plot:
    """A story as documented."""
    return story.plot(story.draw(Options(), None))


def measure_worlds(stories: Sequence[Story], seeds: range, vary: bool, keep: Path | None) -> list[dict]:
    """Every world and seed, from `keep` where it was measured before and nothing changed since."""
    versions = {story.code: version(story) for story in stories}
    before = json.loads(keep.read_text("utf-8"))["runs"] if keep is not None and keep.is_file() else []
    valid = [run for run in before if run["world"] not in versions or run["version"] == versions[run["world"]]]
    wanted = [(code, seed, vary) for seed in seeds for code in versions]  # seed by seed: a table that grows is fair
    done = {(run["world"], run["seed"], run["varied"]) for run in valid}
    missing = [one for one in wanted if one not in done]
    for run in _progress(_in_parallel(missing), len(wanted) - len(missing), len(wanted)):
        valid.append({**run, "version": versions[run["world"]]})
        if keep is not None:
            write(keep, {"runs": valid})
    return [run for run in valid if (run["world"], run["seed"], run["varied"]) in set(wanted)]


def _in_parallel(missing: Sequence[tuple[str, int, bool]]) -> Iterator[dict]:
    if not missing:
        return
    # Not ProcessPoolExecutor: with max_tasks_per_child it stops for good when its workers end in the same moment.
    with multiprocessing.get_context("spawn").Pool(PROCESSES, maxtasksperchild=25) as pool:
        yield from pool.imap_unordered(_trace, missing)


def _trace(one: tuple[str, int, bool]) -> dict:
    return trace_world(*one)


def _progress(runs: Iterable[dict], before: int, total: int) -> Iterator[dict]:
    """The runs as they come, with a line on standard error: done, total, time left."""
    start, live = time.monotonic(), sys.stderr.isatty()
    for n, run in enumerate(runs, 1):
        yield run
        done = before + n
        left = (time.monotonic() - start) / n * (total - done)
        filled = int(30 * done / total)
        line = f"[{'#' * filled}{'.' * (30 - filled)}] {done}/{total}  {run['world']} {run['seed']}{' ERROR' * bool(run['error'])}  left {left / 60:.0f} min"
        if live or n % 10 == 0 or done == total:
            print(
                f"\r{line:<80}" if live else line,
                end="" if live and done < total else "\n",
                file=sys.stderr,
                flush=True,
            )


def write(file: Path, content: dict) -> None:
    """Write JSON so that a reader, or a later run, finds the old file or the new one whole."""
    draft = file.with_name(f".{file.name}.part")
    draft.write_text(json.dumps(content, ensure_ascii=False, indent=1), "utf-8")
    os.replace(draft, file)


# What can change an answer --------------------------------------------------------------------

STARTS = ("ccsat.trace", "ccsat.findings", "ccsat.worlds", "ccsat.worlds.scoring")
SHOWN = ("ccsat.wording", "ccsat.views", "ccsat.figures", "ccsat.report", "ccsat.tracetable")
STORIES = "ccsat.worlds.stories"
NOT_TRACED = ("comments.csv", "dictionary.csv")  # words that no stage reads
LIBRARIES = ("numpy", "pandas", "scipy", "statsmodels", "scikit-learn", "duckdb", "pyarrow")


def version(story: Story) -> str:
    """A name for everything that the answer on a world depends on."""
    digest = hashlib.sha256(" ".join(f"{name} {metadata.version(name)}" for name in LIBRARIES).encode())
    plot = getattr(story.plot, "func", story.plot)
    files = _imported((*STARTS, plot.__module__)) | set((PACKAGE / "worlds").glob("*.csv"))
    for file in sorted(file for file in files if file.name not in NOT_TRACED):
        digest.update(file.relative_to(PACKAGE).as_posix().encode() + b"\0" + _content(file))
    return digest.hexdigest()[:12]


@cache
def _content(file: Path) -> bytes:
    return file.read_bytes()


@cache
def _imported(starts: tuple[str, ...]) -> set[Path]:
    """Files of ccsat that these modules import, at any depth and wherever in them."""
    seen, waiting = set(), list(starts)
    while waiting:
        name = waiting.pop()
        file = _file(name)
        if file is None or file in seen:
            continue
        seen.add(file)
        for node in ast.walk(ast.parse(_content(file))):
            named = []
            if isinstance(node, ast.ImportFrom) and node.module:
                named = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
            elif isinstance(node, ast.Import):
                named = [alias.name for alias in node.names]
            waiting += [other for other in named if other.startswith("ccsat.") and _matters(other, name)]
    return seen


def _matters(name: str, importer: str) -> bool:
    """Whether an imported module can change an answer: not where it only shows; other stories only where a story builds on them."""
    if name.startswith(STORIES):
        return importer.startswith(STORIES) and name != STORIES
    return not name.startswith(SHOWN)


def _file(name: str) -> Path | None:
    base = PACKAGE.joinpath(*name.split(".")[1:])
    return next(
        (file for file in (base.with_suffix(".py"), base / "__init__.py") if file.is_file() and base != PACKAGE), None
    )


# Measures -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Measure:
    """A share of runs.

    Attributes:
        counts: Whether a world counts, by what its story plants.
        hits: Of one run's card: True or False, one or several.
        bar: Least and most; None: beside another measure.
        pooled: The worlds that the bar is for; others are shown beside. None: every S world that counts.
        failed: What a run with an error counts as; None: nothing.
        shown: The worlds that have a line of their own; None: all that count.
    """

    name: str
    counts: Callable[[dict], bool]
    hits: Callable[[dict], list[bool]]
    bar: tuple[float, float] | None
    pooled: tuple[str, ...] | None = None
    failed: bool | None = False
    shown: tuple[str, ...] | None = None


def _every(planted: dict) -> bool:
    return True


def _says(verdict: str, *parts: str) -> Callable[[dict], bool]:
    return lambda planted: planted["verdict"] == verdict and all(planted[part] for part in parts)


def _located(card: dict, ahead: int) -> list[bool]:
    """Whether every planted cell was found, with at most so many others before it."""
    return [all(cell["rank"] is not None and cell["wrong_ahead"] <= ahead for cell in card["cells"])]


def _cohort(card: dict) -> list[bool]:
    """Whether the first cell is cut by the planted cell's dimensions and no others."""
    return [bool(card["named"]) and set(card["named"][0]["where"]) == set(card["cells"][0]["where"])]


def _in_cohort(card: dict) -> list[bool]:
    """The same where the first cell may be cut further, by business lines too."""
    return [bool(card["named"]) and set(card["cells"][0]["where"]) <= set(card["named"][0]["where"])]


def _covered(card: dict) -> list[bool]:
    return [cell["covered"] for cell in card["cells"] if cell["rank"] is not None and cell["n"] >= LARGE]


def _no_false_cell(card: dict) -> list[bool]:
    return [all(cell["planted"] is not None for cell in card["named"])]


def _named_first(card: dict) -> list[bool]:
    """Whether the first cause is a planted one."""
    return [any(cause["rank"] == 1 for cause in card["causes"])]


MEASURES = (
    Measure("stage-1 verdict right", _every, lambda card: [card["verdict"]["right"]], (0.95, 1.0)),
    Measure("a finding at all where there is none", _says("none"), lambda card: [not card["silent"]], (0.0, 0.10), ("S00", "X07"), failed=True),
    Measure("true cell rank 1", _says("real", "cells"), lambda card: _located(card, 0), (0.90, 1.0), LOCATED),
    Measure("true cell in top 3", _says("real", "cells"), lambda card: _located(card, 2), (0.98, 1.0), LOCATED),
    Measure("true cell in top 3, adversarial", _says("real", "cells"), lambda card: _located(card, 2), (0.70, 1.0), ADVERSARIAL, shown=ADVERSARIAL),
    Measure("no false cell (cancelling, small n)", _every, _no_false_cell, (0.90, 1.0), ("X04", "X07"), shown=TRAPS),
    Measure("cohort chosen, not a business line", _says("real", "cells"), _cohort, (0.90, 1.0), ("S06",), shown=("S06",)),
    Measure("cohort chosen, alone or cut by lines too", _says("real", "cells"), _in_cohort, None, ("S06",), shown=("S06",)),
    Measure("verdict mix, no owner blamed", _says("mix"), lambda card: [card["verdict"]["right"] and not card["blamed"]], (0.90, 1.0), ("S10",)),
    Measure("95 % interval of points holds the truth (cells)", _says("real", "cells"), _covered, (0.92, 0.97), failed=None),
    Measure("true cause rank 1", _says("real", "causes"), _named_first, (0.85, 1.0)),
)  # fmt: skip
MOST_REGRET, CLOSES, MOST_SECONDS = 0.05, 1e-9, 60.0


@dataclass(frozen=True)
class Row:
    """A line of the table; `met` is yes, no (the whole interval lies outside the bar), open (only the value does), or "" without a bar."""

    measure: str
    worlds: str
    value: float
    lower: float | None
    upper: float | None
    n: int
    bar: tuple[float, float] | None
    met: str


def rows_of(runs: Sequence[dict]) -> list[Row]:
    """Every measure of DOMAIN 5.7: pooled as its bar says, then world by world."""
    codes = sorted({run["world"] for run in runs})
    found = []
    for measure in MEASURES:
        rest = [code for code in measure.shown or codes if code in codes]
        hits = {code: _hits(measure, [run for run in runs if run["world"] == code]) for code in rest}
        hits = {code: some for code, some in hits.items() if some}
        pool = [code for code in hits if (code in measure.pooled if measure.pooled else code.startswith("S"))]
        if len(pool) > 1:
            found.append(_share(measure, "+".join(pool), [hit for code in pool for hit in hits[code]], measure.bar))
        found += [_share(measure, code, some, measure.bar if code in pool else None) for code, some in hits.items()]
    return [*found, *_regrets(runs, codes), *_sums(runs)]


def _hits(measure: Measure, runs: Sequence[dict]) -> list[bool]:
    hits = []
    for run in runs:
        if measure.counts(run["planted"]):
            failed = [] if measure.failed is None else [measure.failed]
            hits += measure.hits(run["card"]) if run["card"] else failed
    return hits


def _share(measure: Measure, name: str, hits: Sequence[bool], bar: tuple[float, float] | None) -> Row:
    value = sum(hits) / len(hits)
    lower, upper = (float(end) for end in wilson(sum(hits), len(hits)))
    return Row(measure.name, name, value, lower, upper, len(hits), bar, _met(value, lower, upper, bar))


def _met(value: float, lower: float, upper: float, bar: tuple[float, float] | None) -> str:
    if bar is None:
        return ""
    if bar[0] <= value <= bar[1]:
        return "yes"
    return "no" if upper < bar[0] or lower > bar[1] else "open"


def _regrets(runs: Sequence[dict], codes: Sequence[str]) -> list[Row]:
    """Medians; the interval is that of the order statistics."""
    values = {}
    for code in codes:
        mine = [run for run in runs if run["world"] == code]
        known = [
            run["card"]["plan"]["regret"] for run in mine if run["card"] and run["card"]["plan"]["regret"] is not None
        ]
        failed = sum(run["card"] is None and run["planted"]["verdict"] == "real" for run in mine)
        if known or failed:
            values[code] = known + [1.0] * failed
    pool = [code for code in values if code.startswith("S")]
    groups = [("+".join(pool), [value for code in pool for value in values[code]])] if len(pool) > 1 else []
    found = []
    for name, some in [*groups, *values.items()]:
        ends = [float(end) for end in wilson(len(some) / 2, len(some))]
        lower, upper = (float(end) for end in np.quantile(some, ends))
        bar = (0.0, MOST_REGRET) if name not in values or name in pool else None
        middle = statistics.median(some)
        found.append(
            Row(
                "regret of the plan, median",
                name,
                middle,
                lower,
                upper,
                len(some),
                bar,
                _met(middle, lower, upper, bar),
            )
        )
    return found


def _sums(runs: Sequence[dict]) -> list[Row]:
    """Ledgers and seconds. Wall seconds over the bar on a machine that was busy with other work (CPU within it) leave the bar open."""
    cards = [run["card"] for run in runs if run["card"]]
    opened = max((card["open"] for card in cards), default=0.0)
    seconds = {key: max((run[key] for run in runs if run[key] is not None), default=0.0) for key in ("wall", "cpu")}
    kept = {key: most <= MOST_SECONDS for key, most in seconds.items()}
    timed = sum(run["wall"] is not None for run in runs)
    return [
        Row("a ledger's parts less its total, at most", "all", opened, None, None, len(cards), (0.0, CLOSES), "yes" if opened <= CLOSES else "no"),
        Row("wall seconds of a trace, at most", "all", seconds["wall"], None, None, timed, (0.0, MOST_SECONDS), "yes" if kept["wall"] else "open" if kept["cpu"] else "no"),
        Row("CPU seconds of a trace, at most", "all", seconds["cpu"], None, None, timed, None, ""),
    ]  # fmt: skip


def table(rows: Sequence[Row]) -> list[str]:
    """The rows as a Markdown table."""
    lines = ["| measure | worlds | value | 95 % interval | n | aim | met |", "|---|---|---|---|---|---|---|"]
    for row in rows:
        plain = row.lower is None
        value = (
            f"{row.value:.1e}"
            if row.value and row.value < 1e-6
            else f"{row.value:.1f}"
            if plain
            else f"{row.value:.1%}"
        )
        ends = "" if plain else f"{row.lower:.1%} to {row.upper:.1%}"
        aim = "" if row.bar is None else f"at most {row.bar[1]:g}" if plain else f"{row.bar[0]:.0%} to {row.bar[1]:.0%}"
        lines.append(f"| {row.measure} | {row.worlds} | {value} | {ends} | {row.n} | {aim} | {row.met} |")
    return lines


def _real(card: dict) -> bool:
    return card["verdict"]["true"] == "real"


BESIDE = (
    ("verdict right", lambda card: card["verdict"]["right"]),
    ("not findable", lambda card: not card["verdict"]["findable"]),
    ("anything found", lambda card: not card["silent"]),
    ("cells found", lambda card: card["recall"]),
    ("named exactly", lambda card: all(cell["exact"] for cell in card["cells"]) if card["cells"] else None),
    ("precision", lambda card: card["precision"]),
    ("cause in top 3", lambda card: any((cause["rank"] or 9) <= 3 for cause in card["causes"]) if _real(card) and card["causes"] else None),
    ("owner right", lambda card: all(cause["owner_right"] for cause in card["causes"]) if _real(card) and card["causes"] else None),
    ("gap right", lambda card: all(cause["gap_right"] for cause in card["causes"]) if _real(card) and card["causes"] else None),
    ("a wrong root at A-C", lambda card: any(not one["id"].startswith(("reason:", "driver:")) for one in card["wrong"])),
    ("somebody blamed", lambda card: None if _real(card) else bool(card["blamed"])),
)  # fmt: skip


def beside(runs: Sequence[dict]) -> list[str]:
    """A line a world with what has no bar: means of runs that did not fail, median depth and seconds."""
    heads = [
        "world",
        "runs",
        "errors",
        *(name for name, _ in BESIDE),
        "depth of 5, median",
        "CPU s, median",
        "wall s, most",
    ]
    lines = [f"| {' | '.join(heads)} |", "|" + "---|" * len(heads)]
    for code in sorted({run["world"] for run in runs}):
        mine = [run for run in runs if run["world"] == code]
        cards = [run["card"] for run in mine if run["card"]]
        cells = [code, str(len(mine)), str(len(mine) - len(cards))]
        for _, value in BESIDE:
            known = [float(found) for card in cards if (found := value(card)) is not None]
            cells.append(f"{statistics.mean(known):.0%}" if known else "")
        depths = [card["depth"] for card in cards if card["depth"] is not None]
        cells.append(f"{statistics.median(depths):g}" if depths else "")
        for key, pick in (("cpu", statistics.median), ("wall", max)):
            times = [run[key] for run in mine if run[key] is not None]
            cells.append(f"{pick(times):.1f}" if times else "")
        lines.append(f"| {' | '.join(cells)} |")
    return lines


# Command line ---------------------------------------------------------------------------------


def is_traced(story: Story) -> bool:
    """Whether a world asks something that can be traced."""
    plot = usual(story)
    return story.kind != "customers" and f"{plot.kpi}/{plot.caliber}" in CALIBERS


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--worlds", default="S00,S03", help="codes with commas between, or all")
    parser.add_argument("--seeds", default="1-10", help="first-last")
    parser.add_argument("--vary", action="store_true", help="cell, onset, strength and decoys follow the seed too")
    parser.add_argument("--json", type=Path, help="keeps the runs and the table")
    options = parser.parse_args()
    first, _, last = options.seeds.partition("-")
    asked = worlds.STORIES if options.worlds == "all" else [worlds.story(name) for name in options.worlds.split(",")]
    stories = [story for story in asked if is_traced(story)]
    for story in asked:
        if story not in stories:
            print(f"{story.code} is left out: nothing to trace in it", file=sys.stderr)
    runs = measure_worlds(stories, range(int(first), int(last or first) + 1), options.vary, options.json)
    rows = rows_of(runs)
    print(f"seeds {options.seeds}{', varied' * options.vary}\n")
    print("\n".join([*table(rows), "", *beside(runs)]))
    for run in runs:
        if run["error"]:
            print(f"\n{run['world']} seed {run['seed']}: {run['error']}", file=sys.stderr)
    if options.json is not None:
        kept = json.loads(options.json.read_text("utf-8")) if options.json.is_file() else {"runs": runs}
        write(
            options.json,
            {
                "seeds": options.seeds,
                "varied": options.vary,
                "table": [vars(row) for row in rows],
                "runs": kept["runs"],
            },
        )
    return int(any(row.met == "no" for row in rows))


if __name__ == "__main__":
    sys.exit(main())
