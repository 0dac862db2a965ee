"""Whether two traces found the same: integers and words equal, floats within 1e-9."""

import math

FLOATS = 1e-9
APART = ("timings",)  # how long a trace took is no finding


def assert_same_findings(found, expected, *, apart=APART):
    """Two `gather_findings`: the same keys in the same order of rows; every difference is named by its place.

    Args:
        apart: Keys of the outermost level that are not compared.
    """
    plain = [{key: value for key, value in one.items() if key not in apart} for one in (found, expected)]
    wrong = list(differences(*plain))
    assert not wrong, f"{len(wrong)} differences:\n" + "\n".join(wrong[:40])


def differences(a, b, place=""):
    """Where two pieces of plain data differ, each with both values."""
    if isinstance(a, dict) and isinstance(b, dict):
        for key in dict.fromkeys([*b, *a]):
            if key in a and key in b:
                yield from differences(a[key], b[key], f"{place}.{key}")
            else:
                yield f"{place}.{key}: only {'found' if key in a else 'expected'}"
    elif isinstance(a, list) and isinstance(b, list):
        if len(a) != len(b):
            yield f"{place}: {len(a)} entries, not {len(b)}"
        for i, (one, other) in enumerate(zip(a, b, strict=False)):
            yield from differences(one, other, f"{place}[{i}]")
    elif isinstance(a, bool) or isinstance(b, bool) or not (is_number(a) and is_number(b)):
        if type(a) is not type(b) or a != b:
            yield f"{place}: {a!r}, not {b!r}"
    elif isinstance(a, int) or isinstance(b, int):
        if type(a) is not type(b) or a != b:
            yield f"{place}: {a!r}, not {b!r}"
    elif not math.isclose(a, b, rel_tol=FLOATS, abs_tol=FLOATS):
        yield f"{place}: {a!r}, not {b!r}"


def is_number(value):
    return isinstance(value, (int, float))
