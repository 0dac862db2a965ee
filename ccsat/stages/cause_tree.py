"""The cause tree: a cell's points over branches and what belongs to them, with what was tested and what could not be."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ccsat.cells import Asked
from ccsat.centre import Centre
from ccsat.deductions import CellRows, cell_rows, owners_of, reason_label
from ccsat.errors import StudyError
from ccsat.ledgers import UNSTATED
from ccsat.results import Ledger, result_class
from ccsat.stages.evidence import Cause, owner_of_change
from ccsat.stages.explain import Why
from ccsat.stages.locate import Where
from ccsat.stages.voices import Z95, lost_by_reason
from ccsat.study.model import Branch, Words
from ccsat.wording import has, language, term, text

OPEN, UNEXPLAINED = "open", "unexplained"
# Branches of a study that draws no tree of its own: whose hands things are in.
DEFAULT = {
    "centre": Branch(owners=["agent", "centre_process"]),
    "business": Branch(owners=["business_process", "business_rule"]),
    "billing_product": Branch(owners=["billing_product"]),
    "marketing": Branch(owners=["marketing"]),
    "network": Branch(owners=["network"]),
    "intelligent_service": Branch(owners=["intelligent_service"]),
}
COLUMNS = [
    "cell_rank",
    "branch",
    "branch_label",
    "id",
    "label",
    "kind",
    "points",
    "lower",
    "upper",
    "n",
    "accounts_for",
    "grade",
    "status",
]
BRANCHES = ["cell_rank", "branch", "label", "owners", "points", "lower", "upper", "n", "grade", "status"]


@result_class
class CauseTree(Ledger):
    """Each located cell's points over the branches of the tree.

    The table, one row a leaf: `cell_rank, branch, branch_label, id` ("reason:CODE", "change:ID", "rule:CODE", "campaign:ID", "driver:METRIC", "unstated",
    "unexplained"), `label, kind, points, lower, upper` (of reasons and rests; 0 for others, which are readings of the same points), `n` (surveys that name the
    reason, or behind the evidence), `accounts_for` (points a cause can account for, else NaN), `grade` (of its evidence, or None), `status`: "supported",
    "tested" (not beyond chance), "ruled_out", "rest".

    Attributes:
        branches: One row a cell and branch: `cell_rank, branch, label, owners, points, lower, upper, n, grade` (best in it), `status`: "supported", "tested"
            or "not_testable" (the data have no reason, change, rule or driver of this branch). They add up to the cells' points too.
    """

    branches: pd.DataFrame

    def sentence(self) -> str:
        found = self.branches[self.branches["status"] == "supported"]
        if found.empty:
            return text("tree.none")
        first = found.sort_values(["cell_rank", "grade"]).iloc[0]
        return text("tree.sentence", branch=first["label"], grade=first["grade"], n=len(found))


@dataclass(frozen=True)
class Tree:
    """Branches, and which branch an owner class, reason, rule, kind of change or driver belongs to."""

    branches: Mapping[str, Branch]
    of: Mapping[tuple[str, str], str]

    def branch(self, kind: str, name: str, owner: str) -> str:
        return self.of.get((kind, name)) or self.of.get(("owners", owner), OPEN)


def tree_of(centre: Centre) -> Tree:
    """The study's tree, or that of owner classes.

    Raises:
        StudyError: A thing stands in two branches.
    """
    branches = centre.study.tree or DEFAULT
    of: dict[tuple[str, str], str] = {}
    for name, branch in branches.items():
        for kind in ("owners", "reasons", "rules", "changes", "drivers"):
            for thing in getattr(branch, kind):
                if of.setdefault((kind, thing), name) != name:
                    raise StudyError("tree_twice", thing=thing, kind=kind, one=of[kind, thing], other=name)
    return Tree(branches, of)


def branch_label(name: str, branch: Branch | None = None) -> str:
    """A branch's words: the study's, else the wording's, else its name."""
    if branch is not None and branch.label:
        return getattr(branch.label, language()) if isinstance(branch.label, Words) else branch.label
    return text(f"tree.{name}") if has(f"tree.{name}") else term(name)


