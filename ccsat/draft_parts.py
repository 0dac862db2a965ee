"""What divides, measures and explains the ratings, written into the draft of a study."""

from __future__ import annotations

from ccsat import segments
from ccsat.draft import Draft
from ccsat.errors import listing
from ccsat.orders import level_order
from ccsat.profiles import Profile
from ccsat.study import OWNERS

MOST_AGENTS = 30  # agents that may also be a dimension


def write_dimensions(
    new: Draft, dims: list[Profile], left: list[segments.Left], agent: Profile | None
) -> dict[str, str]:
    """Writes the dimensions; returns their names by column."""
    out = new.toml
    out.table("dimensions", new.say("dimensions"))
    names: dict[str, str] = {}
    agents = [agent] if agent is not None and 2 <= agent.distinct <= MOST_AGENTS else []
    for profile in [*agents, *dims]:
        name = names[profile.name] = new.our_name(profile)
        order = level_order(profile.levels, name_is_ordered=profile.says(segments.ORDERED))
        words = _about(new, profile)
        if order and order[1]:
            out.put(name, {"column": profile.name, "levels": order[0]}, f"{new.say('ordered')}{words}")
        else:
            out.put(name, profile.name, words)
            if order:
                out.off(name, {"column": profile.name, "levels": order[0]}, new.unsure("order_unsure"))
    many = [entry for entry in left if entry.why in ("many", "missing", "constant", "too_many")]
    for entry in many:
        if entry.profile.kind == "text" or segments.is_coded(entry.profile):
            out.off(new.our_name(entry.profile), entry.profile.name, new.say(f"left_{entry.why}", **entry.values))
    if agent is not None and not agents:
        out.note(new.say("agents_not_dimension", column=agent.name, n=f"{agent.distinct:,}"))
    return names


def _about(new: Draft, profile: Profile) -> str:
    words = new.say("levels", n=profile.distinct)
    if segments.only_yes(profile):
        words = new.say("blank_is_no", share=f"{100 * profile.missing:.1f}")
    elif profile.missing > 0.001:
        words += new.say("blank", share=f"{100 * profile.missing:.1f}")
    folded: dict[str, list[str]] = {}
    for level in profile.levels:
        folded.setdefault(level.casefold(), []).append(level)
    twins = [" / ".join(same) for same in folded.values() if len(same) > 1]
    return f"{words} {new.unsure('case_twins', levels='; '.join(twins[:3]))}" if twins else words


def write_hierarchies(new: Draft, dims: list[Profile], names: dict[str, str]) -> None:
    """Writes the chains coarse to fine among the dimensions."""
    chains = segments.find_hierarchies(dims)
    if not chains:
        return
    new.toml.table("hierarchies", new.say("hierarchies"))
    for chain, broken in chains:
        words = new.unsure("hierarchy_broken", n=f"{broken:,}") if broken else ""
        new.toml.put(f"{names[chain[0].name]}_tree", [names[p.name] for p in chain], words)


def write_metrics(new: Draft, metrics: list[Profile], found: dict, orders: dict, left: list[segments.Left]) -> None:
    """Writes the metrics: spans between times, durations, numbers; those left out stand commented."""
    spans = [("response_min", "started_at", "responded_at"), ("handling_min", "responded_at", "ended_at"),
             ("total_min", "started_at", "ended_at")]  # fmt: skip
    spans = [
        (name, found[a], found[b]) for name, a, b in spans if a in found and b in found and found[a] is not found[b]
    ]
    out = new.toml
    if spans or metrics:
        out.table("metrics", new.say("metrics"))
    for name, start, end in spans:
        new.names.add(name)
        words = new.say("span")
        if start.table == end.table and orders:
            negative, midnight = segments.negative_and_midnight(start, end, orders)
            if negative:
                words = new.unsure("span_negative", n=f"{negative:,}", midnight=f"{midnight:,}")
        out.put(name, {"start": start.name, "end": end.name}, words)
    for profile in metrics:
        lack = new.say("blank", share=f"{100 * profile.missing:.1f}") if profile.missing > 0.001 else ""
        if profile.kind == "clock":
            out.put(new.our_name(profile), {"column": profile.name, "kind": "duration"}, new.say("duration") + lack)
        else:
            out.put(new.our_name(profile), profile.name, lack.lstrip("; ；"))
    for entry in left:
        number = entry.profile.kind == "number" and not segments.is_coded(entry.profile)
        if number and entry.why in ("missing", "constant", "copy"):
            out.off(new.our_name(entry.profile), entry.profile.name, new.say(f"left_{entry.why}", **entry.values))
        elif entry.why == "copy":
            out.note(new.say("left_column", column=entry.profile.name, why=new.say("left_copy", **entry.values)))


def write_reasons(new: Draft, reasons: segments.ReasonGuess | None) -> None:
    """Writes the reasons, and where their owners go."""
    out = new.toml
    if reasons is None:
        return
    out.table("reasons", new.say("reasons"))
    if reasons.columns:
        if len(reasons.groups) > 1:
            for number, group in enumerate(reasons.groups, 1):
                out.note(new.unsure("reason_group", number=number, columns=listing((p.name for p in group), 4)))
        out.put("columns", [p.name for p in reasons.columns])
        out.put("coding", reasons.coding, new.say(f"coding_{reasons.coding}"))
        if reasons.contradicts:
            out.put("contradicts", reasons.contradicts, new.say("contradicts"))
    else:
        out.put("column", reasons.column.name)
        out.put("separator", reasons.separator)
    out.table("owners", new.say("owners"))
    out.note(new.say("owners_how", owners=", ".join(OWNERS)))
