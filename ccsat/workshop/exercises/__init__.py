"""The exercises, and what each of them asks."""

from ccsat.workshop.exercises import n01, n02, n03, n07

EXERCISES = {"N01": n01.EXERCISE, "N02": n02.EXERCISE, "N03": n03.EXERCISE, "N07": n07.EXERCISE}