def cause_tree(centre: Centre, asked: Asked, where: Where, why: Why) -> CauseTree:
    """Where in the company do the causes of each cell lie, what was tested, and what could not be?

    A reason's points are what it moved in the cell (see `reason_moves`); a surveys' loss without a reason is "unstated", and what the reasons do not
    move (mix, shrinkage) is "unexplained". Changes, rules, campaigns and drivers stand in the branch of their kind or owner, with the points they
    can account for.

    Returns:
        `CauseTree`; each cell's rows add up to the cell's points. Empty where no cell was found.

    Raises:
        StudyError: The study's tree has a thing in two branches.
    """
    tree, owners, leaves, branches = tree_of(centre), owners_of(centre), [], []
    for row in where.cells.itertuples():
        mine = [cause for cause in why.causes if cause.cell_rank == row.rank]
        out = [one for one in why.ruled_out if one.get("cell_rank") == row.rank]
        rows = cell_rows(centre, asked, dict(row.where)) if centre.reasons is not None and row.kind != "mix" else None
        found, by_branch = _reasons(centre, asked, rows, tree, owners, {cause.id: cause for cause in mine})
        found += [_cause(centre, cause, tree) for cause in mine if cause.kind != "reason"]
        found += [_ruled_out(centre, one, tree) for one in out]
        left = row.points - sum(one["points"] for one in found)
        found.append({"branch": UNEXPLAINED, "id": UNEXPLAINED, "label": term(UNEXPLAINED), "kind": UNEXPLAINED, "points": left, "lower": np.nan, "upper": np.nan,
                      "n": row.n, "accounts_for": np.nan, "grade": None, "status": "rest"})  # fmt: skip
        leaves += [
            {
                "cell_rank": row.rank,
                "branch_label": branch_label(one["branch"], tree.branches.get(one["branch"])),
                **one,
            }
            for one in found
        ]
        branches += _branches(row.rank, found, by_branch, tree)
    for cause in why.causes:  # of scopes that changes declare, which the search did not find: no points of their own
        if cause.cell_rank not in set(where.cells["rank"]):
            one = _cause(centre, cause, tree)
            leaves.append(
                {
                    "cell_rank": cause.cell_rank,
                    "branch_label": branch_label(one["branch"], tree.branches.get(one["branch"])),
                    **one,
                }
            )
    table = pd.DataFrame(leaves, columns=COLUMNS)
    several = (("caveat.tree_readings", {}),) if table["accounts_for"].notna().any() else ()
    return CauseTree(table=table, branches=pd.DataFrame(branches, columns=BRANCHES), key="cause_tree", unit=asked.caliber.unit, total=float(table["points"].sum()),
                     caveats=several)  # fmt: skip


def _reasons(centre: Centre, asked: Asked, rows: CellRows | None, tree: Tree, owners: Mapping[str, str],
             causes: Mapping[str, Cause]) -> tuple[list[dict], dict[str, tuple[float, float]]]:  # fmt: skip
    """Leaves of reasons, and of every branch the limits of its reasons' points."""
    if rows is None or not len(rows.inside) or not len(rows.reference):
        return [], {}
    now, before = lost_by_reason(rows.inside, centre.reasons), lost_by_reason(rows.reference, centre.reasons)
    names = sorted({*now[2], *before[2]})
    place = [
        UNSTATED if name == UNSTATED else tree.branch("reasons", name, owners.get(name, "mixed")) for name in names
    ]
    points, error = _points(asked, now, before, {name: [name] for name in names}, rows.share)
    named = (
        centre.reasons[centre.reasons["row_key"].isin(rows.inside["row_key"])].groupby("reason")["row_key"].nunique()
    )
    silent = (
        len(rows.inside[rows.inside["deduction"] > 0])
        - rows.inside.loc[rows.inside["deduction"] > 0, "row_key"].isin(centre.reasons["row_key"]).sum()
    )
    leaves = []
    for name, branch in zip(names, place, strict=True):
        cause = causes.get(f"reason:{name}")
        leaves.append({"branch": branch, "id": name if name == UNSTATED else f"reason:{name}", "label": reason_label(centre, name),
                       "kind": "rest" if name == UNSTATED else "reason", "points": points[name], "lower": points[name] - Z95 * error[name],
                       "upper": points[name] + Z95 * error[name], "n": int(silent if name == UNSTATED else named.get(name, 0)),
                       "accounts_for": cause.points if cause else np.nan, "grade": cause.grade if cause else None,
                       "status": "rest" if name == UNSTATED else "supported" if cause else "tested"})  # fmt: skip
    groups = {
        branch: [name for name, at in zip(names, place, strict=True) if at == branch] for branch in dict.fromkeys(place)
    }
    whole, errors = _points(asked, now, before, groups, rows.share)
    return leaves, {
        branch: (whole[branch] - Z95 * errors[branch], whole[branch] + Z95 * errors[branch]) for branch in groups
    }


