"""Executed notebook -> one HTML page that needs nothing from elsewhere: charts drawn, code hidden, words escaped."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from functools import cache
from itertools import groupby
from pathlib import Path
from typing import Any

from ccsat.errors import RunError, listing
from ccsat.lean import load_nbformat
from ccsat.report.clean import clean_html
from ccsat.report.fold import SCRIPT, STYLE, folded
from ccsat.report.naming import Naming
from ccsat.wording import count as whole
from ccsat.wording import has, interval, kpi_value, points, term, text

DRAWN_TYPES = ("bar", "pie", "scatter")  # what the vendored basic bundle of plotly.js draws
PLOTLY = "application/vnd.plotly.v1+json"
FONTS = (
    'system-ui, -apple-system, "Segoe UI", "PingFang SC", "Hiragino Sans GB", "Microsoft YaHei", '
    '"Noto Sans CJK SC", "Noto Sans SC", "Source Han Sans SC", sans-serif'
)
TEMPLATE = Path(__file__).resolve().parents[1] / "report_template"
HTML_LANG = {"zh": "zh-CN", "en": "en"}


def write_report(
    executed: Path,
    page: Path,
    *,
    lang: str,
    findings: Mapping[str, Any] | None = None,
    version: str = "",
) -> Path:
    """Write an executed notebook as one offline page.

    Code is hidden, and so are cells tagged `hide`, error streams and raw cells. The notebook's first heading becomes
    the page's title. Whatever came from data is escaped; a page that was tampered with still runs no other script.

    Args:
        executed: The executed notebook.
        page: The HTML file to write.
        lang: "zh" or "en".
        findings: Content of findings.json; gives the cards at the top.
        version: Of ccsat, for the last line.

    Raises:
        RunError: A figure of a type that the page cannot draw (see `DRAWN_TYPES`).
    """
    notebook = load_nbformat().read(executed, as_version=4)
    blocks = list(_blocks(notebook, text("report.needs_script", lang)))
    title, blocks = _title(blocks, text("report.title", lang))
    drawn = any(block["kind"] == "figure" or block.get("drawn") for block in blocks)
    scripts = [_asset("plotly-basic.min.js"), _asset("draw.js")] if drawn else []
    scripts += [SCRIPT] if any(block.get("drawn") for block in blocks) else []
    words = {
        "lang": HTML_LANG[lang],
        "title": title,
        "blocks": blocks,
        "headline": _headline(findings, lang) if findings else None,
        "style": _asset("page.css").replace("FONTS", FONTS) + STYLE,
        "scripts": scripts,
        "script_hashes": [_hash(script) for script in scripts],
        "needs_script": text("report.needs_script", lang),
        "made_by": text("report.made_by", lang, version=version),
    }
    body, _ = _exporter().from_notebook_node(notebook, resources=words)
    page.write_text(body, encoding="utf-8", newline="\n")
    return page


def _exporter() -> Any:
    from nbconvert.exporters.templateexporter import TemplateExporter

    class Page(TemplateExporter):
        """nbconvert with our template, which gets its content ready made and escapes all else."""

        file_extension = ".html"
        template_extension = ".html.j2"
        output_mimetype = "text/html"

        def _create_environment(self) -> Any:
            environment = super()._create_environment()
            environment.autoescape = True
            return environment

    return Page(template_name=TEMPLATE.name, extra_template_basedirs=[str(TEMPLATE.parent)])


@cache
def _asset(name: str) -> str:
    return (TEMPLATE / name).read_text(encoding="utf-8")


def _hash(script: str) -> str:
    """The script's name in the page's content security policy."""
    return "sha256-" + base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()


# Cells to blocks ---------------------------------------------------------------------------------


def _blocks(notebook: Any, needs_script: str) -> Iterator[dict[str, Any]]:
    """What the page shows, in order: html, text and figure blocks; outputs that are marked to be folded as one."""
    naming = Naming(_names(notebook))
    for cell in notebook.cells:
        if "hide" in cell.metadata.get("tags", []):
            continue
        if cell.cell_type == "markdown":
            yield {"kind": "prose", "html": clean_html(_markdown(cell.source))}
        outputs = cell.get("outputs", []) if cell.cell_type == "code" else []
        for summary, group in groupby(outputs, key=lambda output: output.get("metadata", {}).get("fold", "")):
            shown = [
                block
                for output in group
                if not (summary and output.metadata.get("heading")) and (block := _output(output, naming))
            ]
            if summary and shown:
                yield folded(naming.words(summary), shown, needs_script=needs_script)
            else:
                yield from shown


def _names(notebook: Any) -> Mapping[str, Any]:
    """What the notebook says the data's codes are called."""
    outputs = (output for cell in notebook.cells for output in cell.get("outputs", []))
    return next((output.metadata["names"] for output in outputs if "names" in output.get("metadata", {})), {})


