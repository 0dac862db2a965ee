"""Notebook files read without a grammar that nobody here asks for."""

from __future__ import annotations

import sys
from types import ModuleType

GRAMMAR = "rfc3987_syntax"  # of addresses in every script; it is built anew at each import, which takes two seconds


def load_nbformat() -> ModuleType:
    """nbformat, imported without `GRAMMAR`.

    nbformat imports jsonschema, which takes the grammar along where JupyterLab has brought it, and does without it elsewhere: then
    `"format": "iri"` in a schema is not checked in this process. No notebook's schema says that.
    """
    apart = "jsonschema" not in sys.modules and GRAMMAR not in sys.modules
    if apart:
        sys.modules[GRAMMAR] = None  # what Python itself takes for "not installed"
    try:
        import nbformat
    finally:
        if apart:
            sys.modules.pop(GRAMMAR, None)
    return nbformat
