"""Profiles of the columns to the text of a study: each part with what it was seen by and what is unsure."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from ccsat import draft_parts, guess, segments, times
from ccsat.calibers import DEFAULTS
from ccsat.draft import Draft
from ccsat.errors import DataError
from ccsat.periods import latest_comparison
from ccsat.profiles import Profile
from ccsat.study import Columns
from ccsat.wording import text


def write(*, name: str, lang: str, places: dict[str, str], registers: dict[str, str], spare: list[str], profiles: list[Profile],
          dayfirst: bool | str, notes: Iterable[tuple[str, dict]], set_aside: list[tuple[str, str, int]]) -> str:  # fmt: skip
    """The study's TOML text from the profiles of its columns: see `init.propose_study`."""
    new = Draft([p for p in profiles if p.table not in ("survey_reasons", "bill_items")], lang, dayfirst)
    rating = _rating(new)
    found = _roles(new, rating)
    orders, asked = _day_orders(new, found)
    reasons = None if "survey_reasons" in places else segments.guess_reasons(new.profiles, new.free)
    if reasons:
        new.take(*reasons.columns, *([reasons.column] if reasons.column else []))
    dims, metrics, left = segments.sort_columns(new.profiles, new.free)
    out = new.toml
    out.note(new.say("head", name=name))
    for key in ("changes", "actions", "targets"):
        if key in registers:
            out.put(key, registers[key], new.say(f"register_{key}"))
    out.table("study")
    out.put("name", name)
    out.put("lang", lang)
    _data(new, places, spare, notes, set_aside, orders, asked, rating, [*found["sub_ratings"], *metrics])
    _columns(new, rating, found)
    _scale(new, rating)
    dim_names = draft_parts.write_dimensions(new, dims, left, found.get("agent_id"))
    draft_parts.write_hierarchies(new, dims, dim_names)
    draft_parts.write_metrics(new, metrics, found, orders, left)
    draft_parts.write_reasons(new, reasons)
    _question(new, rating, found, orders, asked)
    _rest(new, registers, found, left)
    return str(out)


def _rating(new: Draft) -> guess.Rating:
    own = [p for p in new.profiles if new.several and p.name == "rating"]
    rating = guess.guess_rating(own or new.profiles)
    new.take(rating.profile)
    return rating


def _roles(new: Draft, rating: guess.Rating) -> dict:
    """The parts columns play, by our names; `sub_ratings` and `comment` are lists."""
    found: dict = {"sub_ratings": guess.guess_sub_ratings(rating, [p for p in new.profiles if p.name in new.free])}
    new.take(*found["sub_ratings"])
    ours = {p.name: p for p in new.profiles if p.name in new.named_ours}
    if new.several and {"at", "started_at", "answered_at"} & set(ours):
        found["at"] = next(ours[role] for role in ("at", "started_at", "answered_at") if role in ours)
        found |= {role: ours[role] for role in ("started_at", "responded_at", "ended_at") if role in ours}
    else:
        found |= guess.guess_times(rating, new.profiles)
    new.take(*(p for role, p in found.items() if isinstance(p, Profile)))
    known = {role for role in guess.IDS if role in ours}
    found |= {role: p for role, p in guess.guess_ids(new.profiles, new.free).items() if role not in known}
    flags, found["yes"], found["no"] = guess.guess_flags(new.profiles, new.free)
    found |= {role: p for role, p in flags.items() if role not in ours}
    new.take(*(p for p in found.values() if isinstance(p, Profile)))
    found["comment"] = [
        p for p in new.profiles if p.name in new.free and guess.is_comment(p) and not guess.is_identifier(p)
    ]
    new.take(*found["comment"])
    return found


def _day_orders(new: Draft, found: dict) -> tuple[dict[str, bool], str]:
    """Day first or not for each time column in use; and the columns that cannot tell, for the file to ask."""
    used = {p.name: p.text.rename(p.name) for p in found.values() if isinstance(p, Profile) and p.kind == "time"}
    try:
        return times.day_orders(used, new.dayfirst), ""
    except DataError as error:
        if error.key != "dates_ambiguous":
            raise
        return {}, str(error.values["columns"])


def _data(new: Draft, places: dict, spare: list, notes, set_aside: list, orders: dict, asked: str, rating: guess.Rating,
          metrics: list[Profile]) -> None:  # fmt: skip
    out = new.toml
    out.table("data", new.say("data"))
    for table, place in places.items():
        out.put(table, place)
    for file in spare:
        out.note(new.unsure("spare_file", file=file))
    for key, values in notes:
        out.note(text(key, new.lang, **values))
    for _, why, n in set_aside:
        out.note(new.say("set_aside", why=text(f"set_aside.{why}", new.lang), n=f"{n:,}"))
    told = {times.day_order(p.text.rename(p.name)) for p in new.profiles if p.name in orders} - {"iso"}
    if asked:
        out.put("dayfirst", "auto", new.unsure("dayfirst_unknown", columns=asked))
    elif isinstance(new.dayfirst, bool):
        out.put("dayfirst", new.dayfirst)
    elif len(set(orders.values())) == 1 and told:
        order = next(iter(orders.values()))
        out.put("dayfirst", order, new.say("dayfirst_told" if order else "monthfirst_told"))
    codes = {p.name: segments.missing_codes(p) for p in metrics}
    codes[rating.profile.name] = rating.missing
    codes = {column: values for column, values in codes.items() if values}
    if codes:
        out.put("missing", codes, new.unsure("missing"))


