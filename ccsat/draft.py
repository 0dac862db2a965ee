"""A study file as it is being written: its words, its names, and which columns have no part yet."""

from __future__ import annotations

import re

from ccsat.profiles import Profile
from ccsat.schema import COLUMNS, FLAG_FROM_TIME, NOT_A_NAME, RESERVED
from ccsat.toml_text import TomlText
from ccsat.wording import text


class Draft:
    """The study as it is being written; `free` are the columns that have no part yet."""

    def __init__(self, profiles: list[Profile], lang: str, dayfirst: bool | str) -> None:
        self.profiles, self.lang, self.dayfirst = profiles, lang, dayfirst
        self.toml = TomlText()
        self.several = len({p.table for p in profiles}) > 1
        self.named_ours = {
            p.name for p in profiles if self.several and (p.name in COLUMNS or p.name in FLAG_FROM_TIME.values())
        }
        self.free = {p.name for p in profiles} - self.named_ours
        self.names: set[str] = set()

    def say(self, key: str, **values: object) -> str:
        return text(f"init.{key}", self.lang, **values)

    def unsure(self, key: str, **values: object) -> str:
        return text("init.unsure", self.lang) + self.say(key, **values)

    def take(self, *profiles: Profile) -> None:
        self.free -= {p.name for p in profiles}

    def our_name(self, profile: Profile) -> str:
        """A short unique name for a dimension or metric: snake_case for ASCII, the column's own words else."""
        name = profile.name
        if name.isascii():
            name = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name)
            name = re.sub(r"[^A-Za-z0-9]+", "_", name).strip("_").lower() or f"column_{profile.position + 1}"
        base = name = f"by_{name}" if name in RESERVED or NOT_A_NAME.search(name) else name
        number = 2
        while name in self.names:
            name, number = f"{base}_{number}", number + 1
        self.names.add(name)
        return name
