"""The workshop's machinery: markers, both languages, no leaks, builds that notice an edit."""

import shutil
from pathlib import Path

import nbformat
import pytest

from ccsat.wording import LANGUAGES, catalogue, speaking
from ccsat.workshop.build import build_workshop, trainee
from ccsat.workshop.execute import SolutionError
from ccsat.workshop.markers import solved, stub
from ccsat.workshop.source import SourceError, read_source, read_sources, secrets

ROOT = Path(__file__).resolve().parents[1]
SOURCES = read_sources(ROOT)

HEAD = """# %% [markdown] tags=["zh"]
# # 多少？

# %% [markdown] tags=["en"]
# # How many?

# %% tags=["parameters"]
lang: str = "zh"  # zh | en

# %% [markdown] tags=["zh", "task"]
# 求和。

# %% [markdown] tags=["en", "task"]
# Add up.

# %% [markdown] tags=["zh", "hint-1"]
# 想想。

# %% [markdown] tags=["en", "hint-1"]
# Think.

"""
TASK = """# %% tags=["answer"] name="total" points=2
total = sum(range(1000))  # SOLUTION

# %% tags=["check"]
print(lang, total)
"""
TRAINER = """
# %% [markdown] tags=["zh", "instructor"]
# 留意：range 不含末尾一项。

# %% [markdown] tags=["en", "instructor"]
# Watch out: the range leaves its end out.
"""


def write(root: Path, text: str, name: str = "01_sum.py") -> Path:
    path = root / "workshop" / "source" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def built(tmp_path_factory) -> Path:
    root = tmp_path_factory.mktemp("workshop")
    write(root, HEAD + TASK + TRAINER)
    write(root, HEAD.replace(', "task"', "").replace(', "hint-1"', "") + "# %%\nprint(lang)\n", "traces/02_daily.py")
    build_workshop(root)
    return root


# Markers -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "trainee_code", "solution_code"),
    [
        ("x = f(1)  # SOLUTION", "x = ...", "x = f(1)"),
        ("x: dict = {'a': 1}  # SOLUTION", "x: dict = ...", "x: dict = {'a': 1}"),
        ("x == 3  # SOLUTION", "...", "x == 3"),
        ("f(a=1) # SOLUTION", "...", "f(a=1)"),
        ("    return x  # SOLUTION", "    ...", "    return x"),
        ("x = 1  # SOLUTION NO PROMPT", "", "x = 1"),
        ("a\n### BEGIN SOLUTION\nb\nc\n### END SOLUTION\nd", "a\n...\nd", "a\nb\nc\nd"),
        ("  # BEGIN SOLUTION\n  b\n  # END SOLUTION", "  ...", "  b"),
        ("# BEGIN SOLUTION NO PROMPT\nb\n# END SOLUTION", "", "b"),
        (
            '""" # BEGIN PROMPT\nx = ...\n"""; # END PROMPT\n# BEGIN SOLUTION NO PROMPT\nx = 1\n# END SOLUTION',
            "x = ...",
            "x = 1",
        ),
        (
            "x = 1  # the solution is elsewhere",
            "x = 1  # the solution is elsewhere",
            "x = 1  # the solution is elsewhere",
        ),
    ],
)
def test_a_solution_becomes_a_stub(code, trainee_code, solution_code):
    assert stub(code) == trainee_code
    assert solved(code) == solution_code


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        (HEAD + TASK.replace("total = ", "### BEGIN SOLUTION\ntotal = "), 23, "without an END SOLUTION"),
        (HEAD + TASK.replace("print", "### END SOLUTION\nprint"), 26, "without a BEGIN SOLUTION"),
        (HEAD + TASK.replace("total = ", "# BEGIN SOLUTION\n# BEGIN SOLUTION\ntotal = "), 24, "inside the one of line 23"),
        (HEAD + TASK.replace("  # SOLUTION", ""), 22, "trainees would see the answer"),
        (HEAD.replace('tags=["en", "hint-1"]', 'tags=["en"]') + TASK, 16, "followed at once by its en partner"),
        (HEAD.replace('["zh", "hint-1"]', '["hint-1"]') + TASK, 16, "tagged zh or en"),
        (HEAD + TASK.replace('"check"', '"chekc"'), 25, "perhaps: check"),
        (HEAD.replace("hint-1", "hint-3") + TASK, 16, "hint-1, hint-2, hint-3"),
        (HEAD + TASK.split("# %% tags=[\"check\"]")[0], 22, "no answer and check yet"),
        (HEAD.replace('"parameters"', '"hide"') + TASK, 1, "exactly one cell is tagged parameters"),
    ],
)  # fmt: skip
def test_a_wrong_source_is_refused_with_its_line(tmp_path, text, line, words):
    path = write(tmp_path, text)
    with speaking("en"), pytest.raises(SourceError) as refused:
        read_source(path, root=tmp_path)
    assert f"01_sum.py:{line}: " in str(refused.value)
    assert words in str(refused.value)


def test_all_problems_come_at_once(tmp_path):
    text = (HEAD + TASK).replace('"check"', '"chekc"').replace("  # SOLUTION", "")
    with pytest.raises(SourceError) as refused:
        read_source(write(tmp_path, text), root=tmp_path)
    assert str(refused.value).count("01_sum.py:") >= 2


# Builds --------------------------------------------------------------------------------------


