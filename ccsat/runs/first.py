"""Ask before a kernel starts: bad input is refused at once where reading the data twice is cheap."""

from __future__ import annotations

from ccsat.study import Database, Study

CHEAP = 20_000_000  # bytes of data that are read once more; above, the notebook refuses them


def ask_small(study: Study, as_of: str | None) -> None:
    """Read a study's small data, ask its question and pass the data gate.

    Raises:
        CcsatError: What the notebook would raise.
    """
    from ccsat.sources import find_sources

    named = study.sources().values()
    if any(isinstance(source, Database) for source in named) or study.data.engine not in (None, "duckdb"):
        return
    files = [path for source in named for path in find_sources(source, study.folder)[0]]
    if sum(path.stat().st_size for path in files) > CHEAP:
        return
    from ccsat.centre import read_centre
    from ccsat.gate import gate_data
    from ccsat.kpis.asking import ask
    from ccsat.question import Question

    centre, question = read_centre(study), Question.of(study, as_of=as_of)
    gate_data(centre, question)
    ask(centre, question)
