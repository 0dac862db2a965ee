"""One scheduled run: parameters, key, lock, child process, limits, atomic publishing."""

from ccsat.runs.run import Published, run_study

__all__ = ["Published", "run_study"]
