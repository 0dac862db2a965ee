"""The exercises, and what each of them asks."""

from ccsat.workshop.exercises import n01, n02, n03, n04, n05, n06, n07, w0, w1, w2, w3, w4, w6, w7

EXERCISES = {
    "N01": n01.EXERCISE,
    "N02": n02.EXERCISE,
    "N03": n03.EXERCISE,
    "N04": n04.EXERCISE,
    "N05": n05.EXERCISE,
    "N06": n06.EXERCISE,
    "N07": n07.EXERCISE,
}
EXERCISES |= {f"W{n}": module.EXERCISE for n, module in ((0, w0), (1, w1), (2, w2), (3, w3), (4, w4), (6, w6), (7, w7))}
