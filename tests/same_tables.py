"""Answers of two engines compared."""

import numpy as np
import pandas as pd


def assert_same(found, expected):
    """Integers equal, floats within 1e-9, columns, types and order the same."""
    if isinstance(expected, dict):
        assert list(found) == list(expected)
        for one in expected:
            assert_same(found[one], expected[one])
        return
    assert list(found.columns) == list(expected.columns)
    assert dict(found.dtypes) == dict(expected.dtypes)
    assert len(found) == len(expected)
    for name in expected:
        if expected[name].dtype == "float64":
            a, b = found[name].to_numpy(), expected[name].to_numpy()
            scale = np.nanmax(np.abs(np.where(np.isfinite(b), b, 0)), initial=0)
            np.testing.assert_allclose(a, b, rtol=1e-9, atol=1e-9 * scale)
        else:
            pd.testing.assert_series_equal(found[name], expected[name])
