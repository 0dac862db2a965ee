"""Records of the localiser's benchmark as one Markdown table, each number beside its bar."""

from __future__ import annotations

from collections import defaultdict

import numpy as np

ORDER = ("T", "DT", "B0 files", "B0", "RS", "csat", "nested", "unions", "drifting", "many", "many, two-step", "both", "every", "plain", "mix", "uniform",
         "drift", "rows 0", "rows 200")  # fmt: skip
SHOWN = {"B0 files": "B0, published files", "B0": "B0, drawn", "RS": "RS, real cases (development)", "every": "all ratings together", "plain": "null: plain", "mix": "null: mix only",
         "uniform": "null: all alike", "drift": "null: drift", "rows 0": "rows to result", "rows 200": "rows to result, 200 draws"}  # fmt: skip
NULLS = ("plain", "mix", "uniform", "drift")
RATED = ("csat", "nested", "unions", "drifting", "many", "many, two-step", "both")
HEAD = ("family", "ratings", "n", "F1", "top-1 exact", "recall, SNR >= 5", "a false cell", "told as such", "interval holds the truth",
        "SNR >= 8 stable", "closes to", "CPU s")  # fmt: skip
# (goal, minimum); larger is better but where noted
F1 = {("T", 0): (0.85, 0.80), ("DT", 0): (0.98, 0.95), ("B0 files", 0): (0.98, 0.96), ("B0", 0): (0.98, 0.96),
      ("csat", 50_000): (0.95, 0.88), ("csat", 10_000): (0.90, 0.85), ("csat", 2_000): (0.70, 0.62)}  # fmt: skip
TOP, RECALL, NAMED, STABLE = (0.65, 0.55), (0.98, 0.95), (0.99, 0.99), (0.95, 0.95)
ALARMS = {"plain": (0.05, 0.075), "mix": (0.05, 0.075), "uniform": (0.05, 0.075), "drift": (0.075, 0.12)}
COVERED = (0.92, 0.97)
CLOSES = 1e-9
CPU = {("T", 0): 0.05, ("csat", 50_000): 0.10, ("rows 0", 200_000): 0.5, ("rows 200", 200_000): 4.0}


def markdown(records: list[dict]) -> str:
    """One row a family and size; "all ratings together" pools what has one bar for all."""
    groups: dict[tuple[str, int], list[dict]] = defaultdict(list)
    for record in records:
        groups[record["family"], record["rows"]].append(record)
        if record["family"] in RATED and record["family"] != "many, two-step":
            groups["every", 0].append(record)
    lines = ["| " + " | ".join(HEAD) + " |", "|" + " --- |" * len(HEAD)]
    tally = {"✓": 0, "~": 0, "✗": 0}
    for family, rows in sorted(groups, key=lambda one: (ORDER.index(one[0]), -one[1])):
        cells = _row(family, rows, groups[family, rows])
        for cell in cells:
            for mark in tally:
                tally[mark] += cell.endswith(mark)
        lines.append("| " + " | ".join(cells) + " |")
    note = ("\n✓ goal met, ~ minimum met, ✗ missed; a number without a mark has no bar. Counts of their own in brackets. F1 is micro F1 on exact match. "
            f"{tally['✓']} marks ✓, {tally['~']} ~, {tally['✗']} ✗.\n")  # fmt: skip
    return "\n".join(lines) + "\n" + note


def _row(family: str, rows: int, box: list[dict]) -> list[str]:
    hits, found, planted = (sum(record[name] for record in box) for name in ("hits", "found", "planted"))
    null, timing = family in NULLS, family.startswith("rows")
    cells = [SHOWN.get(family, family), f"{rows:,}" if rows else "", str(len(box))]
    f1, top = 2 * hits / max(found + planted, 1), np.mean([record["top"] for record in box])
    cells.append("" if null or timing else _marked(f"{f1:.3f}", f1, F1.get((family, rows))))
    cells.append(_marked(f"{top:.3f}", top, TOP) if family == "RS" else "")
    cells.append("" if null else _share(box, "strong", RECALL))
    alarm = np.mean([record["alarm"] for record in box])
    cells.append(_marked(f"{alarm:.1%}", -alarm, tuple(-bar for bar in ALARMS[family])) if null else "")
    told = np.mean([record["verdict"] == "global" for record in box])
    cells.append(_marked(f"{told:.1%}", told, NAMED) if family == "uniform" else "")
    covered = [one for record in box for one in record["covered"]]
    inside = f" {'✓' if COVERED[0] <= np.mean(covered) <= COVERED[1] else '✗'}" if covered and family == "every" else ""
    cells.append(f"{np.mean(covered):.1%} ({len(covered)}){inside}" if covered else "")
    cells.append(_share(box, "steady", STABLE))
    closing = max(record["closing"] for record in box)
    cells.append(_marked(f"{closing:.0e}", -closing, (-CLOSES, -CLOSES)))
    seconds, bar = float(np.mean([record["cpu"] for record in box])), CPU.get((family, rows))
    cells.append(_marked(f"{seconds:.3f}", -seconds, None if bar is None else (-bar, -bar)))
    return cells


def _share(box: list[dict], name: str, bar: tuple[float, float]) -> str:
    seen = [one for record in box for one in record[name]]
    return _marked(f"{np.mean(seen):.1%} ({len(seen)})", float(np.mean(seen)), bar) if seen else ""


def _marked(text: str, value: float, bar: tuple[float, float] | None) -> str:
    if bar is None:
        return text
    goal, least = bar
    return f"{text} {'✓' if value >= goal else '~' if value >= least else '✗'}"
