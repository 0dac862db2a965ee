"""A funnel: what of the first step is left at each later one, in two periods, and where most is lost."""

from __future__ import annotations

import numpy as np
import pandas as pd

from ccsat.estimates import newcombe, wilson
from ccsat.results import Result, result_class
from ccsat.wording import count, percent, text


@result_class
class Funnel(Result):
    """Steps that each hold part of the one before: `step, n, share, lower, upper, of_first, lost, share_baseline, n_baseline, change,
    change_lower, change_upper`; `share` is of the step before.

    Attributes:
        key: Whose steps these are; `funnel.KEY.STEP` are their words.
    """

    key: str

    @property
    def largest_loss(self) -> str:
        """The step at which the largest share of the step before is lost."""
        return str(self.table.iloc[1:].sort_values("share")["step"].iloc[0])

    @property
    def fallen_most(self) -> str | None:
        """The step whose share fell most against the baseline; None without one."""
        rows = self.table.iloc[1:].dropna(subset=["change"])
        return str(rows.sort_values("change")["step"].iloc[0]) if len(rows) else None

    def sentence(self) -> str:
        worst = self.table[self.table["step"] == self.largest_loss].iloc[0]
        last = self.table.iloc[-1]
        return text("funnel.sentence", key=text(f"funnel.{self.key}.name"), n=count(self.table["n"].iloc[0]), left=percent(last["of_first"]),
                    step=text(f"funnel.{self.key}.{worst['step']}"), share=percent(worst["share"]), lower=percent(worst["lower"]), upper=percent(worst["upper"]))  # fmt: skip


def make_funnel(key: str, steps: list[str], counts: dict[str, pd.Series], caveats: tuple = ()) -> Funnel:
    """A funnel of counts per step: `counts` has "current" and, where there is one, "baseline"."""
    now = counts["current"].reindex(steps).fillna(0)
    table = _shares(now).assign(of_first=now.to_numpy() / max(now.iloc[0], 1))
    table["lost"] = -now.diff().fillna(0).astype(int).to_numpy()
    then = counts.get("baseline")
    made = _shares((now * 0 if then is None else then).reindex(steps).fillna(0))
    table["share_baseline"], table["n_baseline"] = made["share"], made["n"]
    lower, upper = newcombe(table["n"], _before(table["n"]), table["n_baseline"], _before(table["n_baseline"]))
    table["change"] = table["share"] - table["share_baseline"]
    table["change_lower"], table["change_upper"] = (np.where(table["change"].isna(), np.nan, one) for one in (lower, upper))  # fmt: skip
    table = table[["step", "n", "share", "lower", "upper", "of_first", "lost", "share_baseline", "n_baseline", "change", "change_lower", "change_upper"]]  # fmt: skip
    return Funnel(key=key, table=table, caveats=caveats)


def _shares(n: pd.Series) -> pd.DataFrame:
    before = _before(n)
    with np.errstate(invalid="ignore", divide="ignore"):
        share = n.to_numpy(float) / before
    lower, upper = wilson(n.to_numpy(float), before)
    return pd.DataFrame({"step": n.index, "n": n.to_numpy(), "share": share, "lower": lower, "upper": upper}).astype(
        {"n": int}
    )


def _before(n: pd.Series) -> np.ndarray:
    """The step before, the first standing for itself."""
    values = n.to_numpy(float)
    return np.concatenate([values[:1], values[:-1]])
