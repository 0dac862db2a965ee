"""The page that lists all runs: one section a study, with the KPI's course and every run's verdict."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ccsat.report.page import FONTS, TEMPLATE
from ccsat.runs.publish import is_good, published_runs, write_whole
from ccsat.wording import has, kpi_value, points, term, text

WIDTH, HEIGHT, MARGIN = 640, 150, 34
WORDS = ("study", "latest", "run", "finished", "trend", "no_runs")


def write_index(out: Path) -> Path:
    """Write `index.html` over every study below a folder. In both languages: a folder's readers may differ."""
    import jinja2

    environment = jinja2.Environment(loader=jinja2.FileSystemLoader(TEMPLATE), autoescape=True)
    studies = [_section(folder) for folder in sorted(out.iterdir()) if folder.is_dir() and folder.name[0] != "."]
    words = {word: _both(f"runs.{word}") for word in WORDS} | {
        word: _both(f"report.{word}") for word in ("as_of", "current", "change", "verdict")
    }
    page = environment.get_template("runs.html.j2").render(
        title=_both("runs.index_title"),
        style=(TEMPLATE / "page.css").read_text(encoding="utf-8").replace("FONTS", FONTS),
        words=words,
        studies=[study for study in studies if study["runs"] or study["failures"]],
    )
    write_whole(out / "index.html", page)
    return out / "index.html"


def _section(folder: Path) -> dict[str, Any]:
    runs = sorted(published_runs(folder), key=lambda run: (run["as_of"], run["finished"]), reverse=True)
    latest = folder / "latest.txt"
    failures = folder / "failures.jsonl"
    n_failed = len(failures.read_text(encoding="utf-8").splitlines()) if failures.is_file() else 0
    return {
        "name": folder.name,
        "latest": latest.read_text(encoding="utf-8").strip() if latest.is_file() else "",
        "runs": [_row(run) for run in runs],
        "trend": _trend(runs),
        "failures": " / ".join(text("runs.failures", lang, n=n_failed) for lang in ("zh", "en")) if n_failed else "",
    }


def _row(run: dict[str, Any]) -> dict[str, str]:
    kpi = run.get("kpi") or {}
    current, change = kpi.get("current") or {}, kpi.get("change") or {}
    unit = kpi.get("unit", "raw")
    verdict = run["verdict"] or ""
    return {
        "place": run["place"],
        "as_of": run["as_of"],
        "key": run["key"],
        "lang": run.get("lang", ""),
        "kpi": _both(f"term.{kpi['key']}") if kpi and has(f"term.{kpi['key']}") else kpi.get("key", ""),
        "value": kpi_value(current.get("value"), unit),
        "change": points(change["value"], unit) if change.get("value") is not None else "–",
        "verdict": verdict,
        "verdict_words": _both(f"term.verdict_{verdict}") if has(f"term.verdict_{verdict}") else term(verdict),
        "finished": run["finished"].replace("T", " ").removesuffix("+00:00") + " UTC",
    }


def _trend(runs: list[dict[str, Any]]) -> dict[str, Any] | None:
    """The good runs' KPI by date, as points of a line; None below two dates. One caliber only: the newest run's."""
    good = [run for run in runs if is_good(run) and _value(run) is not None]
    if not good:
        return None
    asked = [(run["kpi"]["key"], run["kpi"].get("caliber")) for run in good]
    by_date = {run["as_of"]: run for run, what in reversed(list(zip(good, asked, strict=True))) if what == asked[0]}
    values = [_value(run) for run in by_date.values()]
    if len(values) < 2:
        return None
    low, high = min(values), max(values)
    span = (high - low) or 1.0
    step = (WIDTH - 2 * MARGIN) / (len(values) - 1)
    unit = good[0]["kpi"]["unit"]
    dots = [
        {
            "x": round(MARGIN + step * place, 1),
            "y": round(HEIGHT - MARGIN - (HEIGHT - 2 * MARGIN) * (value - low) / span, 1),
            "label": f"{as_of} {kpi_value(value, unit)}",
        }
        for place, (as_of, value) in enumerate(zip(by_date, values, strict=True))
    ]
    dates = list(by_date)
    return {"width": WIDTH, "height": HEIGHT, "dots": dots, "line": " ".join(f"{dot['x']},{dot['y']}" for dot in dots),
            "first": dates[0], "last": dates[-1], "value_first": kpi_value(values[0], unit),
            "value_last": kpi_value(values[-1], unit)}  # fmt: skip


def _value(run: dict[str, Any]) -> float | None:
    return ((run.get("kpi") or {}).get("current") or {}).get("value")


def _both(key: str) -> str:
    return f"{text(key, 'zh')} {text(key, 'en')}"
