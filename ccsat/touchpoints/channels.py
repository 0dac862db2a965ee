"""Which level of which dimension is the phone, and which the online chat?"""

from __future__ import annotations

from collections.abc import Mapping

from ccsat.centre import Centre
from ccsat.engine import NULL_LEVEL
from ccsat.errors import ColumnError, listing

NAMES = {
    "phone": ("phone", "telephone", "voice", "call", "hotline", "tel", "电话", "热线", "语音", "语音热线"),
    "online": ("online", "chat", "web", "webchat", "app", "im", "internet", "livechat", "在线", "互联网", "在线客服", "网络", "文字"),
}  # fmt: skip
DIMS = ("channel", "touchpoint", "渠道", "触点")  # looked at before the others


def channel_cell(centre: Centre, kind: str) -> dict[str, list[str]]:
    """The cell of a channel: the dimension that has it, and its levels.

    Args:
        kind: "phone" or "online".

    Raises:
        ColumnError: No dimension has a level of a known name; it says which levels there are, and how to name the cell oneself.
    """
    seen = {}
    for dim in sorted(centre.dims, key=lambda name: (name.casefold() not in DIMS, centre.dims.index(name))):
        counts = centre.engine.marginals(centre.facts, [(dim,)], outcome=None)[(dim,)]
        levels = [str(level) for level in counts[dim] if level != NULL_LEVEL]
        found = [level for level in levels if level.strip().casefold().replace(" ", "") in NAMES[kind]]
        if found:
            return {dim: found}
        seen[dim] = levels
    shown = next((dim for dim in seen if dim.casefold() in DIMS), next(iter(seen), None))
    raise ColumnError("touch_channel", kind=kind, dim=shown or "–", levels=listing(seen.get(shown, ()), 12) or "–",
                      known=listing(NAMES[kind], 20))  # fmt: skip


def within(centre: Centre, kind: str, where: dict | None) -> dict:
    """The cell that was named, else the channel's own; an empty one means every contact."""
    return dict(channel_cell(centre, kind) if where is None else where)


def cell_words(cell: Mapping) -> str:
    """A cell as an error names it."""
    return (
        "; ".join(f"{dim}={'|'.join(levels) if isinstance(levels, list) else levels}" for dim, levels in cell.items())
        or "–"
    )