def _points(
    asked: Asked, now: tuple, before: tuple, groups: Mapping[str, list[str]], share: float
) -> tuple[dict[str, float], dict[str, float]]:
    """Points of groups of reasons, and their standard errors over customers."""
    points, errors = {}, {}
    for group, names in groups.items():
        value, variance = [], 0.0
        for lost, n, there in (now, before):
            one = lost[:, [i for i, name in enumerate(there) if name in names]].sum(axis=1)
            mean = one.sum() / n.sum()
            value.append(mean)
            variance += len(n) / max(len(n) - 1, 1) * ((one - n * mean) ** 2).sum() / n.sum() ** 2
        points[group], errors[group] = -asked.sign * (value[0] - value[1]) * share, share * variance**0.5
    return points, errors


def _cause(centre: Centre, cause: Cause, tree: Tree) -> dict:
    kind, _, name = cause.id.partition(":")
    branch = {"change": ("changes", cause.kind), "rule": ("rules", name), "driver": ("drivers", name)}.get(
        kind, ("", name)
    )
    n = next((one.values["n"] for one in cause.evidence if "n" in one.values), np.nan)
    return {"branch": tree.branch(*branch, cause.owner), "id": cause.id, "label": _title(centre, cause.id), "kind": kind, "points": 0.0, "lower": np.nan,
            "upper": np.nan, "n": n, "accounts_for": cause.points, "grade": cause.grade, "status": "supported"}  # fmt: skip


def _ruled_out(centre: Centre, one: Mapping, tree: Tree) -> dict:
    kind, _, name = one["id"].partition(":")
    what = _kind_of_change(centre, name) if kind == "change" else name
    owner = (
        owner_of_change(what, "mixed")
        if kind == "change"
        else "business_rule"
        if kind == "rule"
        else "marketing"
        if kind == "campaign"
        else "mixed"
    )
    branch = tree.branch(
        {"change": "changes", "rule": "rules", "driver": "drivers", "reason": "reasons"}.get(kind, ""), what, owner
    )
    return {"branch": branch, "id": one["id"], "label": _title(centre, one["id"]), "kind": kind, "points": 0.0, "lower": np.nan, "upper": np.nan, "n": np.nan,
            "accounts_for": np.nan, "grade": None, "status": "ruled_out"}  # fmt: skip


def _change(centre: Centre, name: str) -> pd.Series | None:
    rows = centre.changes[centre.changes["change_id"].astype(str) == name] if len(centre.changes) else centre.changes
    return rows.iloc[0] if len(rows) else None


def _kind_of_change(centre: Centre, name: str) -> str:
    found = _change(centre, name)
    return "" if found is None else found["kind"] or ""


def _title(centre: Centre, cause_id: str) -> str:
    """Words for a cause: a change's title, a reason's label, else its own name."""
    kind, _, name = cause_id.partition(":")
    if kind == "change" and (found := _change(centre, name)) is not None:
        return found[f"title_{language()}"] or name
    return reason_label(centre, name) if kind == "reason" else name


def _branches(rank: int, leaves: list[dict], limits: Mapping[str, tuple[float, float]], tree: Tree) -> list[dict]:
    rows = []
    rests = [name for name in (OPEN, UNSTATED, UNEXPLAINED) if any(leaf["branch"] == name for leaf in leaves)]
    for name in (*tree.branches, *rests):
        mine = [leaf for leaf in leaves if leaf["branch"] == name]
        grades = [leaf["grade"] for leaf in mine if leaf["grade"]]
        status = (
            "rest"
            if name in (UNSTATED, UNEXPLAINED)
            else "supported"
            if grades
            else "tested"
            if mine
            else "not_testable"
        )
        branch = tree.branches.get(name)
        lower, upper = limits.get(name, (np.nan, np.nan))
        rows.append({"cell_rank": rank, "branch": name, "label": branch_label(name, branch), "owners": list(branch.owners) if branch else [],
                     "points": sum(leaf["points"] for leaf in mine), "lower": lower, "upper": upper, "n": sum(leaf["n"] for leaf in mine if leaf["kind"] == "reason" or status == "rest"),
                     "grade": min(grades, default=None), "status": status})  # fmt: skip
    return rows
