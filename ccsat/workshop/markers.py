"""Where a solution stands in code, what a trainee gets in its place, and what is left in the model solution.

Understood: `### BEGIN SOLUTION` to `### END SOLUTION`, a line that ends in `# SOLUTION`, and otter's NO PROMPT and PROMPT.
"""

from __future__ import annotations

import re

BEGIN = re.compile(r"^\s*#+\s*BEGIN SOLUTION( NO PROMPT)?\s*$")
END = re.compile(r"^\s*#+\s*END SOLUTION( NO PROMPT)?\s*$")
PROMPT_BEGIN = re.compile(r'^\s*("""|\'\'\')\s*#\s*BEGIN PROMPT\s*$')
PROMPT_END = re.compile(r'^\s*("""|\'\'\')\s*;?\s*#\s*END PROMPT\s*$')
LINE = re.compile(r"^(?P<code>.*?\S)\s*#\s*SOLUTION(?P<silent> NO PROMPT)?\s*$")
ASSIGNED = re.compile(r"^(?P<left>\s*[\w.\[\]\"', ]+?\s*(:[^=]+)?=)(?!=)")


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
