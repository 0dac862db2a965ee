"""Fill in and run a notebook, strictly; nothing else imports papermill."""

from ccsat.notebooks.contract import Parameter, check_parameters, find_notebook, parameters_of
from ccsat.notebooks.execute import Cell, execute_notebook

__all__ = ["Cell", "Parameter", "check_parameters", "execute_notebook", "find_notebook", "parameters_of"]
