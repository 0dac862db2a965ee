"""Markers of nbgrader and otter: hidden tests never reach a trainee, and marks that do not pair are errors with their line."""

import pytest
from test_workshop import HEAD, TASK, write

from ccsat.wording import speaking
from ccsat.workshop.build import solution, trainee
from ccsat.workshop.markers import all_tests, open_tests
from ccsat.workshop.source import SourceError, read_source, secrets

HIDDEN = "### BEGIN HIDDEN TESTS\nassert total == 499500\n### END HIDDEN TESTS"
CHECK = TASK + HIDDEN + "\nprint(total > 0)\n"


def test_hidden_tests_are_for_the_solution_only(tmp_path):
    source = read_source(write(tmp_path, HEAD + CHECK), root=tmp_path)
    shown = "\n".join(cell.source for cell in trainee(source, "en").cells)
    assert "499500" not in shown and "HIDDEN" not in shown and "print(total > 0)" in shown
    solved = "\n".join(cell.source for cell in solution(source, "en").cells)
    assert "assert total == 499500" in solved and "HIDDEN" not in solved
    assert "assert total == 499500" in secrets(source)


@pytest.mark.parametrize(("code", "open_code", "all_code"), [
    (HIDDEN, "", "assert total == 499500"),
    ("a\n  # BEGIN HIDDEN TESTS\n  b\n  # END HIDDEN TESTS\nc", "a\nc", "a\n  b\nc"),
    ("a  # BEGIN HIDDEN TESTS", "a  # BEGIN HIDDEN TESTS", "a  # BEGIN HIDDEN TESTS"),
])  # fmt: skip
def test_hidden_tests_come_out_and_stay_in(code, open_code, all_code):
    assert (open_tests(code), all_tests(code)) == (open_code, all_code)


@pytest.mark.parametrize(("code", "line", "words"), [
    ('""" # BEGIN PROMPT\ntotal = ...\ntotal = 3  # SOLUTION', 23, "BEGIN PROMPT without an END PROMPT"),
    ('total = ...\n"""; # END PROMPT\ntotal = 3  # SOLUTION', 24, "END PROMPT without a BEGIN PROMPT"),
    ('""" # BEGIN PROMPT\n""" # BEGIN PROMPT\nx = ...\n"""; # END PROMPT\ntotal = 3  # SOLUTION', 24, "BEGIN PROMPT inside the one of line 23"),
    ("total = 3  # SOLUTION\n### BEGIN HIDDEN TESTS\nx", 24, "BEGIN HIDDEN TESTS without an END"),
    ("total = 3  # SOLUTION\n### END HIDDEN TESTS", 24, "END HIDDEN TESTS without a BEGIN"),
    ("### BEGIN SOLUTION\n### BEGIN SOLUTION\ntotal = 3\n### END SOLUTION", 24, "inside the one of line 23"),
])  # fmt: skip
def test_marks_that_do_not_pair_are_told_with_their_line(tmp_path, code, line, words):
    path = write(tmp_path, HEAD + TASK.replace("total = sum(range(1000))  # SOLUTION", code))
    with speaking("en"), pytest.raises(SourceError) as refused:
        read_source(path, root=tmp_path)
    assert f"01_sum.py:{line}: " in str(refused.value) and words in str(refused.value)
