"""What each indicator counts, and every one of them that a centre's data allow."""

from ccsat.kpis.asking import ask, measure, trend
from ccsat.kpis.cards import Card, card_of
from ccsat.kpis.catalogue import catalogue, find_kpi
from ccsat.kpis.facing import faced, facing
from ccsat.kpis.headline import measure_all

__all__ = ["Card", "ask", "card_of", "catalogue", "faced", "facing", "find_kpi", "measure", "measure_all", "trend"]
