"""Where first contacts are lost, how much of it the better teams avoid, and whether customers agree that they were helped."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd

from ccsat.cells import agent_carried
from ccsat.centre import Centre
from ccsat.engine import NULL_LEVEL, Window
from ccsat.errors import ColumnError, NoDataError, listing, suggestion
from ccsat.estimates import wilson
from ccsat.kpis import facing
from ccsat.kpis.fcr import judged_rows, read_id, survey_rows
from ccsat.kpis.fcr_events import topics
from ccsat.question import Question
from ccsat.results import Ledger, Result, result_class
from ccsat.touchpoints.fcr import day, end_of
from ccsat.wording import count, interval, kpi_value, percent, text

UPPER_QUARTILE = 0.75
LEAST_TEAMS = 4  # below which there is no quartile to speak of
DRAWS = 1000
TEAM_WORDS = ("team", "group", "班组", "班", "组")


@result_class
class LostResolutions(Ledger):
    """Lost resolutions by topic; `points` add up to 1 - FCR.

    The table, most lost first: `topic, n, lost, value, lower, upper` (FCR, 95 %), `points` (lost of all), `share` (of all lost), `best` (upper-quartile team in the topic; NaN where
    fewer than four teams can be compared), `avoidable` (contacts that would not be lost at that level).

    Attributes:
        caliber: How it is counted. by: The topics' dimension. team: The teams'. n, lost: Contacts judged, and lost.
        lower, upper: 95 % of the total. avoidable, avoidable_lower, avoidable_upper: Of all topics; the interval by drawing the teams' counts anew.
    """

    caliber: str
    by: str
    team: str | None
    n: int
    lost: int
    lower: float
    upper: float
    avoidable: float
    avoidable_lower: float
    avoidable_upper: float

    def sentence(self) -> str:
        first = self.table.iloc[0]
        return text("fcr.losses", caliber=self.caliber, n=count(self.n), lost=count(self.lost), rate=kpi_value(self.total, "rate"), interval=interval(self.lower, self.upper, "rate"),
                    topic=first["topic"], topic_lost=count(first["lost"]), avoidable=count(self.avoidable),
                    avoidable_interval=f"[{count(self.avoidable_lower)}, {count(self.avoidable_upper)}]")  # fmt: skip


def lost_resolutions(centre: Centre, *, caliber: str = "48h", by: str | None = None, team: str | None = None, first: date | str | None = None, last: date | str | None = None,
                     min_n: int = 30, rng: int | np.random.Generator = 0) -> LostResolutions:  # fmt: skip
    """Which topics lose most first contacts, and how many would the better teams have resolved?

    Args:
        caliber: FCR caliber id. by: Dimension of topics; by default the coarse business line. team: Dimension of teams; by default the one of that name.
        first, last: Days of the contacts. min_n: Contacts a team needs in a topic to be compared.

    Raises:
        ColumnError: No such dimension. NoDataError: Nobody was judged. As `kpis.facing`.

    Assumes:
        Teams do like work within a topic. Team rates are shrunk towards the topic's by their n (moments), so that small teams do not set the mark.

    Source:
        DOMAIN 2.5.9; Morris (1983), JASA 78, 47-55, on shrinkage.
    """
    by = by or topics(centre)[0]
    team = team or next(
        (dim for dim in centre.dims if agent_carried(dim) and any(word in dim.lower() for word in TEAM_WORDS)), None
    )
    for name in filter(None, (by, team)) if by else (str(by),):
        if name not in centre.dims:
            raise ColumnError(
                "dim_unknown", dim=name, near=suggestion(name, centre.dims) or "–", known=listing(centre.dims)
            )
    face = facing(centre, Question("fcr", caliber))
    columns = [name for name in (by, team) if name in face.dims] + ["level"]
    window = [Window("all", day(first) or date.min, day(last) or date.max)] if first or last else []
    counts = face.engine.crosstab(face.facts, columns, windows=window)
    if counts.empty:
        raise NoDataError("fcr_nobody", as_of=str(last or "–"), windows=listing([caliber]))
    counts = counts.assign(
        topic=counts[by] if by in columns else NULL_LEVEL,
        group=counts[team] if team in columns else NULL_LEVEL,
        resolved=counts["n"] * counts["level"].astype(int),
    )
    cells = counts.groupby(["topic", "group"], as_index=False)[["n", "resolved"]].sum()
    n, resolved = int(cells["n"].sum()), int(cells["resolved"].sum())
    table = cells.groupby("topic", as_index=False)[["n", "resolved"]].sum()
    lower, upper = wilson(table["resolved"].to_numpy(), table["n"].to_numpy())
    lost = table["n"] - table["resolved"]
    known = [topic for topic in cells["topic"].unique()]
    best = {topic: _best(cells[cells["topic"] == topic], min_n) for topic in known}
    table = table.assign(
        lost=lost,
        value=table["resolved"] / table["n"],
        lower=lower,
        upper=upper,
        points=lost / n,
        share=lost / max(n - resolved, 1),
        best=table["topic"].map(best),
    )
    table["avoidable"] = (table["n"] * (table["best"] - table["value"])).clip(lower=0).fillna(0.0)
    table = table.sort_values(["lost", "topic"], ascending=[False, True], ignore_index=True).drop(columns="resolved")
    ends = _drawn(cells, min_n, np.random.default_rng(rng))
    whole = wilson(n - resolved, n)
    return LostResolutions(table=table, key="lost_resolutions", total=(n - resolved) / n, unit="rate", caliber=read_id(caliber).id, by=by, team=team, n=n, lost=n - resolved,
                           lower=float(whole[0]), upper=float(whole[1]), avoidable=float(table["avoidable"].sum()), avoidable_lower=ends[0], avoidable_upper=ends[1],
                           caveats=(("caveat.fcr_best_team", {"min_n": min_n}), *face.face.caveats))  # fmt: skip


def _shrunk(n: np.ndarray, resolved: np.ndarray) -> np.ndarray:
    """Teams' rates within a topic, each drawn towards the topic's by how little it tells; teams are the last axis."""
    rate = resolved / n
    middle = (resolved.sum(axis=-1) / n.sum())[..., None]
    noise = middle * (1 - middle) / n
    between = np.maximum(rate.var(axis=-1, ddof=1) - noise.mean(axis=-1), 0.0)[..., None]
    with np.errstate(invalid="ignore", divide="ignore"):
        weight = np.where(between > 0, between / (between + noise), 0.0)
    return middle + weight * (rate - middle)


def _comparable(teams: pd.DataFrame, min_n: int) -> np.ndarray:
    """Which teams of a topic can be compared: at least four, each with enough contacts."""
    enough = teams["n"].to_numpy() >= min_n
    return enough if enough.sum() >= LEAST_TEAMS else np.zeros_like(enough)


def _best(teams: pd.DataFrame, min_n: int) -> float:
    """The upper quartile of the teams' shrunken rates within a topic."""
    some = teams[_comparable(teams, min_n)]
    if some.empty:
        return np.nan
    return float(np.quantile(_shrunk(some["n"].to_numpy(float), some["resolved"].to_numpy(float)), UPPER_QUARTILE))