def read(path: Path):
    return nbformat.read(path, as_version=4)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_trainee_gets_no_answer_and_no_output(built, lang):
    notebook = read(built / f"notebooks/{lang}/01_sum.ipynb")
    nbformat.validate(notebook)
    code = "\n".join(cell.source for cell in notebook.cells)
    assert "total = ..." in code
    assert f'lang: str = "{lang}"' in code
    assert ("求和" in code) == (lang == "zh")
    assert "<details>" in code
    assert not any(cell.get("outputs") for cell in notebook.cells)
    assert "jupytext" not in notebook.metadata
    assert notebook.metadata.kernelspec == {
        "display_name": "Python 3 (ipykernel)",
        "language": "python",
        "name": "python3",
    }
    ids = [cell.id for cell in notebook.cells]
    assert len(set(ids)) == len(ids)
    assert "total" in ids


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_solution_is_executed_without_times(built, lang):
    notebook = read(built / f"workshop/solutions/{lang}/01_sum.ipynb")
    assert [cell.outputs[0].text for cell in notebook.cells if "check" in cell.metadata.get("tags", [])] == [
        f"{lang} 499500\n"
    ]
    assert not any("execution" in cell.metadata for cell in notebook.cells)
    assert "version" not in notebook.metadata.language_info


def test_a_scheduled_notebook_has_no_solution(built):
    assert (built / "notebooks/traces/en/02_daily.ipynb").is_file()
    assert not (built / "workshop/solutions/en/02_daily.ipynb").exists()


def test_the_trainers_words_are_a_page_of_their_own(built):
    assert "Watch out" in (built / "workshop/guide/en/01_sum.md").read_text(encoding="utf-8")
    assert "Watch out" not in (built / "workshop/solutions/en/01_sum.ipynb").read_text(encoding="utf-8")


def test_two_builds_are_the_same_bytes(built, tmp_path):
    shutil.copytree(built / "workshop/source", tmp_path / "workshop/source")
    for path in build_workshop(tmp_path).files:
        assert (tmp_path / path).read_bytes() == (built / path).read_bytes(), path


@pytest.mark.parametrize(
    ("path", "before", "after"),
    [
        ("notebooks/zh/01_sum.ipynb", "total = ...", "total = 3"),
        ("notebooks/traces/en/02_daily.ipynb", "print(lang)", "print(lang )"),
        ("workshop/guide/en/01_sum.md", "Watch", "watch"),
        ("workshop/solutions/en/01_sum.ipynb", "sum(range(1000))", "sum(range(1001))"),
        ("workshop/solutions/en/01_sum.ipynb", "en 499500", "en 499501"),
    ],
)
def test_check_names_the_file_that_was_edited(built, tmp_path, path, before, after):
    root = tmp_path / "copy"
    shutil.copytree(built, root)
    assert before in (root / path).read_text(encoding="utf-8")
    (root / path).write_text((root / path).read_text(encoding="utf-8").replace(before, after), encoding="utf-8")
    assert build_workshop(root, check=True).differing == (path,)


def test_check_names_what_is_missing_and_what_has_no_source(built, tmp_path):
    root = tmp_path / "copy"
    shutil.copytree(built, root)
    (root / "notebooks/zh/01_sum.ipynb").unlink()
    (root / "workshop/source/traces/02_daily.py").unlink()
    (root / "notebooks/zh/mine.ipynb").write_text(
        nbformat.writes(nbformat.v4.new_notebook())
    )  # a person's own: left alone
    differing = build_workshop(root, check=True, run=False).differing
    assert differing == (
        "notebooks/traces/en/02_daily.ipynb",
        "notebooks/traces/zh/02_daily.ipynb",
        "notebooks/zh/01_sum.ipynb",
    )


def test_a_build_that_does_not_run_keeps_outputs(built, tmp_path):
    root = tmp_path / "copy"
    shutil.copytree(built, root)
    build_workshop(root, run=False)
    path = "workshop/solutions/zh/01_sum.ipynb"
    assert (root / path).read_bytes() == (built / path).read_bytes()


def test_a_failing_solution_is_named_with_its_cell_and_nothing_is_written(tmp_path):
    write(tmp_path, HEAD + TASK.replace("sum(range(1000))", "sum(rang(1000))"))
    with speaking("en"), pytest.raises(SolutionError, match=r"zh/01_sum.ipynb failed in cell 'total': NameError"):
        build_workshop(tmp_path)
    assert not (tmp_path / "notebooks").exists()


def test_a_hint_that_gives_the_solution_away_is_refused(tmp_path):
    source = read_source(write(tmp_path, HEAD.replace("Think.", "total = sum(range(1000))") + TASK), root=tmp_path)
    with pytest.raises(SourceError, match="01_sum.py:22"):
        trainee(source, "en")


# The committed sources -----------------------------------------------------------------------


def everything_said(notebook) -> str:
    return "\n".join([nbformat.writes(notebook), *(cell.source for cell in notebook.cells)])


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.name)
def test_no_solution_leaks(source, lang):
    said = everything_said(trainee(source, lang))
    modules = "\n".join(path.read_text(encoding="utf-8") for path in sorted((ROOT / "ccsat").rglob("*.py")))
    for secret in secrets(source):
        assert secret not in said
        assert secret not in modules


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.name)
def test_both_languages_have_the_same_cells(source):
    zh, en = source.in_language("zh"), source.in_language("en")
    assert [(cell.kind, cell.name, set(cell.tags) - {"zh"}) for cell in zh] == [
        (cell.kind, cell.name.removesuffix("_en"), set(cell.tags) - {"en"}) for cell in en
    ]
    assert [cell.text for cell in zh if cell.lang is None] == [cell.text for cell in en if cell.lang is None]


def test_what_is_committed_is_what_the_sources_build():
    """Cells only, so that it is quick; `ccsat workshop build --check` and nbval run the solutions too."""
    assert build_workshop(ROOT, check=True, run=False).differing == ()


@pytest.mark.parametrize("key", [key for key in catalogue() if key.startswith("workshop.")])
def test_every_word_is_in_both_languages(key):
    assert all(catalogue()[key].get(lang, "").strip() for lang in LANGUAGES)
