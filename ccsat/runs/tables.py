"""What a database's table holds, as a fingerprint: its rows and a digest of their content."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ccsat.study import Database, Study

if TYPE_CHECKING:
    from ccsat.engine import Engine

DIGEST = {  # independent of the rows' order
    "postgres": "CAST(SUM(hashtextextended(CAST(t AS text), 0)) AS text)",
    "duckdb": "CAST(SUM(hash(t)) AS VARCHAR)",
    "clickhouse": "CAST(sumWithOverflow(sipHash64(tuple(t.*))) AS VARCHAR)",
    "spark": "CAST(SUM(CAST(xxhash64(struct(t.*)) AS DECIMAL(38, 0))) AS VARCHAR)",
}


class TablePrints:
    """How to fingerprint the tables of a study's databases: `prints(source)`, None where a table's content cannot be told.

    A corrected row changes the digest though the number of rows stays. The engine is opened when first asked; `close` lets go of it,
    so that a cluster's cores are free for the run itself.

    Raises (when called):
        EngineError: The database does not answer, or has no such table.
    """

    def __init__(self, study: Study):
        self._study = study
        self._engine: Engine | None = None

    def __call__(self, source: Database) -> dict[str, Any] | None:
        from ccsat.intake import choose_engine, open_source

        self._engine = self._engine or choose_engine(self._study)
        digest = DIGEST.get(self._engine.dialect)
        table = open_source("table", source, study=self._study, engine=self._engine)
        row = self._engine.query(f"SELECT COUNT(*) AS n, {digest or 'NULL'} AS digest FROM ({table.sql}) t").iloc[0]
        return {"rows": int(row["n"]), "digest": str(row["digest"])} if digest else {"rows": None}

    def close(self) -> None:
        if self._engine is not None:
            self._engine.close()
        self._engine = None


def table_prints(study: Study) -> TablePrints | None:
    """The fingerprints of a study's tables in databases; None where it names none."""
    return TablePrints(study) if any(isinstance(source, Database) for source in study.sources().values()) else None
