"""The day's two outputs: the trace table with the team's own findings, its flow diagram, and the solution report."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path

import pandas as pd

from ccsat.views import View
from ccsat.wording import language, points, term, text
from ccsat.workshop.case import Case
from ccsat.workshop.checks import current_case
from ccsat.workshop.exercises.team_case import links
from ccsat.workshop.exercises.w3 import candidates
from ccsat.workshop.exercises.w4 import offered
from ccsat.workshop.exercises.w6 import SECTIONS
from ccsat.workshop.findings import answers, handed_in

WIDEST = 88  # letters of a line in a box of the flow
STYLE = """body{font-family:system-ui,"Noto Sans CJK SC","Microsoft YaHei",sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;line-height:1.6;
color:#1f2328}h1{font-size:1.6rem}h2{font-size:1.2rem;margin-top:2rem;border-bottom:1px solid #d0d7de}table{border-collapse:collapse;
width:100%;font-size:.9rem}td,th{border:1px solid #d0d7de;padding:.3rem .6rem;vertical-align:top;text-align:left}th{width:11rem;background:#f6f8fa}
svg{max-width:100%;height:auto}p{white-space:pre-line}"""


def with_findings(table: pd.DataFrame) -> pd.DataFrame:
    """A trace table with what the team found put in place of what the system proposed: cause, chain, owner, gap, actions.

    Only the first row changes, in columns of words; points stay as counted, so that the table closes as before.
    """
    case, table = current_case(), table.copy()
    results = handed_in(case)
    found = {**answers(results, "W3"), **answers(results, "W4")}
    if len(table) < 2 or not found:
        return table
    row = table.index[0]
    words = candidates(case)
    put: dict[str, object] = {}
    if (cause := found.get("cause")) in words:
        put["root_cause"] = words[cause][language()]
    if isinstance(found.get("chain"), list) and set(found["chain"]) <= set(links(case)):
        put["cause_chain"] = " → ".join(links(case)[code][language()] for code in found["chain"])
    if isinstance(found.get("owner"), dict):
        put |= {
            "owner_dept": term(found["owner"]["owner"]),
            "gap_type": text(f"workshop.w3.gap_code.{found['owner']['gap']}"),
        }
    if isinstance(found.get("evidence"), dict) and found["evidence"]:
        put["evidence_grade"] = min(found["evidence"].values())
    chosen = [code for code in found.get("portfolio", []) if code in offered(case)]
    if chosen:
        put["action"] = text("joined").join(f"{code} {offered(case)[code][language()]}" for code in chosen)
        put["due"] = text("joined").join(text("table.days", n=offered(case)[code]["lead_days"]) for code in chosen)
    if isinstance(found.get("expected"), dict):
        put["expected_points"] = found["expected"]["expected"]
    for name, value in put.items():
        table.loc[row, name] = value
    return table


class Sideways(View):
    """A table whose first column holds names, which are not broken over lines."""

    @staticmethod
    def _row(kind: str, cells: Sequence[str], sides: Sequence[str]) -> str:
        name, *rest = cells
        first = f'<{kind} style="text-align:left;white-space:nowrap">{escape(name)}</{kind}>'
        return f"<tr>{first}" + View._row(kind, rest, sides[1:]).removeprefix("<tr>")


def show_table(table: Sequence[Mapping] | pd.DataFrame) -> View:
    """A trace table turned on its side: one line a column, one column a row, so that 33 columns can be read."""
    from ccsat.tracetable import COLUMNS

    rows = table.to_dict("records") if isinstance(table, pd.DataFrame) else [dict(row) for row in table]
    heads = (text("workshop.out.column"), *(str(row.get("no", place)) for place, row in enumerate(rows, 1)))
    return Sideways(
        heads, tuple((text(f"column.{name}"), *(_shown(name, row.get(name)) for row in rows)) for name in COLUMNS)
    )


def _shown(name: str, value: object) -> str:
    if value is None or (isinstance(value, float) and pd.isna(value)):
        return "–"
    if isinstance(value, float):
        if name in ("points", "gap", "expected_points"):
            return points(value, "rate")
        if name in ("baseline", "current", "target", "share_volume", "share_gap"):
            return f"{100 * value:.1f}%"
        return f"{value:.2f}"
    return str(value)


@dataclass(frozen=True, repr=False)
class Flow:
    """The trace flow as boxes from top to bottom: (what was decided, what was found)."""

    steps: tuple[tuple[str, str], ...]

    def __repr__(self) -> str:
        return "\n".join(f"{place}. {head}: {said}" for place, (head, said) in enumerate(self.steps, 1))

    def _repr_html_(self) -> str:
        return self.svg()

    def svg(self) -> str:
        """The diagram, drawn without a script or a font of its own."""
        parts, top, wide = [], 8, 680
        for place, (head, said) in enumerate(self.steps):
            lines = _lines(said)
            high = 34 + 20 * len(lines)
            parts.append(
                f'<rect x="8" y="{top}" width="{wide}" height="{high}" rx="8" fill="#f6f8fa" stroke="#57606a"/>'
            )
            parts.append(
                f'<text x="24" y="{top + 23}" font-weight="bold" font-size="15" fill="#1f2328">{escape(head)}</text>'
            )
            for number, line in enumerate(lines):
                parts.append(
                    f'<text x="24" y="{top + 45 + 20 * number}" font-size="14" fill="#1f2328">{escape(line)}</text>'
                )
            if place < len(self.steps) - 1:
                end = top + high + 22
                parts.append(f'<path d="M348 {top + high} V{end - 6} M342 {end - 8} L348 {end} L354 {end - 8}" fill="none" stroke="#57606a" stroke-width="2"/>')  # fmt: skip
            top += high + 24
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 696 {top - 16}" width="696" role="img" '
            f"font-family=\"system-ui, 'Noto Sans CJK SC', 'Microsoft YaHei', sans-serif\">{''.join(parts)}</svg>"
        )


def _lines(said: str) -> list[str]:
    """A box's words in lines of about its width; a Chinese character is as wide as two letters."""
    lines, line, wide = [], "", 0
    for letter in said:
        wide += 2 if ord(letter) > 0x2E7F else 1
        if wide > WIDEST:
            cut = line.rfind(" ") + 1 if letter.isascii() and letter != " " and " " in line[-20:] else len(line)
            lines, line = [*lines, line[:cut].rstrip()], line[cut:]
            wide = sum(2 if ord(one) > 0x2E7F else 1 for one in line + letter)
        line += letter
    return [*lines, line] if line else lines or ["–"]


def flow(table: Sequence[Mapping] | pd.DataFrame) -> Flow:
    """The trace flow of a filled table: data, location, chain, root, owner, solution, verification, each with its decision."""
    row = (table.to_dict("records") if isinstance(table, pd.DataFrame) else list(table))[0]
    steps = [("gap", f"{_shown('kpi', row.get('kpi'))} {_shown('current', row.get('current'))}, {text('column.gap')} {_shown('gap', row.get('gap'))}"),
             ("data", _said(row, "data_verdict", "data_evidence"))]  # fmt: skip
    if row.get("n_cell"):
        steps += [("cell", _said(row, "cell") + f" (n = {row['n_cell']}), {_shown('points', row.get('points'))} {row.get('points_ci') or ''}"),
                  ("chain", _said(row, "cause_chain")), ("root", _said(row, "root_cause", "gap_type", "evidence_grade")),
                  ("owner", _said(row, "owner_dept")), ("action", _said(row, "action")), ("verify", _said(row, "verify_by"))]  # fmt: skip
    else:
        steps.append(("stopped", _said(row, "cell", "status")))
    return Flow(tuple((text(f"workshop.out.step.{name}"), said) for name, said in steps))


def _said(row: Mapping, *names: str) -> str:
    return text("joined").join(_shown(name, row[name]) for name in names if row.get(name) not in (None, "")) or "–"


@dataclass(frozen=True)
class Outputs:
    """The files of the day's outputs."""

    files: tuple[Path, ...]

    def __repr__(self) -> str:
        return text("workshop.out.written", files=", ".join(path.name for path in self.files))


def write_outputs(table: Sequence[Mapping], report: Mapping[str, str], *, out_dir: str) -> Outputs:
    """Write output 1 (trace table as CSV and XLSX, flow as SVG) and output 2 (the solution report, one offline page).

    Everything that came from data or from a trainee is escaped; cells that a spreadsheet would run are made harmless.
    """
    from ccsat.report.sheet import write_trace_table
    from ccsat.tracetable import headers

    case, folder = current_case(), Path(out_dir)
    folder.mkdir(parents=True, exist_ok=True)
    frame = pd.DataFrame([dict(row) for row in table], dtype=object)
    files = list(write_trace_table(frame, headers(), folder))
    drawn = flow(table)
    (folder / "flow.svg").write_text(drawn.svg() + "\n", encoding="utf-8", newline="\n")
    page = folder / "solution_report.html"
    page.write_text(_page(case, table, report, drawn), encoding="utf-8", newline="\n")
    return Outputs((*files, folder / "flow.svg", page))


def _page(case: Case, table: Sequence[Mapping], report: Mapping[str, str], drawn: Flow) -> str:
    lang = "zh-CN" if language() == "zh" else "en"
    title = escape(text("workshop.out.title", team=case.team or "–"))
    parts = [f"<h1>{title}</h1>"]
    for name in SECTIONS:
        parts += [
            f"<h2>{escape(text(f'workshop.out.section.{name}'))}</h2>",
            f"<p>{escape(str(report.get(name, '')))}</p>",
        ]
    parts += [f"<h2>{escape(text('workshop.out.flow'))}</h2>", drawn.svg(),
              f"<h2>{escape(text('workshop.out.table'))}</h2>", show_table(table)._repr_html_()]  # fmt: skip
    return (
        f'<!doctype html><html lang="{lang}"><head><meta charset="utf-8"><title>{title}</title><style>{STYLE}</style></head>'
        f"<body>{''.join(parts)}</body></html>\n"
    )
