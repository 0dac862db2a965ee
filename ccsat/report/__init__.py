"""Executed notebook -> one offline page; trace table -> CSV and XLSX."""

from ccsat.report.page import DRAWN_TYPES, write_report
from ccsat.report.sheet import write_trace_table

__all__ = ["DRAWN_TYPES", "write_report", "write_trace_table"]