def _drawn(cells: pd.DataFrame, min_n: int, rng: np.random.Generator) -> tuple[float, float]:
    """95 % of the avoidable loss when every team's count is drawn anew from its shrunken rate."""
    total = np.zeros(DRAWS)
    for _, teams in cells.groupby("topic"):
        enough, n, resolved = _comparable(teams, min_n), teams["n"].to_numpy(float), teams["resolved"].to_numpy(float)
        if not enough.any():
            continue
        rate = np.where(enough, 0.0, resolved / n)
        rate[enough] = _shrunk(n[enough], resolved[enough])
        drawn = rng.binomial(n.astype(int), np.clip(rate, 0, 1), (DRAWS, len(n))).astype(float)
        best = np.quantile(_shrunk(n[enough], drawn[:, enough]), UPPER_QUARTILE, axis=1)
        total += n.sum() * np.maximum(best - drawn.sum(axis=1) / n.sum(), 0.0)
    low, high = np.quantile(total, [0.025, 0.975])
    return float(low), float(high)


@result_class
class Agreement(Result):
    """What customers did against what they said. The table is the 2 x 2: `behaviour` and `stated` (1 resolved, 0 not), `n`.

    Attributes:
        caliber: How behaviour is counted. n: Contacts with both. kappa, lower, upper: Cohen's kappa, 95 %. behaviour, stated: Share resolved by each.
    """

    caliber: str
    n: int
    kappa: float
    lower: float
    upper: float
    behaviour: float
    stated: float

    @property
    def interval(self) -> tuple[float, float]:
        return self.lower, self.upper

    def sentence(self) -> str:
        return text("fcr.agreement", kappa=f"{self.kappa:.2f}", lower=f"{self.lower:.2f}", upper=f"{self.upper:.2f}", n=count(self.n), caliber=self.caliber,
                    behaviour=percent(self.behaviour), stated=percent(self.stated))  # fmt: skip


