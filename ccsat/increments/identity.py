"""What a stored sum is of: the data as described, the request, and the code that answered it, as one short key."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from datetime import date, datetime
from functools import cache
from numbers import Integral, Real
from pathlib import Path

import pandas as pd

PACKAGE = Path(__file__).resolve().parents[1]
ANSWERING = ("engine", "increments")  # packages whose code decides what a request means
KEY_LENGTH = 20
ALL_ROWS = re.compile(
    r"\s*SELECT\s+(?:\w+\.)?\*(?P<more>,.*?)?\s+FROM\s+(?P<base>\(.*\)\s+\w+|[\w.\"]+)(?P<where>\s+WHERE\s.*)?\s*",
    re.I | re.S,
)
ACROSS = re.compile(
    r"\b(OVER|JOIN|GROUP|DISTINCT|UNION|INTERSECT|EXCEPT|LIMIT|OFFSET|HAVING|ORDER|QUALIFY|RANDOM|NOW|CURRENT_\w+)\b",
    re.I,
)


@cache
def code_print() -> str:
    """A digest of the code that answers requests: another code, another sum."""
    digest = hashlib.sha256()
    for package in ANSWERING:
        for file in sorted((PACKAGE / package).rglob("*.py")):
            digest.update(file.relative_to(PACKAGE).as_posix().encode() + b"\0" + file.read_bytes())
    return digest.hexdigest()[:12]


def described(source: str, request: Mapping[str, object], *, scope: str) -> str:
    """A specification as text: the source's text, the request, the data's scope, the code."""
    entry = {"source": source, "request": plain(request), "scope": scope, "code": code_print()}
    return json.dumps(entry, ensure_ascii=False, sort_keys=True, indent=1)


def key_of(text: str) -> str:
    """A specification's name in the store: the head of its SHA-256."""
    return hashlib.sha256(text.encode("utf-8")).hexdigest()[:KEY_LENGTH]


def plain(value: object) -> object:
    """A value as JSON that tells 1 from "1", true and 1.0, whatever library it comes from."""
    if isinstance(value, Mapping):
        return {str(name): plain(one) for name, one in value.items()}
    if isinstance(value, str):
        return value
    if pd.api.types.is_list_like(value):
        ordered = list(value) if not isinstance(value, (set, frozenset)) else sorted(value, key=repr)
        return [plain(one) for one in ordered]
    if value is None or pd.isna(value):
        return None
    if isinstance(value, bool) or type(value).__name__ in ("bool_", "bool"):
        return {"flag": bool(value)}
    if isinstance(value, Integral):
        return {"whole": int(value)}
    if isinstance(value, Real):
        return {"number": repr(float(value))}
    if isinstance(value, (date, datetime)):
        return {"time": value.isoformat()}
    return {"other": repr(value)}


def base_of(source: str) -> str:
    """The source that another adds columns to, or takes rows from, row by row; itself where the text may do more than that.

    Such a text gives of a day what the day's rows of its base give, so the base's state tells whether a day has changed.
    """
    text = source.strip().rstrip(";")
    while (found := ALL_ROWS.fullmatch(text)) is not None:
        own = f"{found['more'] or ''} {found['where'] or ''}"
        base = found["base"].strip()
        if ACROSS.search(own) or re.search(r"\bSELECT\b", own, re.I) or not base.startswith("("):
            break
        inner = base[1 : base.rindex(")")]
        if not _balanced(inner):
            break
        text = inner.strip()
    return text


def _balanced(text: str) -> bool:
    """Whether brackets that open also close, in order, outside quotes."""
    depth, quote = 0, ""
    for letter in text:
        if quote:
            quote = "" if letter == quote else quote
        elif letter in "'\"":
            quote = letter
        elif letter == "(":
            depth += 1
        elif letter == ")":
            depth -= 1
            if depth < 0:
                return False
    return depth == 0 and not quote
