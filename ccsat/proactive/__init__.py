"""Proactive service: latent-dissatisfied customers, whom to contact first and why, and what a repair does to a random half."""

from ccsat.proactive.customers import Customers, read_customers, take_customers
from ccsat.proactive.drift import Drift, check_drift
from ccsat.proactive.holdout import Holdout, Plan, assign_holdout, plan_holdout
from ccsat.proactive.latent import Latent, find_latent
from ccsat.proactive.lists import Outreach, capacity_list, write_list
from ccsat.proactive.participation import Participation, weigh_answers
from ccsat.proactive.rules import Rule, read_rules
from ccsat.proactive.tables import read_table
from ccsat.proactive.triggers import Triggers, judge_triggers
from ccsat.proactive.uplift import Uplift, measure_uplift

__all__ = ["Customers", "Drift", "Holdout", "Latent", "Outreach", "Participation", "Plan", "Rule", "Triggers", "Uplift", "assign_holdout", "capacity_list",
           "check_drift", "find_latent", "judge_triggers", "measure_uplift", "plan_holdout", "read_customers", "read_rules", "read_table", "take_customers",
           "weigh_answers", "write_list"]  # fmt: skip
