"""What ccsat raises on purpose: one message, in the reader's language, with one thing to try."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

from ccsat.wording import language, speaking, text


class Words:
    """Words of the catalogue as a value of an error: said in the language in which the error is shown."""

    def __init__(self, key: str, /, **values: object):
        self.key, self.values = key, values

    def __str__(self) -> str:
        return text(self.key, **self.values)


class Joined:
    """Several words as one value of an error; `between` is what stands between them."""

    def __init__(self, parts: Iterable[object], between: object):
        self.parts, self.between = tuple(parts), between

    def __str__(self) -> str:
        return str(self.between).join(dict.fromkeys(map(str, self.parts)))


class CcsatError(Exception):
    """Says what is wrong with the values seen, what is allowed, and one thing to try.

    `key` names two entries of the wording catalogue, `error.KEY.problem` and `error.KEY.fix`;
    `values` fill both. The words follow the language in force when the error is shown.
    """

    exit_code = 2

    def __init__(self, key: str, /, **values: object):
        super().__init__(key, values)
        self.key = key
        self.values = values

    def message(self, lang: str | None = None) -> str:
        """The message in a language: the problem, then what to try."""
        lang = lang or language()
        with speaking(lang):
            problem = text(f"error.{self.key}.problem", **self.values)
            fix = text(f"error.{self.key}.fix", **self.values)
            return f"{problem}\n  {text('error.try')}{fix}"

    def __str__(self) -> str:
        return self.message()


class StudyError(CcsatError):
    """The study file, a parameter or a path is wrong."""


class DataError(CcsatError):
    """The data cannot be read, or not as declared."""


class ColumnError(DataError):
    """A column is missing or cannot play its role."""


class ScaleError(CcsatError):
    """A statistic was asked of a scale that does not allow it."""


class CaliberError(CcsatError):
    """A KPI was asked under a way of counting that does not fit, or two ways were mixed."""


class LedgerError(CcsatError):
    """Rows that do not add up to their total."""

    exit_code = 1


class EngineError(CcsatError):
    """The engine refused or could not be reached."""


class RunError(CcsatError):
    """A run could not be carried out."""

    exit_code = 1


class NoDataError(CcsatError):
    """The asked period has not arrived."""

    exit_code = 5


class LockedError(CcsatError):
    """Another run of the same study is under way."""

    exit_code = 75


class TimeLimitError(CcsatError):
    """A run took longer than its limit."""

    exit_code = 4


def suggestion(name: str, known: object) -> str:
    """The nearest known name, for "did you mean": empty when none is near."""
    near = get_close_matches(str(name), [str(item) for item in known], n=1, cutoff=0.6)
    return near[0] if near else ""


def listing(names: object, most: int = 12) -> str:
    """Names for a message: quoted, at most a dozen, then how many more."""
    names = [str(name) for name in names]
    shown = ", ".join(f"'{name}'" for name in names[:most])
    return shown + (f" … (+{len(names) - most})" if len(names) > most else "")
