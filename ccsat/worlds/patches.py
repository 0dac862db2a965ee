"""What a story changes: the company it plays in (`Setting`), what is planted (`Patch`), and several of them at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import reduce

import numpy as np

from ccsat.worlds import company as co

Where = Mapping[str, object]  # {dimension: level or list of levels}


@dataclass(frozen=True, kw_only=True)
class Swing:
    """Bad luck in one place: a small cell gets the worst of the ordinary luck that its business lines have anyway.

    Nothing is drawn and nothing is added: contacts of the cell swap their luck with contacts outside it (`swings.py`).

    Attributes:
        cells: Places it can hit; the seed says which.
        weeks: The first and the last.
        share: Of the cell's likely answers, how many swap.
    """

    cells: tuple[Where, ...]
    weeks: tuple[int, int] = (co.FIRST_CURRENT_WEEK, co.WEEKS)
    share: float = 0.25


@dataclass(frozen=True, kw_only=True)
class Setting:
    """How a story's company differs from the usual one, with its patches and without them.

    Attributes:
        line_shares: L1 -> {L2: share within it}, where they are not `company.LINES`'s.
        reminded_line: The line people call about once a reminded date has passed.
        campaigns: How many campaigns there are; the usual six, or more of equal size.
        fresh_campaign: The campaign sold in weeks 3 to 8; the others have been sold over half a year.
        newcomers: Agents hired in week 9, on top of the others, into `newcomer_team`.
        swings: Cells that have all the bad luck for some weeks.
        complaining: Share of unresolved contacts after which a complaint is filed at a shop or in the app.
    """

    line_shares: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    reminded_line: str = "vas_charge"
    campaigns: int = len(co.CAMPAIGNS)
    fresh_campaign: str = "C04"
    newcomers: int = 0
    newcomer_team: str = "T12"
    swings: tuple[Swing, ...] = ()
    complaining: float = 0.02


class Patch:
    """What a story changes from its onset on. Each hook gets arrays and returns one; these change nothing.

    `calls` has one entry a contact (`simulate.Calls`), `scene` holds customers and agents. A patch draws nothing: where
    it needs chance it uses uniform numbers that it is given, so that the worlds with and without it share every draw.
    `data` marks a patch that changes the survey only: what customers feel stays as it was.
    """

    data = False

    def reminded(self, scene) -> np.ndarray | bool:
        """Which customers the reminder still reaches before their date passes."""
        return True

    def volume(self, calls, scene) -> np.ndarray | float:
        """Contacts per usual contact, 0 to 2; above 1 only for lines that have spare contacts."""
        return 1.0

    def agent(self, calls, scene) -> np.ndarray:
        """Who takes each contact; `calls.luck` and `calls.other_luck` are uniform and free for it."""
        return calls.agent

    def transfer(self, calls, scene) -> np.ndarray | float:
        """Factor on the chance of being transferred."""
        return 1.0

    def cycle(self, calls, scene) -> np.ndarray | float:
        """Factor on the hours of an on-site repair."""
        return 1.0

    def wait(self, calls, scene) -> np.ndarray | float:
        """Factor on the queue wait."""
        return 1.0

    def handle(self, calls, scene) -> np.ndarray | float:
        """Factor on talk, hold and wrap-up."""
        return 1.0

    def followed(self, calls, scene) -> np.ndarray | float:
        """Factor on the chance that the process was followed."""
        return 1.0

    def resolved(self, calls, scene) -> np.ndarray | float:
        """Shift of the logit of resolution."""
        return 0.0

    def eta(self, calls, scene) -> np.ndarray | float:
        """Shift of the latent satisfaction."""
        return 0.0

    def reasons(self, calls, scene) -> Mapping[str, np.ndarray]:
        """Reason code -> what is added to the chance that someone not fully satisfied names it."""
        return {}

    def comment_key(self, calls, scene) -> tuple[str, np.ndarray] | None:
        """Key of comments.csv and the contacts whose comments may use it."""
        return None

    def new_menu(self, calls, scene) -> np.ndarray | bool:
        """Which phone contacts came through menu v5 and not v4; `calls` may also be `ivr.MenuCalls`."""
        return False

    def rule(self, calls, scene) -> tuple[str, np.ndarray] | None:
        """Code of a business rule and the contacts that it was applied to."""
        return None

    # Bot and menu: `sessions` has one entry a bot session (`bot.Sessions`) -------------------------

    def accuracy(self, sessions, scene) -> np.ndarray | float:
        """Shift of the logit that the bot understands."""
        return 0.0

    def taken_for(self, sessions, scene) -> np.ndarray:
        """Intent that each session is taken for; `sessions.right` and `sessions.predicted` are there."""
        return sessions.predicted

    def patience(self, sessions, scene) -> np.ndarray | int:
        """Fallbacks beyond the usual one before a human is offered."""
        return 0

    def handoff(self, sessions, scene) -> np.ndarray | float:
        """Shift of the logit of a hand-off."""
        return 0.0

    def released(self, sessions, scene) -> np.ndarray | bool:
        """Which sessions run on the story's own release of the bot."""
        return False

    def kept_from_agent(self, calls, scene) -> np.ndarray | float:
        """Share of those who want an agent at the menu that do not get one; `calls` is `ivr.MenuCalls`."""
        return 0.0

    def complaint_due_hours(self, complaints, scene) -> np.ndarray | float:
        """Factor on the hours in which a complaint's first reply is due; `complaints` is `complaints.Filed`."""
        return 1.0

    def callback_broken(self, complaints, scene) -> np.ndarray | float:
        """Factor on the chance that a call-back promised to a complainer is not made in time."""
        return 1.0

    def escalation(self, complaints, scene) -> np.ndarray | float:
        """Shift of the logit of escalation, beside what late replies and broken call-backs do."""
        return 0.0

    # What `data` patches change ---------------------------------------------------------------

    def instrument(self, calls, scene) -> np.ndarray | bool:
        """Which invitations go by text message and not by the usual way."""
        return False

    def measured(self, calls, scene) -> np.ndarray | float:
        """Shift of the latent satisfaction that only the answer shows."""
        return 0.0

    def invited(self, calls, scene) -> np.ndarray | float:
        """Factor on the chance of being invited; `calls.rating` is there."""
        return 1.0

    def answer(self, calls, scene) -> np.ndarray | float:
        """Shift of the logit of answering; `calls.rating` is there."""
        return 0.0

    def filled(self, calls, scene) -> np.ndarray | int:
        """The rating that the records show although nobody answered, 0 for none; asked of unanswered invitations."""
        return 0

    def tables(self, tables: dict, scene) -> dict:
        """The finished tables, spoiled; `scene.seed` names streams of its own."""
        return tables


