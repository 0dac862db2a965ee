"""Answers on their way out of the sandbox: plain values only, bounded, in strict JSON that the other side can trust."""

from __future__ import annotations

import math
from collections.abc import Mapping

DEEPEST = 12
MOST_PARTS = 20_000
LONGEST = 20_000  # characters of one text
LARGEST = 10**30  # of a whole number


class Refused(Exception):
    """An answer that is not carried: `str(error)` is "large" or "nested"."""


class Opaque:
    """Stands for an answer of a type that no finding has, e.g. a figure or a function."""

    def __repr__(self) -> str:
        return type(self).__name__


def encode(answer: object) -> object:
    """An answer as strict JSON can hold it: numbers, text, lists and dicts; of anything else only its type's name.

    Raises:
        Refused: It is too large, or nested too deeply (one that holds itself is).
    """
    return _encode(answer, 0, [MOST_PARTS])


def _encode(value: object, depth: int, left: list[int]) -> object:
    left[0] -= 1
    if left[0] < 0:
        raise Refused("large")
    if depth > DEEPEST:
        raise Refused("nested")
    if value is None or value is ...:
        return None
    if (
        type(value).__module__.split(".")[0] in ("numpy", "pandas")
        and hasattr(value, "item")
        and not hasattr(value, "__len__")
    ):
        value = value.item()
    if isinstance(value, bool):
        return bool(value)
    if isinstance(value, int):
        if abs(value) > LARGEST:
            raise Refused("large")
        return int(value)
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else {"float": repr(float(value))}
    if isinstance(value, str):
        if len(value) > LONGEST:
            raise Refused("large")
        return str(value)
    if isinstance(value, Mapping):
        return {"dict": [[_encode(part, depth + 1, left) for part in pair] for pair in value.items()]}
    if isinstance(value, (set, frozenset)):
        value = sorted(value, key=repr)
    if hasattr(value, "__iter__") and not isinstance(value, (type, bytes, bytearray)):
        if hasattr(value, "__len__") and len(value) > MOST_PARTS:
            raise Refused("large")
        return [_encode(part, depth + 1, left) for part in value]
    return {"opaque": type(value).__name__[:60]}


def decode(carried: object) -> object:
    """The answer that was carried, whoever wrote it: plain values, or an `Opaque` of the type's name.

    Raises:
        Refused: It was not written by `encode`.
    """
    return _decode(carried, 0, [MOST_PARTS])


def _decode(value: object, depth: int, left: list[int]) -> object:
    left[0] -= 1
    if left[0] < 0:
        raise Refused("large")
    if depth > 2 * DEEPEST + 2:
        raise Refused("nested")
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode("utf-8")
    if isinstance(value, list):
        return [_decode(part, depth + 1, left) for part in value]
    if not isinstance(value, dict):
        return value
    match value:
        case {"float": str(number)} if number in ("nan", "inf", "-inf"):
            return float(number)
        case {"dict": list(pairs)} if all(isinstance(pair, list) and len(pair) == 2 for pair in pairs):
            return {_key(_decode(key, depth + 1, left)): _decode(part, depth + 1, left) for key, part in pairs}
        case {"opaque": str(name)}:
            return type("".join(c for c in name if c.isalnum() or c == "_")[:60] or "object", (Opaque,), {})()
    raise Refused("nested")


def _key(key: object) -> object:
    return key if isinstance(key, (str, int, float)) else str(key)
