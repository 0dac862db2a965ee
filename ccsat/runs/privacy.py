"""What may not be published: figures that carry rows, ids of customers and agents, small groups, secrets."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ccsat.errors import Joined, RunError, Words
from ccsat.runs.operations import Operations
from ccsat.runs.secrets import find_secrets, secret_values
from ccsat.study import Study

PLOTLY = "application/vnd.plotly.v1+json"
IDS = ("customer_id", "agent_id", "contact_id", "survey_id", "ticket_id")
HEAD = re.compile(r"<th\b[^>]*>(.*?)</th>", re.IGNORECASE | re.DOTALL)
TAG = re.compile(r"<[^>]+>")
WORD = re.compile(r"[^\W\d]\w*")


def check_private(folder: Path, study: Study, operations: Operations, findings: Mapping[str, Any]) -> None:
    """Refuse to publish what a report must not show.

    Args:
        folder: The finished run, not yet published.
        study: Names the id columns.
        operations: How many points a figure may carry, which id columns are allowed, the smallest group.

    Raises:
        RunError: Every problem in one message; nothing is published.
    """
    problems: list[object] = [
        *_of_notebook(folder / "executed.ipynb", study, operations),
        *_small_groups(findings, operations.minimum_group),
    ]
    files = [path for path in sorted(folder.rglob("*")) if path.is_file()]
    problems += [Words("privacy.secret", file=file, variable=name) for file, name in find_secrets(files, secret_values(study))]  # fmt: skip
    if problems:
        raise RunError("run_privacy", problems=Joined(problems, "\n  "))


def forbidden_columns(study: Study, operations: Operations) -> set[str]:
    """Names of id columns, ours and theirs, and of hidden ones, that the study does not allow."""
    names = {*IDS, *(getattr(study.columns, one, None) for one in IDS), *operations.hide}
    allowed = {*operations.allow, *(getattr(study.columns, one, None) for one in operations.allow if one in IDS)}
    return {name for name in names if name} - allowed


def _of_notebook(file: Path, study: Study, operations: Operations) -> Iterator[object]:
    forbidden = forbidden_columns(study, operations)
    cells = json.loads(file.read_text(encoding="utf-8"))["cells"]
    for number, cell in enumerate(cells, start=1):
        for output in cell.get("outputs", []):
            data = output.get("data", {})
            if PLOTLY in data:
                points = count_points(data[PLOTLY])
                if points > operations.max_points:
                    yield Words("privacy.points", cell=number, n=points, most=operations.max_points)
                shown = sorted(forbidden & set(_words(data[PLOTLY])))
            else:
                heads = HEAD.findall("".join(data.get("text/html", "")))
                shown = sorted(forbidden & {TAG.sub("", head).strip() for head in heads})
            for name in shown:
                yield Words("privacy.column", cell=number, column=name)


def count_points(figure: Mapping[str, Any]) -> int:
    """Points that a figure carries: the longest array of every trace, added up."""
    return sum(max((_length(value) for value in trace.values()), default=0) for trace in figure.get("data", []))


def _length(value: Any) -> int:
    """How many values an array holds: a list, or plotly's packed form."""
    if isinstance(value, dict) and "bdata" in value:
        import base64

        size = int(re.sub(r"\D", "", str(value.get("dtype", "f8"))) or 8)
        return len(base64.b64decode(value["bdata"])) // max(size, 1)
    return len(value) if isinstance(value, list) else 0


def _words(figure: Mapping[str, Any]) -> Iterator[str]:
    """Words that name what a figure shows: axis titles, legends, hover texts; not its values."""
    layout = figure.get("layout", {})
    for name, part in layout.items():
        if name.startswith(("xaxis", "yaxis", "legend", "title", "coloraxis")) and isinstance(part, dict):
            title = part.get("title", part.get("text", ""))
            yield from _named(title.get("text", "") if isinstance(title, dict) else title)
    for trace in figure.get("data", []):
        for name in ("name", "hovertemplate", "texttemplate", "legendgroup"):
            yield from _named(trace.get(name, ""))


def _named(words: object) -> Iterator[str]:
    """A title as it stands, and the single words in it: `hovertemplate` says `agent_id=%{x}`."""
    if isinstance(words, str) and words:
        yield words.strip()
        yield from WORD.findall(words)


def _small_groups(findings: Mapping[str, Any], least: int) -> Iterator[object]:
    """Located cells of fewer people than the smallest group."""
    for cell in findings.get("cells") or []:
        if cell.get("where") and cell.get("n") is not None and cell["n"] < least:
            where = ", ".join(f"{name}={value}" for name, value in cell["where"].items())
            yield Words("privacy.group", where=where, n=cell["n"], least=least)
