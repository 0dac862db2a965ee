"""What a database's table holds, as a fingerprint: its rows and a digest of their content."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ccsat.study import Database, Study

DIGEST = {
    "postgres": "CAST(SUM(hashtextextended(CAST(t AS text), 0)) AS text)",  # independent of the rows' order
    "duckdb": "CAST(SUM(hash(t)) AS VARCHAR)",
}


def table_prints(study: Study) -> Callable[[Database], dict[str, Any] | None] | None:
    """How to fingerprint the tables of a study's databases; None where it names none.

    A corrected row changes the digest though the number of rows stays. The engine is opened when first asked.

    Raises (when called):
        EngineError: The database does not answer, or has no such table.
    """
    if not any(isinstance(source, Database) for source in study.sources().values()):
        return None
    opened: list[Any] = []

    def fingerprint(source: Database) -> dict[str, Any] | None:
        from ccsat.intake import choose_engine, open_source

        if not opened:
            opened.append(choose_engine(study))
        engine = opened[0]
        digest = DIGEST.get(engine.dialect)
        table = open_source("table", source, study=study, engine=engine)
        row = engine.query(f"SELECT COUNT(*) AS n, {digest or 'NULL'} AS digest FROM ({table.sql}) t").iloc[0]
        return {"rows": int(row["n"]), "digest": str(row["digest"])} if digest else {"rows": None}

    return fingerprint
