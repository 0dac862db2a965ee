"""What each indicator counts, and every one of them that a centre's data allow."""

from ccsat.kpis.headline import measure_all

__all__ = ["measure_all"]
