"""One source to one typed relation with our column names, and the account of rows read, kept and set aside."""

from ccsat.intake.opening import Opened, choose_engine, find_column, open_source
from ccsat.intake.tables import MOST_OFF_SCALE, MOST_UNREADABLE, Intake, Role, Table
from ccsat.intake.take import take, take_beside

__all__ = ["MOST_OFF_SCALE", "MOST_UNREADABLE", "Intake", "Opened", "Role", "Table", "choose_engine", "find_column",
           "open_source", "take", "take_beside"]  # fmt: skip
