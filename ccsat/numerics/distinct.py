"""Which words set one body of comments apart from another: log-odds with an informative Dirichlet prior."""

from __future__ import annotations

import numpy as np

PRIOR = 10.0  # comments that the prior is worth


def log_odds(
    n_word: np.ndarray, n_word_reference: np.ndarray, n: float, n_reference: float, *, prior: float = PRIOR
) -> tuple[np.ndarray, np.ndarray]:
    """How much likelier is a comment to use a word here than there?

    Every word starts from its share in both bodies together, as if `prior` comments had used it so; a word that few use stays near 0.

    Args:
        n_word, n_word_reference: Comments that use the word, one a word. n, n_reference: Comments.

    Returns:
        Log-odds, here less there, and their standard errors.

    Assumes:
        Comments are independent. A comment counts once, however often it says a word.

    Source:
        Monroe, Colaresi and Quinn (2008), Political Analysis 16, 372-403, equations 15 to 19, of comments in place of words.
    """
    here, there = np.asarray(n_word, float), np.asarray(n_word_reference, float)
    worth = prior * (here + there) / (n + n_reference)
    used = (here + worth, there + worth)
    left = (n + prior - used[0], n_reference + prior - used[1])
    with np.errstate(divide="ignore", invalid="ignore"):
        value = np.log(used[0] / left[0]) - np.log(used[1] / left[1])
        error = np.sqrt(1 / used[0] + 1 / used[1] + 1 / left[0] + 1 / left[1])
    return value, error


def exact_p(n_word: np.ndarray, n_word_reference: np.ndarray, n: int, n_reference: int) -> np.ndarray:
    """Two-sided mid-p of "both bodies use the word alike": twice the smaller tail of the hypergeometric distribution.

    The z of log-odds is weak where one body never uses the word, and words are rare; this holds there too.

    Source:
        Fisher (1935), The Design of Experiments; mid-p: Lancaster (1961), Journal of the American Statistical Association 56, 223-234.
    """
    from scipy.stats import hypergeom

    here, both = np.asarray(n_word, int), np.asarray(n_word, int) + np.asarray(n_word_reference, int)
    spread = hypergeom(int(n + n_reference), both, int(n))
    at = spread.pmf(here) / 2
    return np.minimum(2 * np.minimum(spread.cdf(here) - at, spread.sf(here) + at), 1.0)
