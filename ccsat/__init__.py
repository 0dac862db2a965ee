"""ccsat: from a satisfaction gap to the cell, the cause, the owner and the action.

The names below are the public ones, in the order a reader meets them; each is loaded when it is first used.
"""

from importlib import import_module

_HOMES = {
    "read_centre": "centre", "Centre": "centre", "read_study": "study", "Question": "question",
    "measure": "kpis.asking", "trend": "kpis.asking", "ask": "kpis.asking", "facing": "kpis.facing", "CALIBERS": "calibers", "measure_all": "kpis",
    "deduct_by_reason": "deductions", "deduct_by_owner": "deductions", "deduct_bad_reviews": "deductions",
    "fair_targets": "ledgers", "dissatisfaction_budget": "ledgers", "composite": "ledgers", "composite_change": "ledgers", "split_change": "trace",
    "check_data": "stages.check", "Verdict": "stages.check", "locate_gap": "stages.locate", "explain_cells": "stages.explain",
    "plan_actions": "stages.solve", "locate_in_leaves": "stages.leaves", "Total": "stages.leaves", "Ratio": "stages.leaves",
    "ScoreCounts": "stages.leaves", "run_trace": "trace", "Trace": "trace", "gather_findings": "findings",
    "trace_table": "tracetable", "plot": "figures", "plot_cells": "figures", "set_language": "wording", "language": "wording",
    "compare": "catalogue.choose", "relate": "catalogue.choose", "choose": "catalogue.choose", "METHODS": "catalogue.rows",
    "rank_drivers": "methods.drivers", "Roles": "methods.roles", "Cast": "scales", "Scale": "scales", "LINEAR_5": "scales", "CcsatError": "errors",
    "monitor_kpi": "monitor", "verify_action": "register", "five_errors": "stages.five_errors", "cause_tree": "stages.cause_tree",
    "mediation": "stages.mediated", "rank_distance": "stages.cognition", "distinctive_words": "stages.comments",
    "compare_notes": "stages.agent_voice", "compare_quality": "stages.quality", "mix_target": "stages.mix_target",
    "dispatch_list": "stages.dispatch", "briefs": "stages.briefs", "fair_targets_range": "ledgers.targets", "what_if_reasons": "stages.whatif",
    "find_kpi": "kpis", "first_contact_resolution": "touchpoints.fcr", "lost_resolutions": "touchpoints.fcr_ledgers", "survey_agreement": "touchpoints.fcr_ledgers", "daily_fcr": "touchpoints.fcr_day", "indicator_table": "touchpoints.indicators",
    "escalation_rate": "touchpoints.complaints", "locate_escalations": "touchpoints.complaints", "preventable_pool": "touchpoints.complaint_causes",
    "satisfaction_by_type": "touchpoints.phone", "target_status": "business.targets", "centre_status": "business.targets",
    "decompose_target": "business.decompose", "cohort_curve": "business.marketing_rule", "rule_deductions": "business.business_rule",
    "process_dose": "business.process_dose", "scorecard": "business.scorecard", "ola_compliance": "business.agreements",
    "erlang_c": "workforce", "erlang_a": "workforce", "staff_needed": "workforce", "what_if": "workforce", "plan_week": "workforce",
    "watch_service": "service.anomalies", "gap_movement": "service.gaps", "service_systems": "service.overview",
    "find_latent": "proactive", "read_customers": "proactive", "assign_holdout": "proactive", "measure_uplift": "proactive",
    "meeting_pack": "meeting",
}  # fmt: skip

__all__ = [*_HOMES, "__version__"]
__version__ = "0.1.0"


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"ccsat has no {name!r}; it has: {', '.join(_HOMES)}")
    return getattr(import_module(f"ccsat.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return sorted(__all__)
