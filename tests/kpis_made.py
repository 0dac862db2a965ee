"""A made-up centre for tests of KPIs: a few contacts and ratings, and whatever other tables a test brings."""

import pandas as pd

from ccsat.centre import read_centre


def made_centre(folder, *, study="", **tables):
    """A centre of the given tables; contacts and surveys are made up where the test brings none.

    Args:
        study: More TOML, after [data] and [dimensions].
    """
    rows = 40
    at = pd.date_range("2025-03-03 09:00", periods=rows, freq="6h")
    contacts = pd.DataFrame({"contact_id": [f"C{i}" for i in range(rows)], "customer_id": [f"K{i % 17}" for i in range(rows)], "agent_id": [f"A{i % 4}" for i in range(rows)],
                             "started_at": at, "channel": ["phone", "online"] * (rows // 2)})  # fmt: skip
    surveys = pd.DataFrame(
        {
            "survey_id": [f"S{i}" for i in range(rows)],
            "contact_id": contacts["contact_id"],
            "rating": [5, 4, 5, 2] * (rows // 4),
        }
    )
    tables = {"contacts": contacts, "surveys": surveys} | tables
    for name, table in tables.items():
        table.to_parquet(folder / f"{name}.parquet")
    data = "\n".join(f'{name} = "{name}.parquet"' for name in tables)
    text = f'[study]\nname = "made"\n\n[data]\n{data}\n\n[columns]\nat = "started_at"\n\n[scale]\nrating = "five"\n\n[dimensions]\nchannel = "channel"\n{study}'
    (folder / "study.toml").write_text(text, encoding="utf-8")
    return read_centre(folder / "study.toml")


def counted(centre, kpi, id=None, **asked):
    """The value, the rows it stands on and the numerator, over everything there is."""
    import ccsat as cs

    found = cs.measure(centre, cs.Question(kpi, caliber=id, **asked)).headline["current"]
    return found.value, found.n, found.numerator
