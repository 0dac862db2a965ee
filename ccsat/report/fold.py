"""What a report folds away: blocks under a summary, figures among them, read without scripts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

STYLE = """
details { border: 1px solid var(--line); border-radius: 8px; padding: 0 14px; margin: 8px 0; }
details[open] { padding-bottom: 10px; }
summary { padding: 8px 0; font-weight: 500; }
details details { border-color: var(--band); background: #fcfdfe; }
h4 { font-size: 15px; margin: 16px 0 4px; }
ul, ol { margin: 6px 0 10px; padding-left: 1.5em; }
p, li { max-width: 60em; }
thead th { white-space: normal; word-break: keep-all; }
table.words td { max-width: 62em; }
table.words td:first-child { white-space: nowrap; font-weight: 600; }
.output:has(> details:first-child) { margin: 8px 0; }
@media print { details:not([open]) > summary { color: var(--soft); } }
"""
# A chart that was drawn while it was folded away has no width of its own yet.
SCRIPT = """"use strict";
document.querySelectorAll("details").forEach(function (fold) {
  fold.addEventListener("toggle", function () {
    if (fold.open) fold.querySelectorAll("[data-figure]").forEach(function (box) {
      if (box.data && box.offsetParent) Plotly.Plots.resize(box);
    });
  });
});
"""


def folded(summary: str, blocks: Sequence[Mapping[str, Any]], *, needs_script: str) -> dict[str, Any]:
    """One block that holds others under a summary.

    Args:
        blocks: As `page` makes them; their HTML is clean already.
        needs_script: Said where a chart cannot be drawn.
    """
    inside = "".join(_html(block, needs_script) for block in blocks)
    drawn = any(block["kind"] == "figure" or block.get("drawn") for block in blocks)
    return {"kind": "output", "html": f"<details><summary>{escape(summary)}</summary>{inside}</details>", "drawn": drawn, "folded": True}  # fmt: skip


def _html(block: Mapping[str, Any], needs_script: str) -> str:
    if block["kind"] == "figure":
        return (f'<figure><div data-figure role="img" aria-label="{escape(_plain(block["label"]))}" style="height: {block["height"]}px">'
                f'<p class="note">{escape(needs_script)}</p></div><script type="application/json">{block["content"]}</script></figure>')  # fmt: skip
    if block["kind"] == "picture":
        return f'<figure><img src="{escape(block["source"])}" alt=""></figure>'
    if block["kind"] == "text":
        return f"<pre>{escape(block['text'])}</pre>"
    return str(block["html"])


def _plain(label: str) -> str:
    """A title without its tags."""
    from bs4 import BeautifulSoup

    return BeautifulSoup(label, "html.parser").get_text()
