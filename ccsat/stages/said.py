"""Evidence, chains and what was ruled out, in words: the numbers of stage 3 rounded once."""

from __future__ import annotations

from collections.abc import Mapping

from ccsat.stages.evidence import Evidence, Link
from ccsat.stages.refused import refused_words
from ccsat.wording import count, figure, has, language, p_words, percent, points, term, text

IN_POINTS = ("value", "lower", "upper", "placebo", "value_control")
IN_PERCENT = ("share", "share_before", "carries", "fit", "shift")
IN_COUNTS = ("n", "n_control", "placebo_dates", "worse", "of", "first", "last")
READY = ("words", "qa_passed", "qa_failed", "agent_voice")  # kinds whose values are words already
OF_METRICS = (
    "driver_share",
    "reason_grew",
    "reason_heavier",
    "reason_along",
    "driver",
)  # their values are the metric's or the reason's own


def evidence_sentence(evidence: Evidence, unit: str) -> str:
    """One piece of evidence in words, in the KPI's points."""
    key = evidence.kind
    if key in READY:
        return text(f"evidence.{key}", **evidence.values)
    shown = numbers_shown(evidence.values, unit) if evidence.kind not in OF_METRICS else _own(evidence.values)
    if evidence.kind == "driver_share":
        shown |= {name: percent(evidence.values[name], 1) for name in ("value", "value_reference")}
    if evidence.kind == "driver" and shown["value"] == shown["value_reference"]:
        key = "driver_same"
    if evidence.kind == "declared":
        shown["p"] = p_words(evidence.values["p_adjusted"])
    return text(f"evidence.{key}", **shown)


def ruled_out_sentence(one: Mapping, unit: str) -> str:
    """Why a hypothesis was ruled out, with its numbers where there are any: "date does not fit: change on ..., break on ..."."""
    if "values" in one:
        return refused_words(one, unit)
    why = text(f"ruled_out.{one['why']}")
    key = f"ruled_out_because.{one['why']}"
    if not has(key):
        return why
    try:
        return text("said.because", why=why, numbers=text(key, **numbers_shown(one, unit)))
    except KeyError:  # numbers that the rule could not have: nothing to add
        return why


def link_sentence(link: Link) -> str | None:
    """A link that this module's wording knows (rule, campaign, decision); None for every other."""
    v = dict(link.values)
    if link.key == "rule":
        return text("link.rule", id=v["id"], share_words=percent(v["share"], 0))
    if link.key == "campaign":
        return text("link.campaign", id=v["id"], title=v[f"title_{language()}"], condition=v[f"condition_{language()}"])
    if link.key == "decision":
        return text("link.decision", dept=term(v["dept"]), how=text(f"announced.{v['how']}"))
    return None


def numbers_shown(values: Mapping, unit: str) -> dict[str, str]:
    """Values as a reader sees them: points in the KPI's unit, shares as percent, counts whole, p-values as journals print them."""
    shown: dict[str, str] = {}
    for name, value in values.items():
        if name in IN_POINTS:
            shown[name] = points(value, unit)
        elif name == "error_control":
            shown[name] = points(1.96 * value, unit, sign=False)
        elif name in IN_PERCENT:
            shown[name] = percent(value, 0)
        elif name in IN_COUNTS:
            shown[name] = count(value)
        elif name in ("promised", "delivered"):
            shown[name] = figure(value)
        elif name in ("dims", "levels"):
            shown[name] = text("joined").join(value)
        elif name == "owner":
            shown[name] = term(value)
        elif name == "rival":
            shown[name] = str(value).split(":", 1)[-1]
        else:
            shown[name] = "–" if value is None else str(value)
    for name, short in (("p", "p"), ("trend_p", "trend"), ("leads_p", "leads")):
        if name in values:
            shown[short] = p_words(values[name])
    return shown


def _own(values: Mapping) -> dict[str, str]:
    """Values of a metric or a reason, in its own unit."""
    shown = {name: f"{value:.2f}" if isinstance(value, float) else str(value) for name, value in values.items()}
    return shown | {"p": p_words(values["p"])} | {"n": count(values["n"])} if "p" in values else shown
