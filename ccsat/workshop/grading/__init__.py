"""Grade what a class handed in: strangers' notebooks, run apart, judged by the trainer's own checks."""

from ccsat.workshop.grading.classroom import Class, grade_submissions
from ccsat.workshop.grading.problems import GradingError

__all__ = ["Class", "GradingError", "grade_submissions"]
