"""HTML that may hold anybody's words -> HTML that can only be read: a list of what is allowed, the rest goes."""

from __future__ import annotations

import re

from bs4 import BeautifulSoup, Comment, Doctype, ProcessingInstruction, Tag

READ = set(
    "a abbr b blockquote br caption code col colgroup dd del details div dl dt em figcaption figure h1 h2 h3 h4 h5 h6 "
    "hr i img kbd li mark ol p pre q s section small span strong sub summary sup table tbody td tfoot th thead time "
    "tr u ul wbr".split()
)
DRAWN = set("svg g path rect line polyline polygon circle ellipse text tspan title desc".split())
DROPPED = set(
    "script style iframe frame frameset object embed applet template noscript link meta base head input button select "
    "textarea video audio source track canvas foreignobject use image animate set math".split()
)
ATTRIBUTES = set(
    "class id style colspan rowspan scope span title lang dir href src alt width height start open datetime role "
    "aria-label aria-hidden d x y x1 y1 x2 y2 cx cy r rx ry dx dy points viewbox preserveaspectratio transform fill "
    "stroke stroke-width stroke-dasharray stroke-linecap stroke-linejoin text-anchor dominant-baseline font-size "
    "font-weight opacity xmlns".split()
)
NEAR = re.compile(r"^(#[\w\-.]*|[\w\-.]+\.(?:xlsx|csv|html|json|ipynb))$")  # a place in the page, a file beside it
PICTURE = re.compile(r"^data:image/(png|jpeg|gif|webp);base64,[\w+/=\s]+$")
FETCHES = re.compile(r"url\s*\(|@import|expression\s*\(|javascript:|\\", re.IGNORECASE)
NUMBER = re.compile(r"^[+\-−–]?\s?[¥$€]?[\d,]*\.?\d+(e[+\-]?\d+)?\s?(%|pp|‰|s|天|分)?$")
NOTHING = ("", "–", "-", "NaN", "None")
INTERVAL = re.compile(r"^[\[(（]\W*\d[^一-鿿A-Za-z]*$")


def clean_html(html: str) -> str:
    """HTML without scripts, outside addresses or anything else a reader does not read.

    Tables come back inside a box that scrolls, their numbers marked for right alignment.
    """
    tree = BeautifulSoup(html, "html.parser")
    for text in tree.find_all(string=lambda node: isinstance(node, Comment | Doctype | ProcessingInstruction)):
        text.extract()
    for tag in tree.find_all(True):
        if tag.decomposed:
            continue
        if tag.name.lower() in DROPPED:
            tag.decompose()
        elif tag.name.lower() not in READ | DRAWN:
            tag.unwrap()
        else:
            tag.attrs = {name: value for name, value in tag.attrs.items() if _is_harmless(name.lower(), value)}
            if tag.name == "img" and not tag.get("src"):
                tag.decompose()
    for table in tree.find_all("table"):
        _mark_numbers(table)
        if not _in_box(table):
            table.wrap(tree.new_tag("div", attrs={"class": "wide"}))
    return str(tree)


def _mark_numbers(table: Tag) -> None:
    """Class "number" for cells that hold one, and for the heads of columns that hold nothing else."""
    columns: dict[int, list[bool]] = {}
    for row in table.find_all("tr"):
        for place, cell in enumerate(row.find_all(["td", "th"], recursive=False)):
            if cell.name == "td":
                words = cell.get_text(strip=True)
                is_number = bool(NUMBER.match(words) or INTERVAL.match(words)) or _has_class(cell, "number")
                columns.setdefault(place, []).append(is_number or words in NOTHING)
                if is_number:
                    _add_class(cell, "number")
    head = table.select_one("thead tr:last-of-type")
    for place, cell in enumerate(head.find_all("th", recursive=False) if head else []):
        if columns.get(place) and all(columns[place]):
            _add_class(cell, "number")


def _has_class(tag: Tag, name: str) -> bool:
    return name in (tag.get("class") or [])


def _add_class(tag: Tag, name: str) -> None:
    if not _has_class(tag, name):
        tag["class"] = [*(tag.get("class") or []), name]


def _is_harmless(name: str, value: str | list[str]) -> bool:
    value = " ".join(value) if isinstance(value, list) else value
    if name not in ATTRIBUTES:
        return False
    if name == "href":
        return bool(NEAR.match(value))
    if name == "src":
        return bool(PICTURE.match(value))
    return not FETCHES.search(value)


def _in_box(table: Tag) -> bool:
    return table.parent is not None and _has_class(table.parent, "wide")