def _columns(new: Draft, rating: guess.Rating, found: dict) -> None:
    out = new.toml
    out.table("columns", new.say("columns"))
    for role in ("survey_id", "contact_id", "customer_id", "agent_id"):
        if role in found:
            profile = found[role]
            repeats = profile.filled - profile.distinct
            if role in ("survey_id", "contact_id") and repeats:
                out.put(role, profile.name, new.unsure("id_repeats", n=f"{repeats:,}"))
            else:
                out.put(role, profile.name, new.say("levels", n=f"{profile.distinct:,}"))
    for role in ("at", "clock", "started_at", "responded_at"):
        if role in found and found[role].name not in new.named_ours:
            share = f"{100 * found[role].missing:.1f}"
            lack = new.say("blank", share=share) if found[role].missing > 0.001 else ""
            untimed = role == "at" and guess.lacks_times(found[role], rating)
            words = f"{new.say(f'role_{role}')}{lack}"
            out.put(role, found[role].name, new.unsure("at_blank", words=words) if untimed else words)
    if "at" not in found:
        out.note(new.say("no_time"))
    if rating.profile.name != "rating" or not new.several:
        counts = " · ".join(f"{level}: {n:,}" for level, n in rating.counts.items())
        words = new.say("rating", counts=counts, missing=f"{100 * rating.profile.missing:.1f}")
        out.put("rating", rating.profile.name, words if rating.sure else new.unsure("rating_unsure", words=words))
    for role in guess.FLAGS:
        if role in found:
            out.put(role, found[role].name, new.say("flag", words="/".join(found[role].levels)))
    usual = Columns()
    if set(found["yes"]) - set(usual.yes) or set(found["no"]) - set(usual.no):
        out.put("yes", list(dict.fromkeys([*usual.yes, *found["yes"]])), new.say("yes_words"))
        out.put("no", list(dict.fromkeys([*usual.no, *found["no"]])))
    if found["comment"]:
        names = [p.name for p in found["comment"]]
        words = ", ".join(f"{100 * p.missing:.1f}%" for p in found["comment"])
        out.put("comment", names[0] if len(names) == 1 else names, new.say("comment", missing=words))
    if found["sub_ratings"]:
        out.put("sub_ratings", [p.name for p in found["sub_ratings"]], new.say("sub_ratings"))


def _scale(new: Draft, rating: guess.Rating) -> None:
    out = new.toml
    out.table("scale", new.say("scale"))
    out.put("rating", rating.scale, new.say(f"scale_{rating.scale}"))
    if rating.labels:
        out.put("labels", rating.labels, new.unsure("labels"))


def _question(new: Draft, rating: guess.Rating, found: dict, orders: dict, asked: str) -> None:
    out = new.toml
    out.table("question", new.say("question"))
    kpi = "nps" if rating.scale == "nps" else "satisfaction_rate"
    out.put("kpi", kpi, new.say("kpi"))
    out.put("caliber", DEFAULTS[kpi, rating.scale], new.say(f"caliber_{rating.scale}"))
    if asked:
        out.put("current", "last 7 days", new.unsure("periods_unknown"))
        out.put("baseline", "before")
    elif "at" not in found:
        out.note(new.say("level_question"))
        out.off("target", 0.9, new.say("target"))
    else:
        _periods(new, rating, found["at"], orders)
    out.off("dims", ["…"], new.say("dims"))
    out.put("min_n", 30, new.say("min_n"))


def _periods(new: Draft, rating: guess.Rating, at: Profile, orders: dict) -> None:
    out = new.toml
    stamps = times.to_time(at.text, orders.get(at.name, True))[0]
    if at.table == rating.profile.table:
        stamps = stamps[rating.profile.text.notna()]
    pair = latest_comparison(pd.Series(stamps))
    if pair is None:
        out.note(new.say("one_day"))
        out.off("target", 0.9, new.say("target"))
        return
    words = new.say(f"by_{pair.by}")
    out.put(
        "current", "/".join(day.isoformat() for day in pair.current), f"{words} {new.say('rated', n=f'{pair.n:,}')}"
    )
    out.put("baseline", "/".join(day.isoformat() for day in pair.baseline), new.say("rated", n=f"{pair.n_baseline:,}"))
    out.note(new.say("relative"))


def _rest(new: Draft, registers: dict, found: dict, left: list[segments.Left]) -> None:
    out = new.toml
    if "library" in registers:
        out.table("solution", new.say("solution"))
        out.put("library", registers["library"])
    hide = [found["customer_id"].name] if "customer_id" in found else []
    hide += [entry.profile.name for entry in left if entry.why == "identifier" and not guess.is_unnamed(entry.profile)]
    if hide:
        out.table("privacy", new.say("privacy"))
        out.put("hide", list(dict.fromkeys(hide)))
    rest = [entry for entry in left if entry.why in ("empty", "time", "identifier", "free_text")]
    if rest:
        out.note("")
        out.note(new.say("unused"))
        for entry in rest:
            out.note(
                "  "
                + new.say("left_column", column=entry.profile.name, why=new.say(f"left_{entry.why}", **entry.values))
            )
