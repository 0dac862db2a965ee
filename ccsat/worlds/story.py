"""What a story is: the patch it puts on the company, the words around it, and what it must be found to be."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np

from ccsat.worlds.people import Customers

Words = Mapping[str, str]  # {"zh": ..., "en": ...}


class Patch:
    """What a story changes. Each hook gets arrays and returns one; these change nothing.

    `calls` has one entry a contact: see `simulate.Calls`. A patch draws nothing: where it needs chance it uses
    uniform numbers that it is given, so that the world with and without it share every draw.
    """

    def reminded(self, customers: Customers) -> np.ndarray:
        """Which customers were told before their trial ended."""
        return customers.reminder_works

    def volume(self, calls) -> np.ndarray | float:
        """Contacts per usual contact, 0 to 2; above 1 only for lines that have spare contacts."""
        return 1.0

    def resolved(self, calls) -> np.ndarray | float:
        """Shift of the logit of resolution."""
        return 0.0

    def eta(self, calls) -> np.ndarray | float:
        """Shift of the latent satisfaction."""
        return 0.0


@dataclass(frozen=True, kw_only=True)
class Cause:
    """A planted cause. Its points come from the paired worlds."""

    id: str
    kind: str  # the class: a kind of the changes table, or rule, campaign, skill ...
    change_id: str | None
    owner: str
    gap: str
    controllable: bool
    chain: tuple[Words, ...]  # from symptom to root


@dataclass(frozen=True, kw_only=True)
class Decoy:
    """Something that looks like the answer and is not."""

    claim: Words
    why_wrong: Words


@dataclass(frozen=True, kw_only=True)
class Plot:
    """A story with its parameters fixed: what a world is made of.

    Attributes:
        patch: What is changed.
        verdict: What stage 1 must find: real, artefact, none or mix.
        cells: Where the change is, best first.
        causes, decoys: What is behind it, and what is not.
        changes, actions: Rows of those tables beside the background's.
        expect: Further truth worked out from the worlds; gets the outcome and its counterfactuals.
    """

    patch: Patch
    verdict: str
    cells: tuple[Mapping[str, object], ...] = ()
    causes: tuple[Cause, ...] = ()
    decoys: tuple[Decoy, ...] = ()
    changes: tuple[Mapping[str, object], ...] = ()
    actions: tuple[Mapping[str, object], ...] = ()
    library: tuple[str, ...] = ()  # ids of library.csv
    labels: Mapping[str, str] = field(default_factory=dict)
    phi: Mapping[str, Mapping[str, float]] = field(default_factory=dict)  # action -> cause -> fixing fraction
    budget: float = 10
    horizon_days: int = 90
    expect: Callable[..., dict] | None = None


@dataclass(frozen=True, kw_only=True)
class Story:
    """A named world: `plot` fixes its parameters, drawn from `rng` when the world is varied."""

    code: str
    slug: str
    title: Words
    plot: Callable[[np.random.Generator | None], Plot]

    @property
    def name(self) -> str:
        return f"{self.code.lower()}_{self.slug}"
