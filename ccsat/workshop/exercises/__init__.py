"""The exercises, and what each of them asks: every module `n01` ... `w7` here has its own as EXERCISE."""

import re
from importlib import import_module
from pkgutil import iter_modules

EXERCISES = {
    found.name.upper(): import_module(f"{__name__}.{found.name}").EXERCISE
    for found in sorted(iter_modules(__path__), key=lambda found: found.name)
    if re.fullmatch(r"n\d\d|w\d", found.name)
}
