"""A trainer's case as a world's name in a team's folder: it makes the same world and does not say where the problem lies."""

from __future__ import annotations

from base64 import b32decode, b32encode
from hashlib import sha256

from ccsat.errors import CcsatError

SEAL = "case-"


def seal(world: str, options: str) -> str:
    """A world with options as one name that does not say what the options are, e.g. "S03_case-mzxw6...".

    It keeps a team from reading the cell in its own file. It is no secret: who has this package can open it.
    """
    if not options:
        return world
    veiled = bytes(a ^ b for a, b in zip(options.encode(), _mask(world, len(options.encode())), strict=True))
    return f"{world}_{SEAL}{b32encode(veiled).decode().rstrip('=').lower()}"


def unseal(name: str) -> tuple[str, str]:
    """World and options of a name; names without options as they are.

    Raises:
        CcsatError: It begins like a sealed name and is none.
    """
    world, mark, rest = str(name).partition(f"_{SEAL}")
    if not mark:
        return name, ""
    try:
        veiled = b32decode(rest.upper() + "=" * (-len(rest) % 8))
        return world.upper(), bytes(
            a ^ b for a, b in zip(veiled, _mask(world.upper(), len(veiled)), strict=True)
        ).decode()
    except (ValueError, UnicodeDecodeError):
        raise CcsatError("case_name", name=name) from None


def _mask(world: str, length: int) -> bytes:
    mask = b""
    while len(mask) < length:
        mask += sha256(f"ccsat case {world} {len(mask)}".encode()).digest()
    return mask[:length]