def _output(output: Any, naming: Naming) -> dict[str, Any] | None:
    """One output as a block: its richest form that the page can show."""
    if output.output_type == "stream":
        return {"kind": "text", "text": output.text} if output.name == "stdout" and output.text.strip() else None
    data = output.get("data", {})
    if PLOTLY in data:
        return _figure(data[PLOTLY], naming)
    if "text/html" in data:
        return {"kind": "output", "html": naming.html(clean_html(data["text/html"]))}
    if "image/svg+xml" in data:
        return _picture("svg+xml", base64.b64encode(data["image/svg+xml"].encode()).decode())
    for kind in ("png", "jpeg"):
        if f"image/{kind}" in data:
            return _picture(kind, re.sub(r"\s", "", data[f"image/{kind}"]))
    if "text/markdown" in data:
        return {"kind": "output", "html": clean_html(_markdown(data["text/markdown"]))}
    shown = data.get("text/plain", "")
    return {"kind": "text", "text": shown} if shown.strip() else None


def _picture(kind: str, content: str) -> dict[str, Any]:
    return {"kind": "picture", "source": f"data:image/{kind};base64,{content}"}


def _figure(figure: Mapping[str, Any], naming: Naming) -> dict[str, Any]:
    for trace in figure["data"]:
        if trace.get("type", "scatter") not in DRAWN_TYPES:
            raise RunError("report_figure", kind=trace["type"], allowed=listing(DRAWN_TYPES))
    layout = {name: value for name, value in figure.get("layout", {}).items() if name not in ("width", "autosize")}
    layout["font"] = {"family": FONTS, **layout.get("font", {})}
    layout["autosize"] = True
    layout = naming.figure(layout)
    content = json.dumps(
        {"data": naming.figure(figure["data"]), "layout": layout}, ensure_ascii=False, separators=(",", ":")
    )
    heading = layout.get("title") or {}
    return {
        "kind": "figure",
        "height": int(layout.get("height") or 420),
        "label": heading if isinstance(heading, str) else heading.get("text") or "",
        "content": content.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e"),
    }


def _markdown(source: str) -> str:
    from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath

    return MarkdownWithMath(renderer=IPythonRenderer(escape=False, exclude_anchor_links=True)).render(source)


def _title(blocks: list[dict[str, Any]], otherwise: str) -> tuple[str, list[dict[str, Any]]]:
    """The first heading as the page's title, taken out of the body."""
    from bs4 import BeautifulSoup

    if not blocks or blocks[0]["kind"] != "prose":
        return otherwise, blocks
    tree = BeautifulSoup(blocks[0]["html"], "html.parser")
    heading = tree.find("h1")
    if heading is None:
        return otherwise, blocks
    title = heading.extract().get_text(strip=True)
    rest = str(tree).strip()
    return title, [*([{"kind": "prose", "html": rest}] if rest else []), *blocks[1:]]


# The cards at the top ----------------------------------------------------------------------------


