"""Word of mouth: who recommends and who warns others, whether those who warn are won back, and how the risk of public complaints moves."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import numpy as np
import pandas as pd

from ccsat.cells import ask
from ccsat.centre import Centre
from ccsat.engine import Window
from ccsat.errors import DataError, StudyError, listing
from ccsat.estimates import wilson
from ccsat.numerics.power import quantile
from ccsat.question import Question
from ccsat.results import Result, result_class
from ccsat.service.word_rows import count_parts, has_nps, indicator_rows, inside, read_answers
from ccsat.wording import count, number, percent, text

PUBLIC = (
    "regulator",
    "consumer_assoc",
    "hotline",
    "media",
    "监管",
    "监管机构",
    "通管局",
    "消协",
    "消费者协会",
    "公开热线",
    "12315",
    "12345",
    "媒体",
)
WEIGHTS = {"detractors": 1.0, "local": 1.0, "escalated": 1.0, "public": 1.0}
BACK_DAYS = 60
FEW = 10  # events behind a component
Z = 1.959963984540054


@result_class
class WordOfMouth(Result):
    """How word of mouth stands, and how its risk moved. `table`: one row a component of the index: `component, x, n, value, lower, upper` in the current period
    (events a contact or an answer), `x_baseline, n_baseline, value_baseline, ratio, ratio_lower, ratio_upper, weight`.

    `nps`: the Net Promoter Score (-1 to 1) with `nps_lower, nps_upper, nps_n`; None without the recommendation question. `detractor_share` with interval and `n_answers`;
    `asked_by`: "nps" (0 to 6 of 10) or "rating" (the poor levels of the study's scale). `won_back`: of the detractors who answered again within `days`, the share whose next
    answer is no detractor's; `kept`: of the others, the share that stayed so. `silent_after`: the share of detractors with no further answer.
    `index`: 100 where all components stand as in the baseline, 200 where all have doubled (weighted geometric mean of the ratios), with a conservative interval.
    """

    nps: float | None
    nps_lower: float | None
    nps_upper: float | None
    nps_n: int
    asked_by: str
    detractor_share: float
    detractor_lower: float
    detractor_upper: float
    n_answers: int
    won_back: float | None
    won_lower: float | None
    won_upper: float | None
    n_won: int
    kept: float | None
    n_kept: int
    silent_after: float | None
    days: int
    index: float | None
    index_lower: float | None
    index_upper: float | None

    def sentence(self) -> str:
        return self.sentences()[0]

    def sentences(self) -> list[str]:
        """Detractors and NPS; recovery against what time alone does; the index; then the caveats."""
        shares = {
            "share": percent(self.detractor_share),
            "lower": percent(self.detractor_lower),
            "upper": percent(self.detractor_upper),
            "n": count(self.n_answers),
        }
        said = [text(f"word_of_mouth.detractors_{self.asked_by}", **shares)]
        if self.nps is not None:
            said.append(
                text(
                    "word_of_mouth.nps",
                    nps=number(100 * self.nps, 1),
                    lower=number(100 * self.nps_lower, 1),
                    upper=number(100 * self.nps_upper, 1),
                    n=count(self.nps_n),
                )
            )
        if self.won_back is not None:
            said.append(text("word_of_mouth.won", share=percent(self.won_back), lower=percent(self.won_lower), upper=percent(self.won_upper), n=count(self.n_won), days=self.days,
                             silent=percent(self.silent_after)))  # fmt: skip
        if self.index is not None:
            said.append(
                text(
                    "word_of_mouth.index",
                    index=number(self.index, 0),
                    lower=number(self.index_lower, 0),
                    upper=number(self.index_upper, 0),
                    parts=count(len(self.table)),
                )
            )
        return [*said, *(text(key, **values) for key, values in self.caveats)]


def watch_word_of_mouth(
    centre: Centre, question: Question | None = None, *, weights: Mapping[str, float] | None = None, days: int = BACK_DAYS, public: Collection[str] = PUBLIC
) -> WordOfMouth:  # fmt: skip
    """Do customers warn others, are they won back, and is the risk of public complaints rising?

    Args:
        question: Its current and baseline periods; the study's where left out.
        weights: Component -> weight of the index: "detractors", "local" (complaints), "escalated" (inside the company group), "public"; those left out have none.
        days: Within which a detractor's next answer counts as won back or not.
        public: Words of the complaints' authority that mean public (regulator, consumer body, hotline, media).

    Returns:
        `WordOfMouth`. Without a baseline there is no index, without complaints only the answers.

    Raises:
        StudyError: Unknown or impossible weights. DataError: Nobody answered in the current period.

    Assumes:
        Contacts of both periods are alike in kind. An index compares a centre with itself; its weights are a judgement.

    Source:
        NPS and its error: DOMAIN 2.6.6; detractors: kpis.word_of_mouth; complaints: DOMAIN 2.11.
    """
    chosen = dict(WEIGHTS if weights is None else weights)
    unknown = [name for name in chosen if name not in WEIGHTS]
    if unknown or not chosen or min(chosen.values()) < 0 or not sum(chosen.values()) > 0:
        raise StudyError("word_of_mouth_weights", given=listing(unknown or chosen), known=listing(WEIGHTS))
    asked = ask(centre, question or Question.of(centre.study))
    now = asked.current or Window("current", *centre.days)
    before, caveats = asked.baseline, []
    by = "nps" if has_nps(centre) else "rating"
    answers = read_answers(centre, by)
    mine = inside(answers, now)
    if not len(mine):
        raise DataError("word_of_mouth_none", first=str(now.first), last=str(now.last))
    x, n = int(mine["level"].sum()), len(mine)
    lower, upper = (float(one) for one in wilson(x, n))
    if by == "rating":
        caveats.append(("caveat.word_of_mouth_ratings", {}))
    nps = _nps(centre, now) if by == "nps" else (None, None, None, 0)
    back = _won_back(answers, days)
    caveats += (
        [("caveat.word_of_mouth_back", {"kept": back["kept"], "n": back["n_kept"]})] if back["kept"] is not None else []
    )
    parts = count_parts(centre, answers, now, before, public)
    table, index = _index({name: part for name, part in parts.items() if name in chosen}, chosen)
    if index[0] is not None:
        caveats.append(("caveat.word_of_mouth_index", {}))
        few = [
            text(f"word_of_mouth.component.{row.component}")
            for row in table.itertuples()
            if min(row.x, row.x_baseline) < FEW
        ]
        caveats += [("caveat.word_of_mouth_few", {"components": ", ".join(few), "least": FEW})] if few else []
    return WordOfMouth(table=table, caveats=tuple(caveats), nps=nps[0], nps_lower=nps[1], nps_upper=nps[2], nps_n=nps[3], asked_by=by, detractor_share=x / n, detractor_lower=lower,
                       detractor_upper=upper, n_answers=n, days=days, index=index[0], index_lower=index[1], index_upper=index[2], **back)  # fmt: skip


def nps_interval(promoters: float, detractors: float, n: float) -> tuple[float, float, float]:
    """NPS, its standard error and half width (95 %) from the shares: variance (p + d - (p - d)^2) / n, on -1 to 1.

    Source:
        DOMAIN 2.6.6.
    """
    value = promoters - detractors
    error = float(np.sqrt((promoters + detractors - value**2) / n))
    return value, error, Z * error


def _nps(centre: Centre, now: Window) -> tuple[float, float, float, int]:
    rows = inside(indicator_rows(centre, "recommendation_index", "nps_question"), now)
    n = len(rows)
    value, _, half = nps_interval(float((rows["level"] == 2).mean()), float((rows["level"] == 0).mean()), n)
    return value, max(value - half, -1.0), min(value + half, 1.0), n


def _won_back(answers: pd.DataFrame, days: int) -> dict:
    """Each customer's answer and the next one within so many days, over all the data."""
    none = {
        "won_back": None,
        "won_lower": None,
        "won_upper": None,
        "n_won": 0,
        "kept": None,
        "n_kept": 0,
        "silent_after": None,
    }
    if not {"customer_id", "at"} <= set(answers.columns):
        return none
    rows = answers.dropna(subset=["customer_id", "at"]).sort_values(["customer_id", "at", "row_key"], kind="stable")
    at, by = pd.to_datetime(rows["at"]), rows.groupby("customer_id", sort=False)
    rows = rows.assign(
        at=at, next_at=at.groupby(rows["customer_id"], sort=False).shift(-1), next_level=by["level"].shift(-1)
    )
    last = at.max() - pd.Timedelta(days=days)  # younger answers have not had their time
    rows = rows[rows["at"] <= last]
    again = rows["next_at"].notna() & (rows["next_at"] - rows["at"] <= pd.Timedelta(days=days))
    poor = rows["level"] == 1
    won, kept = rows[again & poor], rows[again & ~poor]
    if not len(won):
        return none
    x = int((won["next_level"] == 0).sum())
    lower, upper = (float(one) for one in wilson(x, len(won)))
    return {"won_back": x / len(won), "won_lower": lower, "won_upper": upper, "n_won": len(won), "kept": float((kept["next_level"] == 0).mean()) if len(kept) else None,
            "n_kept": len(kept), "silent_after": float(1 - len(won) / poor.sum())}  # fmt: skip


def _index(parts: Mapping[str, tuple[int, int, int, int]], weights: Mapping[str, float]) -> tuple[pd.DataFrame, tuple]:
    rows, logs, half, total, z = [], 0.0, 0.0, 0.0, quantile(0.95, np.inf)
    for name, (x, n, x0, n0) in parts.items():
        if not (n and n0):
            continue
        log = float(np.log((x + 0.5) / (n + 1)) - np.log((x0 + 0.5) / (n0 + 1)))
        error = float(np.sqrt(1 / (x + 0.5) + 1 / (x0 + 0.5)))
        lower, upper = (float(one) for one in wilson(x, n))
        rows.append({"component": name, "x": x, "n": n, "value": x / n, "lower": lower, "upper": upper, "x_baseline": x0, "n_baseline": n0, "value_baseline": x0 / n0,
                     "ratio": np.exp(log), "ratio_lower": np.exp(log - z * error), "ratio_upper": np.exp(log + z * error), "weight": weights[name]})  # fmt: skip
        logs, half, total = logs + weights[name] * log, half + weights[name] * z * error, total + weights[name]
    table = pd.DataFrame(
        rows,
        columns=[
            "component",
            "x",
            "n",
            "value",
            "lower",
            "upper",
            "x_baseline",
            "n_baseline",
            "value_baseline",
            "ratio",
            "ratio_lower",
            "ratio_upper",
            "weight",
        ],
    )
    if not total:
        return table, (None, None, None)
    # components share contacts and customers: their errors are added as if they moved together, the widest that can be
    return table, tuple(
        float(100 * np.exp(value)) for value in (logs / total, (logs - half) / total, (logs + half) / total)
    )
