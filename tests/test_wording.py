"""Every word exists in both languages, fills the same blanks, and every key the code names is there."""

import ast
import re
import string
from pathlib import Path

import pytest

from ccsat.wording import (
    catalogue,
    interval,
    kpi_value,
    language,
    p_value,
    percent,
    points,
    set_language,
    speaking,
    term,
    text,
)

PACKAGE = Path(__file__).resolve().parents[1] / "ccsat"


def blanks(words):
    return {name for _, name, _, _ in string.Formatter().parse(words) if name is not None}


def literal_keys():
    """Keys that the code names outright: `text("key")` and `SomeError("key")`."""
    for file in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if (
                isinstance(node, ast.Call)
                and node.args
                and isinstance(node.args[0], ast.Constant)
                and isinstance(node.args[0].value, str)
            ):
                name = getattr(node.func, "id", getattr(node.func, "attr", ""))
                if name == "text" and isinstance(node.func, ast.Name):
                    yield file.name, node.args[0].value
                elif name.endswith("Error") and name not in (
                    "ValueError",
                    "AttributeError",
                    "KeyError",
                    "TypeError",
                    "RuntimeError",
                    "OSError",
                    "ValidationError",
                ):
                    yield file.name, f"error.{node.args[0].value}.problem"
            if (
                isinstance(node, ast.Tuple)
                and node.elts
                and isinstance(node.elts[0], ast.Constant)
                and str(node.elts[0].value).startswith(("caveat.", "note."))
            ):
                yield file.name, node.elts[0].value


def test_both_languages_say_every_key_with_the_same_blanks():
    wrong = [
        key
        for key, words in catalogue().items()
        if not words.get("zh") or not words.get("en") or blanks(words["zh"]) != blanks(words["en"])
    ]
    assert wrong == []


def test_chinese_words_are_chinese():
    plain = [
        key
        for key, words in catalogue().items()
        if words["en"] != words["zh"]
        and re.search(r"[a-z]{4}", re.sub(r"{.*?}", "", words["en"]))
        and not re.search(r"[\u4e00-\u9fff]", words["zh"])
        and not key.startswith("term.")
    ]
    assert plain == [], "these are not translated"


def test_errors_say_what_to_try():
    problems = {key.rsplit(".", 1)[0] for key in catalogue() if key.startswith("error.") and key.endswith(".problem")}
    fixes = {key.rsplit(".", 1)[0] for key in catalogue() if key.startswith("error.") and key.endswith(".fix")}
    assert problems == fixes and len(problems) > 50


def test_every_key_the_code_names_is_there():
    missing = {(file, key) for file, key in literal_keys() if key not in catalogue()}
    assert missing == set()


def test_the_language_changes_words_and_comes_back():
    before = language()
    with speaking("zh"):
        assert term("satisfaction_rate") == "满意率" and text("period.current") == "当期"
    assert language() == before
    with pytest.raises(ValueError, match="fr"):
        set_language("fr")


@pytest.mark.parametrize(("shown", "expected"), [
    (percent(0.9467), "94.7%"), (kpi_value(0.9467, "rate"), "94.67%"), (kpi_value(4.24761, "raw"), "4.2476"),
    (kpi_value(0.35, "nps"), "35.0"), (points(-0.0144, "rate"), "-1.44"), (points(2.5, "score"), "+2.50"),
    (interval(0.93, 0.95, "rate"), "[93.00%, 95.00%]"), (p_value(0.0004), "<0.001"), (percent(None), "–"),
    (points(float("nan"), "rate"), "–"),
])  # fmt: skip
def test_numbers_are_rounded_where_they_are_shown(shown, expected):
    assert shown == expected
