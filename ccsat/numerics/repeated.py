"""The same people asked twice or more: changes of a nominal answer."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import bdtr, chdtrc


@dataclass(frozen=True)
class Change:
    """A chi-square of change; `p_exact` where there is an exact one, else NaN."""

    chi2: float
    df: int
    p_value: float
    chi2_continuity: float = float("nan")
    p_continuity: float = float("nan")
    p_exact: float = float("nan")


def mcnemar(rose: float, fell: float) -> Change:
    """Did as many change from no to yes as from yes to no?

    Source:
        McNemar (1947), Psychometrika 12, 153-157; Edwards' continuity correction; exact: binomial with 1/2.
    """
    n = rose + fell
    if n == 0:
        return Change(0.0, 1, 1.0, 0.0, 1.0, 1.0)
    chi2, chi2_c = (rose - fell) ** 2 / n, max(abs(rose - fell) - 1, 0) ** 2 / n
    exact = min(1.0, 2 * float(bdtr(min(rose, fell), int(n), 0.5))) if n == round(n) else float("nan")
    return Change(chi2, 1, float(chdtrc(1, chi2)), chi2_c, float(chdtrc(1, chi2_c)), exact)


def cochran_q(hits: np.ndarray, spread: float) -> Change:
    """Is the share the same in every wave?

    Args:
        hits: Yes answers of each wave.
        spread: Sum over people of their yes answers times their no answers.

    Source:
        Cochran (1950), Biometrika 37, 256-266.
    """
    k = len(hits)
    chi2 = 0.0 if spread == 0 else (k - 1) * k * float(((hits - hits.mean()) ** 2).sum()) / spread
    return Change(float(chi2), k - 1, float(chdtrc(k - 1, chi2)))


def stuart_maxwell(counts: np.ndarray) -> Change:
    """Are the shares of the levels the same in two waves? No 0.5 is added; levels nobody moved to or from drop out.

    Source:
        Stuart (1955), Biometrika 42, 412-416; Maxwell (1970), British Journal of Psychiatry 116, 651-655.
    """
    gap = counts.sum(1) - counts.sum(0)
    variance = np.diag(counts.sum(1) + counts.sum(0)) - counts - counts.T
    df = int(np.linalg.matrix_rank(variance))
    if df == 0:
        return Change(0.0, 0, 1.0)
    chi2 = float(gap @ np.linalg.pinv(variance) @ gap)
    return Change(chi2, df, float(chdtrc(df, chi2)))


def bowker(counts: np.ndarray) -> Change:
    """Is each move between two levels as common as the move back? Pairs nobody moved between are left out.

    Source:
        Bowker (1948), Journal of the American Statistical Association 43, 572-574.
    """
    upper = np.triu_indices(len(counts), 1)
    there, back = counts[upper], counts.T[upper]
    moved = there + back > 0
    there, back = there[moved], back[moved]
    chi2, df = float(((there - back) ** 2 / (there + back)).sum()), int(moved.sum())
    return Change(chi2, df, float(chdtrc(df, chi2)) if df else 1.0)
