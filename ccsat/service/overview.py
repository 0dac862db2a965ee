"""The five service systems side by side: what each says today, or why it can say nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from pathlib import Path

import pandas as pd

from ccsat.centre import Centre
from ccsat.errors import CcsatError
from ccsat.question import Question
from ccsat.results import Result, result_class
from ccsat.wording import count, text

SYSTEMS = ("problem_solving", "proactive_service", "anomaly_watch", "experience_improvement", "word_of_mouth")


@result_class
class ServiceSystems(Result):
    """The five systems. The table: `system, name, known` (whether the data let it speak)`, said` (its sentence, or the reason; language of the session).

    `answers`: system -> its own answer, for those that are known.
    """

    answers: Mapping[str, Result]

    def sentence(self) -> str:
        return text("service.systems", n=count(len(self.answers)), all=count(len(self.table)))

    def sentences(self) -> list[str]:
        """One line a system, then what to mind."""
        lines = [
            text("service.system_line", name=row.name_, said=row.said)
            for row in self.table.rename(columns={"name": "name_"}).itertuples()
        ]
        notes = dict.fromkeys(text(key, **values) for one in self.answers.values() for key, values in one.caveats)
        return [*lines, *notes]


def service_systems(
    centre: Centre, question: Question | None = None, *, rules: Sequence = (), runs: str | Path | None = None, as_of: date | str | None = None
) -> ServiceSystems:  # fmt: skip
    """How do the five service systems stand?

    Args:
        question: Its periods and KPI; the study's where left out. The watch takes it and, where contacts say whether they were resolved, the resolution rate.
        rules: Triggers; by default one, on contacts that were not resolved, where the data say so.
        runs: The study's folder of runs, with findings and actions on record.
        as_of: The day of the clocks and of the watch; the data's last by default.

    Returns:
        `ServiceSystems`. A system that the data cannot feed says why and what to add; it stops none of the others.

    Source:
        DOMAIN 1.6 U4.1-U4.5.
    """
    question = question or Question.of(centre.study)
    found, answers = [], {}
    for system, make in _makers(centre, question, rules, runs, as_of).items():
        try:
            answers[system] = make()
            said = answers[system].sentence()
        except CcsatError as error:
            said = error.message().replace("\n", " ")
        found.append((system, text(f"service_system.{system}"), system in answers, said))
    return ServiceSystems(table=pd.DataFrame(found, columns=["system", "name", "known", "said"]), answers=answers)


def _makers(centre: Centre, question: Question, rules: Sequence, runs, as_of) -> dict[str, Callable[[], Result]]:
    from ccsat.service.anomalies import watch_service
    from ccsat.service.improvement import action_pipeline
    from ccsat.service.problem_solving import problem_register
    from ccsat.service.triggers import Trigger, judge_triggers
    from ccsat.service.word_of_mouth import watch_word_of_mouth

    solved = "resolved" in centre.columns
    rules = list(rules) or ([Trigger(text("service.unsolved"), {"resolved": 0})] if solved else [])
    watched = [
        question,
        *([Question("resolution_rate", caliber="of_all")] if solved and question.kpi != "resolution_rate" else []),
    ]
    return dict(zip(SYSTEMS, (
        lambda: problem_register(centre, runs=runs, as_of=as_of), lambda: judge_triggers(centre, question, rules), lambda: watch_service(centre, watched, as_of=as_of),
        lambda: action_pipeline(centre, runs=runs, as_of=as_of), lambda: watch_word_of_mouth(centre, question)), strict=True))  # fmt: skip