def _headline(findings: Mapping[str, Any], lang: str) -> dict[str, Any]:
    """The verdict, what is measured, and one card a number, from findings.json."""
    kpi = findings["kpi"]
    unit = kpi["unit"]
    verdict = (findings.get("check") or {}).get("verdict")
    cards = [_value_card(kpi, name, unit, lang) for name in ("current", "baseline") if kpi.get(name)]
    if kpi.get("target") is not None:
        cards.append(_card("full_mark" if kpi.get("full_mark") else "target", kpi_value(kpi["target"], unit), lang))
    change = kpi.get("change")
    if change:
        note = _interval_note(change, unit, lang, of="points")
        unclear = change.get("lower") is not None and change["lower"] <= 0 <= change["upper"]
        tone = "" if unclear or verdict in ("none", "insufficient") else _tone(kpi, change["value"])
        cards.append(_card("change", _points(change["value"], unit, lang), lang, note, tone))
    if kpi.get("gap") is not None:
        lower, upper = kpi.get("gap_interval") or (None, None)
        note = _interval_note({"lower": lower, "upper": upper}, unit, lang, of="points")
        name = "gap_full_mark" if kpi.get("full_mark") else "gap"
        cards.append(_card(name, _points(kpi["gap"], unit, lang), lang, note, _tone(kpi, kpi["gap"])))
    plan = findings.get("plan") or {}
    if plan.get("actions"):
        note = " · ".join(
            (text("report.actions", lang, n=len(plan["actions"])), _interval_note(plan, unit, lang, of="points"))
        )
        cards.append(_card("expected", _points(plan["expected_points"], unit, lang), lang, note))
    key = "report.real_gap" if verdict == "real" and not change else f"term.verdict_{verdict}"
    return {
        "study": findings.get("study", ""),
        "as_of": _day(findings.get("as_of", ""), lang),
        "kpi": " · ".join(part for part in (term(kpi["key"], lang), _caliber(kpi, lang)) if part),
        "verdict": verdict,
        "verdict_words": text(key, lang) if has(key) else verdict,
        "verdict_label": text("report.verdict", lang),
        "cards": cards,
    }


def _day(as_of: str, lang: str) -> str:
    return f"{text('report.as_of', lang)} {as_of}" if as_of[:1].isdigit() else text("report.undated", lang)


def _caliber(kpi: Mapping[str, Any], lang: str) -> str:
    caliber = kpi.get("caliber") or ""
    key = f"caliber.{kpi['key']}/{caliber}"
    return text(key, lang) if has(key) else caliber


def _card(name: str, value: str, lang: str, note: str = "", tone: str = "") -> dict[str, str]:
    return {"label": text(f"report.{name}", lang), "value": value, "note": note, "tone": tone}


def _value_card(kpi: Mapping[str, Any], name: str, unit: str, lang: str) -> dict[str, str]:
    measured = kpi[name]
    period = (kpi.get("periods") or {}).get(name)
    notes = [" – ".join(period) if period else "", _interval_note(measured, unit, lang, of="value")]
    if measured.get("n") is not None:
        notes.append(text("report.n", lang, n=whole(measured["n"])))
    return _card(name, kpi_value(measured["value"], unit), lang, " · ".join(note for note in notes if note))


def _interval_note(measured: Mapping[str, Any], unit: str, lang: str, *, of: str) -> str:
    if measured.get("lower") is None or measured.get("upper") is None:
        return ""
    return text("report.interval", lang, interval=interval(measured["lower"], measured["upper"], unit, of=of))


def _points(value: float, unit: str, lang: str) -> str:
    return text("report.points", lang, points=points(value, unit))


def _tone(kpi: Mapping[str, Any], moved: float) -> str:
    """Whether a move is good news."""
    if not moved or kpi.get("better") not in ("high", "low"):
        return ""
    return "good" if (moved > 0) == (kpi["better"] == "high") else "bad"
