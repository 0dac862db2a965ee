"""Ratings of one touchpoint: the same ratings and calibers, restricted to the contacts of a channel and a kind of service."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ccsat.centre import Centre
from ccsat.engine.scan import literal

# How tables spell what the touchpoints are named after; the codes of DOMAIN 5.2 first.
WORDS: dict[str, tuple[str, ...]] = {
    "phone": ("phone", "voice", "call", "hotline", "tel", "telephone", "电话", "热线", "语音", "人工电话", "电话人工"),
    "online": ("online", "chat", "web", "im", "text", "在线", "互联网", "文本", "在线人工", "互联网人工", "网络"),
    "enquiry": (
        "consult",
        "enquiry",
        "inquiry",
        "query",
        "service",
        "咨询",
        "服务咨询",
        "查询",
        "业务咨询",
        "咨询服务",
    ),
    "marketing": ("marketing", "sales", "outbound_sales", "营销", "外呼营销", "营销服务", "推荐"),
    "complaint": ("complaint", "complaints", "投诉", "投诉处理", "申诉"),
}
COLUMNS = {
    "channel": ("channel", "渠道", "接触渠道", "touchpoint", "触点"),
    "service_type": ("service_type", "服务类型", "业务类型", "contact_type"),
}


@dataclass(frozen=True)
class Slice:
    """Satisfaction at one touchpoint: the centre's ratings where the facts' columns say it was there.

    Attributes:
        kpi, id: "touchpoint_satisfaction" and the touchpoint.
        where: Column (a key of `COLUMNS`) -> kind (a key of `WORDS`).
    """

    kpi: str
    id: str
    where: Mapping[str, str]
    group: str = "satisfaction"
    unit: str = "survey"
    better: str = "high"
    measured_in: str = "share"
    owner_level: str = "team"
    per: int = 1
    mature_h: float = 0
    source: str = "DOMAIN 1.4, 2.6.3"
    measure: str = "rate"
    band: None = None

    @property
    def key(self) -> str:
        return f"{self.kpi}/{self.id}"

    @property
    def needs(self) -> dict[str, tuple[str, ...]]:
        return {"facts": ("rating", *self.where)}

    def columns(self, centre: Centre) -> dict[str, str | None]:
        """The centre's own column for each that the touchpoint is told by; None where it has none."""
        return {name: next((c for c in COLUMNS[name] if c in centre.columns), None) for name in self.where}

    def condition(self, centre: Centre) -> str:
        """SQL that is true for the touchpoint's facts."""
        tests = []
        for name, column in self.columns(centre).items():
            words = ", ".join(literal(word) for word in WORDS[self.where[name]])
            tests.append(f"LOWER(f.{centre.engine.quote(column)}) IN ({words})")
        return " AND ".join(tests)
