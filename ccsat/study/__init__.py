"""Study file (TOML) to data, columns, question, budget and language: every key checked, with "did you mean"."""

from ccsat.study.model import (
    OTHER_TABLES,
    OWNERS,
    REGISTERS,
    TABLES,
    Auto,
    Columns,
    Data,
    Database,
    Dimension,
    Lang,
    Metric,
    Owner,
    Question,
    Reasons,
    Scale,
    Source,
    Study,
)
from ccsat.study.read import check_study, read_study, with_settings

__all__ = ["OTHER_TABLES", "OWNERS", "REGISTERS", "TABLES", "Auto", "Columns", "Data", "Database", "Dimension", "Lang",
           "Metric", "Owner", "Question", "Reasons", "Scale", "Source", "Study", "check_study", "read_study",
           "with_settings"]  # fmt: skip