@dataclass(frozen=True)
class Patches:
    """Several patches at once: factors multiply, shifts add up, each agent hook sees what the one before it did."""

    parts: tuple[Patch, ...] = ()

    def factor(self, hook: str, calls, scene) -> np.ndarray | float:
        """The product of what a hook says."""
        return reduce(lambda a, b: a * b, [getattr(part, hook)(calls, scene) for part in self.parts], 1.0)

    def shift(self, hook: str, calls, scene) -> np.ndarray | float:
        """The sum of what a hook says."""
        return sum([getattr(part, hook)(calls, scene) for part in self.parts], 0.0)

    def reminded(self, scene) -> np.ndarray | bool:
        """Whom the reminder reaches under every patch."""
        return reduce(lambda a, b: a & b, [part.reminded(scene) for part in self.parts], True)

    def new_menu(self, calls, scene) -> np.ndarray | bool:
        """Which phone contacts came through menu v5 under any patch."""
        return reduce(lambda a, b: a | b, [part.new_menu(calls, scene) for part in self.parts], False)

    def by_text(self, calls, scene) -> np.ndarray | bool:
        """Which invitations go by text message under any patch."""
        return reduce(lambda a, b: a | b, [part.instrument(calls, scene) for part in self.parts], False)

    def filled(self, calls, scene) -> np.ndarray:
        """The ratings that the records show for unanswered invitations, 0 for none."""
        shown = reduce(
            np.maximum, [part.filled(calls, scene) for part in self.parts], np.zeros(len(calls), dtype=np.int8)
        )
        return np.where(calls.invited & ~calls.answered, shown, 0).astype(np.int8)

    def agent(self, calls, scene) -> np.ndarray:
        """Who takes each contact in the end."""
        for part in self.parts:
            calls = replace(calls, agent=part.agent(calls, scene))
        return calls.agent

    def any(self, hook: str, calls, scene) -> np.ndarray | bool:
        """Where any part says yes."""
        return reduce(lambda a, b: a | b, [getattr(part, hook)(calls, scene) for part in self.parts], False)

    def taken_for(self, sessions, scene) -> np.ndarray:
        """Intent that each session is taken for in the end."""
        for part in self.parts:
            sessions = replace(sessions, predicted=part.taken_for(sessions, scene))
        return sessions.predicted

    def said(self, hook: str, calls, scene) -> list[tuple[str, np.ndarray]]:
        """What `comment_key` or `rule` of the parts say."""
        return [said for part in self.parts if (said := getattr(part, hook)(calls, scene)) is not None]

    def tables(self, tables: dict, scene) -> dict:
        """The finished tables, spoiled by each part in turn."""
        for part in self.parts:
            tables = part.tables(tables, scene)
        return tables
