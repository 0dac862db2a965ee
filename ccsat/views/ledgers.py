"""Accounts in tables: points by reason and owner, fair targets, the five errors, the cause tree."""

from __future__ import annotations

import math

from ccsat.ledgers.five_errors import FiveErrors
from ccsat.results import Ledger
from ccsat.stages.cause_tree import CauseTree
from ccsat.trace import Trace
from ccsat.tracetable import cell_words
from ccsat.views.view import Fold, View, full_stop, sentences, stack, table
from ccsat.wording import count, interval, percent, points, term, text

MOST_TREES = 3
STANDINGS = ("supported", "ruled_out")


def show_reasons(ledger: Ledger) -> View:
    """The deduction ledger by reason or owner, closed by its total."""
    unit, named = ledger.unit, "label" if "label" in ledger.table else "owner"
    rows = [(term(str(r[named])), count(r["mentions"]) if "mentions" in r else "", points(r["points"], unit, sign=False), span(r["lower"], r["upper"], unit),
             percent(r["share"]), term(r["owner"]) if "label" in r and r["owner"] else "") for _, r in ledger.table.iterrows()]  # fmt: skip
    rows.append((text("view.total"), "", points(ledger.total, unit, sign=False), "", percent(1.0), ""))
    return table(("reason" if named == "label" else "owner", "mentions", "points_lost", "interval", "share", "owner_class"), rows,
                 ("mentions", "points_lost", "interval", "share"))  # fmt: skip


def show_reasons_of(trace: Trace) -> Fold | None:
    """The deduction by reason with its owner, or how to name owners; None without reasons, or where the data stopped the trace."""
    ledger = trace.ledgers.get("reason")
    if ledger is None or ledger.table.empty or trace.stopped:
        return None
    return stack(show_reasons(ledger), show_owners_asked(trace))


def span(lower: float, upper: float, unit: str) -> str:
    """An interval of points without signs; a dash where there is none."""
    if lower is None or upper is None or math.isnan(lower) or math.isnan(upper):
        return "–"
    return f"[{points(lower, unit, sign=False)}, {points(upper, unit, sign=False)}]"


def show_owners_asked(trace: Trace) -> View | None:
    """Where the study names no owners, how to name them."""
    ledger = trace.ledgers.get("owner")
    if ledger is None or not set(ledger.table["owner"]) <= {"mixed", "unstated"}:
        return None
    return sentences([text("view.no_owners")])


def show_fair(ledger: Ledger | None) -> View | None:
    """What each owner would have to win for the target, with its interval, closed by what nobody can be asked for."""
    if ledger is None or len(ledger.table) < 2:
        return None
    unit = ledger.unit
    rows = [(term(r["owner"]), points(r["controllable"], unit, sign=False), percent(r["controllable_share"]), points(r["points"], unit),
             interval(r["lower"], r["upper"], unit, of="points") if "lower" in r else "") for r in ledger.table.to_dict("records")]  # fmt: skip
    rows.append((text("view.total"), "", "", points(ledger.total, unit), ""))
    return table(("owner", "points_lost", "share", "to_win", "interval"), rows, ("points_lost", "share", "to_win", "interval"))  # fmt: skip


def show_errors(errors: FiveErrors | None) -> Fold | None:
    """The points lost over the five errors, closed, with how far another order of looking would move each, and what to mind."""
    if errors is None or errors.table.empty:
        return None
    unit, rows = errors.unit, []
    for r in errors.table.to_dict("records"):
        told = bool(r["testable"])
        rows.append((error_name(r["error"]), count(r["n"]) if told else "–", points(r["points"], unit, sign=False) if told else text("view.untold"),
                     span(r["lower"], r["upper"], unit) if told else "–", percent(r["share"]) if told else "–",
                     span(r["points_least"], r["points_most"], unit) if told else "–"))  # fmt: skip
    rows.append((text("view.total"), count(errors.table["n"].sum()), points(errors.total, unit, sign=False), "", percent(1.0), ""))  # fmt: skip
    keys = ("error", "surveys", "points_lost", "interval", "share", "over_orders")
    return stack(table(keys, rows, keys[1:]), minded(errors))


def minded(answer: Ledger) -> View | None:
    """An answer's caveats."""
    return sentences([full_stop(text(key, **values)) for key, values in answer.caveats]) if answer.caveats else None


def error_name(error: str) -> str:
    """One of the five errors, or what none explains, by name."""
    return term(error if error == "unexplained" else f"{error}_gap")


def show_tree(trace: Trace) -> Fold | None:
    """The located cells' points over the branches of the cause tree: what has support, what was tested, what cannot be."""
    tree = trace.tree
    if tree is None or tree.branches.empty:
        return None
    names = {row.rank: cell_words(row.where) for row in trace.where.cells.itertuples()}
    return stack(*(_tree_of(tree, rank, name) for rank, name in list(names.items())[:MOST_TREES]), minded(tree))


def _tree_of(tree: CauseTree, rank: int, cell: str) -> View:
    unit, rows = tree.unit, []
    leaves = tree.table[tree.table["cell_rank"] == rank]
    mine = tree.branches[tree.branches["cell_rank"] == rank]
    for r in mine.to_dict("records"):
        of = leaves[leaves["branch"] == r["branch"]]
        named = [text(f"view.tree_{state}", names=text("words.between").join(dict.fromkeys(of.loc[of["status"] == state, "label"].map(term))))
                 for state in STANDINGS if (of["status"] == state).any()]  # fmt: skip
        rows.append((r["label"], text(f"tree_status.{r['status']}") + (f" ({r['grade']})" if isinstance(r["grade"], str) else ""), points(r["points"], unit),
                     interval(r["lower"], r["upper"], unit, of="points") if not math.isnan(r["lower"]) else "–", count(r["n"]) if r["n"] else "–", text("joined").join(named)))  # fmt: skip
    rows.append((text("view.total"), "", points(mine["points"].sum(), unit), "", "", ""))
    return table(("branch", "tree_standing", "points", "interval", "surveys", "what_in_it"), rows, ("points", "interval", "surveys"), title=cell)  # fmt: skip