def survey_agreement(centre: Centre, *, caliber: str = "48h", judged: str = "chain", first: date | str | None = None, last: date | str | None = None,
                     as_of: date | str | None = None) -> Agreement:  # fmt: skip
    """Do the customers who did not come back say that they were helped?

    Args:
        caliber: FCR caliber id; mature contacts only. first, last: Days of the contacts.

    Raises:
        ColumnError: The surveys have no answer to "was it solved?". NoDataError: No contact has both.

    Assumes:
        One answer a contact (the first counts). Both are flags of the same contact; those who answer are not all.

    Source:
        DOMAIN 2.5.8; Cohen (1960), Educational and Psychological Measurement 20, 37-46; interval of Fleiss, Cohen and Everitt (1969).
    """
    from statsmodels.stats.inter_rater import cohens_kappa

    surveys = centre.beside("surveys", {"survey_id": "id", "contact_id": "id", "solved_answer": "flag"})
    if surveys is None or not {"contact_id", "solved_answer"} <= set(surveys.roles):
        raise ColumnError(
            "engine_column",
            names="'contact_id', 'solved_answer'",
            known=listing(surveys.roles if surveys else ()),
            near="–",
        )
    way = read_id(caliber)
    said = f"SELECT s.contact_id, MIN(s.level) AS stated FROM ({survey_rows(centre)}) s WHERE s.level IS NOT NULL GROUP BY s.contact_id"
    span = [f"q.\"at\" >= TIMESTAMP '{day(first)} 00:00:00'"] if first else []
    span += [f"q.\"at\" < TIMESTAMP '{day(last)} 00:00:00' + INTERVAL '86400' SECOND"] if last else []
    text_of = (f"SELECT 1 - q.repeated AS behaviour, a.stated AS stated, CAST(COUNT(*) AS BIGINT) AS n FROM ({judged_rows(centre, way, judged=judged, as_of=end_of(as_of))}) q"
               f" JOIN ({said}) a ON a.contact_id = q.contact_id WHERE {' AND '.join(['q.mature = 1', *span])} GROUP BY 1 - q.repeated, a.stated")  # fmt: skip
    found = centre.engine.query(text_of).astype(int)
    grid = np.array(
        [
            [int(found.loc[(found["behaviour"] == b) & (found["stated"] == s), "n"].sum()) for s in (1, 0)]
            for b in (1, 0)
        ]
    )
    n = int(grid.sum())
    if not n:
        raise NoDataError("fcr_no_answers")
    table = pd.DataFrame(
        [(b, s, grid[i, j]) for i, b in enumerate((1, 0)) for j, s in enumerate((1, 0))],
        columns=["behaviour", "stated", "n"],
    )
    one_sided = (grid.sum(axis=0) == n).any() and (
        grid.sum(axis=1) == n
    ).any()  # both say the same of everybody: nothing to agree on
    kappa = None if one_sided else cohens_kappa(grid)
    values = (
        (np.nan, np.nan, np.nan)
        if kappa is None
        else (float(kappa.kappa), float(kappa.kappa_low), float(kappa.kappa_upp))
    )
    return Agreement(table=table, caliber=way.id, n=n, kappa=values[0], lower=values[1], upper=values[2], behaviour=grid[0].sum() / n, stated=grid[:, 0].sum() / n,
                     caveats=(("caveat.fcr_two_measures", {}),))  # fmt: skip
