"""Yuanqiao Telecom, the invented carrier: its calendar, size, business lines and coefficients (DOMAIN 5.1 to 5.4)."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

# Calendar -------------------------------------------------------------------------------------

START = np.datetime64("2025-03-03")  # a Monday
WEEKS = 12
DAYS = 7 * WEEKS
FIRST_CURRENT_WEEK = 9  # weeks count from 1
ONSET_WEEKS = (9, 10, 11)  # in which a story may begin
MOST_DECOYS = 10
BASELINE = "2025-03-03/2025-04-27"
CURRENT = "2025-04-28/2025-05-25"
DAY_WEIGHTS = (0.17, 0.16, 0.155, 0.155, 0.15, 0.11, 0.10)  # Monday to Sunday
DRIFT = 0.03  # slow drift of weekly volume
WEEKEND_ETA = -0.05


def first_day(week: int) -> int:
    """Days from the start of the world to a week's Monday; weeks count from 1."""
    return 7 * (week - 1)


# Size -----------------------------------------------------------------------------------------

SCALES = {"full": 1.0, "small": 0.1}
CONTACTS_PER_WEEK = 6000
CUSTOMERS = 60_000
AGENTS = 240

REGIONS = ("R1", "R2", "R3", "R4", "R5", "R6")
REGION_SHARES = (0.25, 0.22, 0.18, 0.15, 0.12, 0.08)
SEGMENTS = ("mass", "silver", "gold", "vip")
SEGMENT_SHARES = (0.62, 0.22, 0.12, 0.04)
AGE_BANDS = ("<20", "20-29", "30-39", "40-49", "50-59", "60+")
AGE_SHARES = (0.05, 0.20, 0.27, 0.22, 0.15, 0.11)
PLANS = tuple(f"P{k}" for k in range(1, 9))
CAMPAIGNS = ("C01", "C02", "C03", "C04", "C05", "C06")
CAMPAIGN_SHARES = (0.06, 0.05, 0.05, 0.11, 0.05, 0.04)
TEAMS = tuple(f"T{k:02d}" for k in range(1, 13))
TENURE_BANDS = ("0-89", "90-179", "180-364", "365+")
SHIFTS = ("night", "morning", "afternoon", "evening")
SITES = ("north", "south")
CHANNELS = ("phone", "online")
ONLINE = 0.30

# Always there, and no cause of any change.
WORSE_REGION, WORSE_REGION_ETA = "R4", -0.22  # one point
BETTER_TEAM, BETTER_TEAM_ETA = "T05", 0.28  # one point
OUTAGE = {"day": 37, "hours": (14, 18), "region": "R3", "line": "broadband_fault", "eta": -0.8}  # week 6
# Every incident; a scope of a region and a line, or online contacts. The second moved nothing.
INCIDENTS = {"INC-02": {"day": 16, "hours": (9, 11)}, "INC-01": OUTAGE}

# Business lines -------------------------------------------------------------------------------

# line: share, complexity weight, beta, {second level: share within the line}
LINES: dict[str, tuple[float, float, float, dict[str, float]]] = {
    "tariff_enquiry": (0.26, 0.0, 0.75, {"balance": 0.40, "usage": 0.35, "tariff_rule": 0.25}),
    "billing_dispute": (0.14, 1.0, -0.55,
                        {"vas_charge": 0.30, "overage": 0.30, "contract_fee": 0.20, "duplicate_charge": 0.20}),
    "plan_change": (0.15, 0.4, 0.05, {"upgrade": 0.34, "downgrade": 0.24, "early_termination": 0.42}),
    "broadband_fault": (0.14, 1.0, -0.40, {"slow": 0.30, "offline_onsite": 0.45, "device": 0.25}),
    "mobile_network": (0.08, 0.9, -0.40, {"coverage": 0.60, "speed": 0.40}),
    "vas": (0.07, 0.3, 0.35, {"subscribe": 0.5, "unsubscribe": 0.5}),
    "campaign": (0.08, 0.4, -0.10, {"rebate": 0.5, "gift": 0.5}),
    "complaint": (0.04, 1.3, -2.3, {"service_quality": 0.4, "business_rule": 0.6}),
    "other": (0.04, 0.3, 0.5, {"other": 1.0}),
}  # fmt: skip
L1 = tuple(LINES)
L2 = tuple(fine for line in LINES.values() for fine in line[3])
PARENT = np.array([k for k, line in enumerate(LINES.values()) for _ in line[3]])  # of L2, as a position in L1
COMPLEXITY = np.array([line[1] for line in LINES.values()])[PARENT]
BETA = np.array([line[2] for line in LINES.values()])[PARENT]
ONSITE = L2.index("offline_onsite")
# Lines whose volume a story may raise; every contact of them has a spare one that appears when it does.
SPARE_LINES = tuple(L1.index(line) for line in ("billing_dispute", "complaint"))

