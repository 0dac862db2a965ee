"""Where a solution stands in code, what a trainee gets in its place, and what is left in the model solution.

Understood: `### BEGIN SOLUTION` to `### END SOLUTION`, a line that ends in `# SOLUTION`, otter's NO PROMPT and PROMPT, and nbgrader's
`### BEGIN HIDDEN TESTS` to `### END HIDDEN TESTS` in any code cell.
"""

from __future__ import annotations

import re

BEGIN = re.compile(r"^\s*#+\s*BEGIN SOLUTION( NO PROMPT)?\s*$")
END = re.compile(r"^\s*#+\s*END SOLUTION( NO PROMPT)?\s*$")
PROMPT_BEGIN = re.compile(r'^\s*("""|\'\'\')\s*#\s*BEGIN PROMPT\s*$')
PROMPT_END = re.compile(r'^\s*("""|\'\'\')\s*;?\s*#\s*END PROMPT\s*$')
HIDDEN_BEGIN = re.compile(r"^\s*#+\s*BEGIN HIDDEN TESTS\s*$")
HIDDEN_END = re.compile(r"^\s*#+\s*END HIDDEN TESTS\s*$")
LINE = re.compile(r"^(?P<code>.*?\S)\s*#\s*SOLUTION(?P<silent> NO PROMPT)?\s*$")
ASSIGNED = re.compile(r"^(?P<left>\s*[\w.\[\]\"', ]+?\s*(:[^=]+)?=)(?!=)")


def open_tests(code: str) -> str:
    """The code without its hidden tests, as a trainee gets it."""
    kept, hidden = [], False
    for line in code.splitlines():
        if HIDDEN_BEGIN.match(line) or HIDDEN_END.match(line):
            hidden = bool(HIDDEN_BEGIN.match(line))
        elif not hidden:
            kept.append(line)
    return "\n".join(kept)


def all_tests(code: str) -> str:
    """The code with its hidden tests, their markers gone."""
    return "\n".join(line for line in code.splitlines() if not (HIDDEN_BEGIN.match(line) or HIDDEN_END.match(line)))


def marker_problems(code: str, first: int) -> list[tuple[int, str, dict[str, object]]]:
    """Prompts and hidden tests that are not closed, closed without an opening, or nested: line, key of the wording, values.

    Args:
        code: A cell's text.
        first: The line of the file on which it starts.
    """
    found: list[tuple[int, str, dict[str, object]]] = []
    for name, begin, end in (("PROMPT", PROMPT_BEGIN, PROMPT_END), ("HIDDEN TESTS", HIDDEN_BEGIN, HIDDEN_END)):
        opened = None
        for number, line in enumerate(code.splitlines(), first):
            if begin.match(line):
                if opened is not None:
                    found.append((number, "pair_nested", {"name": name, "opened": opened}))
                opened = number
            elif end.match(line):
                if opened is None:
                    found.append((number, "pair_end", {"name": name}))
                opened = None
        if opened is not None:
            found.append((opened, "pair_begin", {"name": name}))
    return found


def stub(code: str) -> str:
    """The code a trainee gets: each solution replaced by `...`."""
    kept: list[str] = []
    inside = prompt = False
    for line in code.splitlines():
        if PROMPT_BEGIN.match(line) or PROMPT_END.match(line):
            prompt = not prompt
        elif prompt:
            kept.append(line)
        elif start := BEGIN.match(line):
            inside = True
            if not start.group(1):
                kept.append(line[: len(line) - len(line.lstrip())] + "...")
        elif END.match(line):
            inside = False
        elif inside:
            continue
        elif mark := LINE.match(line):
            if not mark.group("silent"):
                left = ASSIGNED.match(mark.group("code"))
                indent = line[: len(line) - len(line.lstrip())]
                kept.append(f"{left.group('left')} ..." if left else f"{indent}...")
        else:
            kept.append(line)
    return "\n".join(kept)


def solved(code: str) -> str:
    """The code of the model solution: the markers gone, nothing else."""
    kept: list[str] = []
    prompt = False
    for line in code.splitlines():
        if PROMPT_BEGIN.match(line) or PROMPT_END.match(line):
            prompt = not prompt
        elif not (prompt or BEGIN.match(line) or END.match(line)):
            mark = LINE.match(line)
            kept.append(mark.group("code") if mark else line)
    return "\n".join(kept)
