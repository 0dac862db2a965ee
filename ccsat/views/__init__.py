"""A trace as the tables and sentences that a manager reads; words and rounded numbers only."""

from ccsat.views.answer import show_answer, unknowns
from ccsat.views.cells import (
    show_biggest_split,
    show_cells,
    show_declared,
    show_split,
    show_standing,
    show_undecided,
)
from ccsat.views.check import (
    show_check,
    show_defects,
    show_intake,
    show_kpis,
    show_legs,
    show_mix_target,
    show_notes,
)
from ccsat.views.ledgers import show_errors, show_fair, show_owners_asked, show_reasons, show_reasons_of, show_tree
from ccsat.views.names import Names, code_names
from ccsat.views.plan import (
    show_briefs,
    show_dispatch,
    show_left_out,
    show_plan,
    show_suggested,
    show_verification,
    show_what_if,
)
from ccsat.views.table import show_caveats, show_trace_table
from ccsat.views.view import Fold, View, fold, sentences, stack
from ccsat.views.voices import show_agents, show_voices
from ccsat.views.why import (
    evidence_words,
    show_causes,
    show_doses,
    show_evidence,
    show_first_cause,
    show_ruled_out,
)

__all__ = [
    "Fold", "Names", "View", "code_names", "evidence_words", "fold", "sentences", "show_agents", "show_answer", "show_biggest_split", "show_briefs", "show_causes",
    "show_caveats", "show_cells", "show_check", "show_declared", "show_defects", "show_dispatch", "show_doses", "show_errors", "show_evidence",
    "show_fair", "show_first_cause", "show_intake", "show_kpis", "show_left_out", "show_legs", "show_mix_target", "show_notes", "show_owners_asked",
    "show_plan", "show_reasons", "show_reasons_of", "show_ruled_out", "show_split", "show_standing", "show_suggested", "show_trace_table", "show_tree",
    "show_undecided", "show_verification", "show_voices", "show_what_if", "stack", "unknowns",
]  # fmt: skip
