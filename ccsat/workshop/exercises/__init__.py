"""The exercises, and what each of them asks."""

from ccsat.workshop.exercises import n07

EXERCISES = {"N07": n07.EXERCISE}