# Resolution, rating, answers ------------------------------------------------------------------

# Both intercepts are set so that the base levels of DOMAIN 5.1 come out with customers, repeats and background in
# play (94.67 % satisfied, 48-hour resolution 87.5 %); the bare coefficients of 5.4 (2.15 and .72) give 94.1 and 85.6.
RESOLVED = {"intercept": 2.35, "complexity": -0.85, "novice": -0.55, "transfer": -1.1, "cycle": -0.030}
ETA = {"intercept": 0.78, "resolved": 1.7, "attitude": 0.45, "wait": -0.22, "transfer": -0.75, "online": -0.35,
       "cycle": -0.055}  # fmt: skip
THRESHOLDS = np.array([-4.55, -4.15, -3.10, -1.72])
CUSTOMER_SD, AGENT_SD = 0.6, 0.25
INVITED = 0.92
ANSWER = {"intercept": -0.68, "bad": 0.30, "middling": -0.25, "online": -0.25}
TRANSFER_PHONE, TRANSFER_ONLINE = 0.08, 0.04
CYCLE_MEDIAN, CYCLE_SIGMA = 18.0, 0.5

# Repeats on the same issue --------------------------------------------------------------------

GENERATIONS = 6  # a first contact and up to five repeats
REPEAT_RESOLVED, REPEAT_UNRESOLVED = 0.10, 0.70
OTHER_CHANNEL = 0.25

# The reminded date (a trial pack ends and is charged from then on) ---------------------------------

TRIAL_SHARE = 0.30  # of customers, with an end spread evenly over the calendar
TRIAL_LAGS = (0.40, 0.27, 0.14, 0.08, 0.05, 0.03, 0.02, 0.01)  # days from the end to the first contact about it
REMINDED = 0.985  # the reminder job reaches nearly everyone
UNREMINDED_ETA = -1.7
DISPUTES_VOLUME, VAS_SHARE_UNREMINDED = 1.30, 0.46  # of billing_dispute, and of vas_charge within it
UNREMINDED_VOLUME = DISPUTES_VOLUME * VAS_SHARE_UNREMINDED / 0.30  # of vas_charge; the other disputes hardly move

# Process and rules --------------------------------------------------------------------------------

FOLLOWED = 0.93  # contacts handled by the process
# line: business rule that part of its contacts meet, and that part; harmless
RULES = {
    "tariff_rule": ("RULE-02", 0.30),
    "upgrade": ("RULE-07", 0.40),
    "subscribe": ("RULE-09", 0.50),
    "rebate": ("RULE-15", 0.60),
}

# Reasons --------------------------------------------------------------------------------------

REASONS = (*(f"R{k:02d}" for k in range(1, 13)), "R99")
OWNERS = {
    "R01": "mixed", "R02": "agent", "R03": "centre_process", "R04": "business_rule", "R05": "centre_process",
    "R06": "business_process", "R07": "billing_product", "R08": "marketing", "R09": "intelligent_service",
    "R10": "intelligent_service", "R11": "agent", "R12": "network", "R99": "mixed",
}  # fmt: skip


def expit(x: np.ndarray) -> np.ndarray:
    """The logistic function."""
    return 1 / (1 + np.exp(-x))


def first_contact_shares(replaced: Mapping[str, Mapping[str, float]]) -> tuple[np.ndarray, float]:
    """Shares of second-level lines among first contacts, and first contacts per contact.

    The shares of the business lines hold for all contacts; hard lines repeat more often, so they are rarer among
    first contacts. `replaced` names L1 lines whose shares within are others.
    """
    usual = [line[0] * replaced.get(name, line[3])[fine] for name, line in LINES.items() for fine in line[3]]
    transfer = (1 - ONLINE) * TRANSFER_PHONE + ONLINE * TRANSFER_ONLINE
    resolved = expit(RESOLVED["intercept"] + RESOLVED["complexity"] * COMPLEXITY + RESOLVED["transfer"] * transfer)
    repeat = REPEAT_RESOLVED * resolved + REPEAT_UNRESOLVED * (1 - resolved)
    weights = np.array(usual) * (1 - repeat)
    return weights / weights.sum(), float(weights.sum())


def shift_of(hour: np.ndarray) -> np.ndarray:
    """Position in SHIFTS of an hour of the day."""
    return np.digitize(hour, [6, 12, 18])


def campaign_shares(campaigns: int) -> tuple[float, ...]:
    """Share of customers in each campaign: the usual six as they are, any other number of equal size."""
    if campaigns == len(CAMPAIGNS):
        return CAMPAIGN_SHARES
    return (sum(CAMPAIGN_SHARES) / campaigns,) * campaigns


def campaign_names(campaigns: int) -> tuple[str, ...]:
    """C01, C02 ..."""
    return tuple(f"C{k:02d}" for k in range(1, campaigns + 1))
