"""Figures of answers, by plotly: the only package that imports it."""

from ccsat.figures.answers import plot_points
from ccsat.figures.business import (
    plot_agreements,
    plot_cohort_curve,
    plot_escalation_cells,
    plot_escalation_cohorts,
    plot_process,
    plot_rules,
    plot_target_parts,
    plot_targets,
)
from ccsat.figures.fcr import plot_estimates, plot_fcr, plot_losses
from ccsat.figures.frame import plot
from ccsat.figures.intelligent import (
    plot_change_weeks,
    plot_indicators,
    plot_looks,
    plot_nodes,
    plot_prompts,
    plot_steps,
)
from ccsat.figures.proactive import plot_calibration, plot_capture, plot_uplift
from ccsat.figures.service import plot_agents, plot_alert_days, plot_gaps, plot_promises, plot_task_funnel, plot_types
from ccsat.figures.traces import plot_cells
from ccsat.figures.watch import plot_verification, plot_watch
from ccsat.figures.why import (
    plot_controllable,
    plot_dose,
    plot_explorer,
    plot_factors,
    plot_first_change,
    plot_reasons,
    plot_weeks,
)
from ccsat.figures.workforce import (
    plot_pooling,
    plot_pruned,
    plot_queue,
    plot_schedule,
    plot_service_levels,
    plot_what_if,
)

__all__ = [
    "plot_estimates",
    "plot_fcr",
    "plot_losses",
    "plot",
    "plot_agents",
    "plot_agreements",
    "plot_alert_days",
    "plot_calibration",
    "plot_capture",
    "plot_cells",
    "plot_change_weeks",
    "plot_cohort_curve",
    "plot_controllable",
    "plot_dose",
    "plot_escalation_cells",
    "plot_escalation_cohorts",
    "plot_explorer",
    "plot_factors",
    "plot_first_change",
    "plot_gaps",
    "plot_indicators",
    "plot_looks",
    "plot_nodes",
    "plot_points",
    "plot_pooling",
    "plot_process",
    "plot_promises",
    "plot_prompts",
    "plot_pruned",
    "plot_queue",
    "plot_reasons",
    "plot_rules",
    "plot_schedule",
    "plot_service_levels",
    "plot_steps",
    "plot_target_parts",
    "plot_targets",
    "plot_task_funnel",
    "plot_types",
    "plot_uplift",
    "plot_verification",
    "plot_watch",
    "plot_weeks",
    "plot_what_if",
]
