"""The trainer's own points for free text: a YAML file beside the results, filled in by hand and merged on the next run."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from ccsat.wording import LANGUAGES, text
from ccsat.workshop.grading.problems import GradingError

FILE = "rubric.yaml"
CRITERIA = {
    "claim": 3,
    "evidence": 3,
    "action": 2,
    "words": 2,
}  # points each; ten in all, as the report counts (DOMAIN 6.6)


def read_rubric(file: Path) -> dict[str, dict[str, Any]]:
    """Submission -> its entry, as the trainer has filled it in; empty where there is no file yet.

    Raises:
        GradingError: No YAML, an entry without its submission's name, or points that are no number from 0 to the criterion's.
    """
    import yaml

    if not file.is_file():
        return {}
    try:
        content = yaml.safe_load(file.read_text(encoding="utf-8-sig"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        mark = getattr(error, "problem_mark", None)
        raise GradingError("grade_rubric", file=file.name, where=mark.line + 1 if mark else "–", reason=str(getattr(error, "problem", error))[:200]) from None  # fmt: skip
    entries: dict[str, dict[str, Any]] = {}
    for number, entry in enumerate(content or [], 1):
        name = entry.get("submission") if isinstance(entry, dict) else None
        if not isinstance(name, str) or not isinstance(entry.get("points"), dict):
            raise GradingError("grade_rubric", file=file.name, where=number, reason="submission, points")
        for criterion, given in entry["points"].items():
            most = CRITERIA.get(criterion)
            if (
                most is None
                or given is not None
                and (isinstance(given, bool) or not isinstance(given, (int, float)) or not 0 <= given <= most)
            ):
                allowed = ", ".join(f"{key} 0–{points}" for key, points in CRITERIA.items())
                raise GradingError("grade_points", file=file.name, submission=name, criterion=str(criterion), given=str(given)[:40], allowed=allowed)  # fmt: skip
        entries[name] = entry
    return entries


def write_rubric(file: Path, results: Iterable[Mapping[str, Any]], before: Mapping[str, Mapping[str, Any]]) -> None:
    """Every submission with prose of its own, the text beside the criteria; points given before stay, nobody's are lost."""
    import yaml

    class Dumper(yaml.SafeDumper):
        """Long texts as they were written, one line a line."""

    Dumper.add_representer(
        str,
        lambda dumper, value: dumper.represent_scalar(
            "tag:yaml.org,2002:str", value, style="|" if "\n" in value else None
        ),
    )
    entries, named = [], set()
    for result in results:
        name = result["submission"]
        if not result["texts"]:
            continue
        named.add(name)
        own = before.get(name, {})
        points = {criterion: own.get("points", {}).get(criterion) for criterion in CRITERIA}
        entries.append({"submission": name, "team": result["team"], "points": points, "comment": own.get("comment", ""),
                        "texts": result["texts"]})  # fmt: skip
    entries += [dict(entry) for name, entry in sorted(before.items()) if name not in named]
    head = "".join(f"# {line}\n" for lang in LANGUAGES for line in [text("grading.rubric.how", lang), *_criteria(lang)])
    body = yaml.dump(entries, Dumper=Dumper, allow_unicode=True, sort_keys=False, width=120) if entries else "[]\n"
    file.write_text(head + body, encoding="utf-8", newline="\n")


def _criteria(lang: str) -> list[str]:
    return [f"  {key} (0-{points}): {text(f'grading.rubric.{key}', lang)}" for key, points in CRITERIA.items()]


def rubric_points(entry: Mapping[str, Any] | None) -> tuple[float, float] | None:
    """Points and their maximum, None where the trainer has given none yet."""
    given = [points for points in (entry or {}).get("points", {}).values() if points is not None]
    return (float(sum(given)), float(sum(CRITERIA.values()))) if given else None
