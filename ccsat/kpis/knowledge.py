"""Knowledge: how much of it is out of date, how often agents work with what is out of date, or without any, and how much is improved."""

from __future__ import annotations

from ccsat.centre import Centre
from ccsat.kpis.indicator import Indicator

KINDS = {"knowledge_id": "id", "parent_id": "id", "topic": "text", "valid_from": "time", "valid_until": "time", "reviewed_on": "time", "hits": "number",
         "improved_n": "number"}  # fmt: skip
REVIEW_DAYS = 92  # the review cycle is a quarter


def _articles(centre: Centre, level: str) -> str:
    """Every article on every day since it became valid, as long as the data go; `d.day` is the day."""
    table = centre.beside("knowledge_articles", KINDS)
    quote = centre.engine.quote
    days = f"SELECT DISTINCT CAST(f.{quote('at')} AS DATE) AS day FROM ({centre.facts}) f WHERE f.{quote('at')} IS NOT NULL"
    topic = ", COALESCE(k.topic, '') AS topic" if "topic" in table.roles else ""
    begun = "k.valid_from IS NULL OR CAST(k.valid_from AS DATE) <= d.day" if "valid_from" in table.roles else "1 = 1"
    return (f"SELECT k.knowledge_id || '|' || CAST(d.day AS VARCHAR(10)) AS row_key, k.knowledge_id, CAST(d.day AS TIMESTAMP) AS {quote('at')}{topic}, "
            f"{level} AS level FROM ({table.sql}) k JOIN ({days}) d ON {begun}")  # fmt: skip


def _stale(centre: Centre) -> str:
    return _articles(centre, "CASE WHEN CAST(k.valid_until AS DATE) < d.day THEN 1 ELSE 0 END")


def _unreviewed(centre: Centre) -> str:
    midnight = "CAST(CAST({} AS DATE) AS TIMESTAMP)"
    since = (
        f"{centre.engine.seconds(midnight.format('d.day'), midnight.format('k.reviewed_on'))} > {86_400 * REVIEW_DAYS}"
    )
    return _articles(
        centre,
        f"CASE WHEN k.reviewed_on IS NULL THEN 1 WHEN CAST(k.reviewed_on AS DATE) > d.day THEN NULL WHEN {since} THEN 1 ELSE 0 END",
    )


def _improved(centre: Centre) -> str:
    """Articles that were used: whether they were improved at least once."""
    table = centre.beside("knowledge_articles", KINDS)
    topic = ", COALESCE(k.topic, '') AS topic" if "topic" in table.roles else ""
    used = "CASE WHEN k.hits > 0 THEN" if "hits" in table.roles else "CASE WHEN 1 = 1 THEN"
    when = f", CAST(k.reviewed_on AS TIMESTAMP) AS {centre.engine.quote('at')}" if "reviewed_on" in table.roles else ""
    return (f"SELECT k.knowledge_id AS row_key, k.knowledge_id{topic}{when}, {used} CASE WHEN COALESCE(k.improved_n, 0) > 0 THEN 1 ELSE 0 END END AS level "
            f"FROM ({table.sql}) k")  # fmt: skip


def _contacts(centre: Centre, level: str, join: str = "") -> str:
    quote = centre.engine.quote
    names = [
        name
        for name in ("row_key", "at", "contact_id", "agent_id", "customer_id", *centre.dims)
        if name in centre.columns
    ]
    return f"SELECT {', '.join(f'f.{quote(name)}' for name in names)}, {level} AS level FROM ({centre.facts}) f{join}"


def _stale_hit(centre: Centre) -> str:
    """Contacts that used an article: whether it was out of date that day."""
    table = centre.beside("knowledge_articles", KINDS)
    at = f"CAST(f.{centre.engine.quote('at')} AS DATE)"
    level = f"CASE WHEN f.knowledge_id IS NULL OR k.knowledge_id IS NULL THEN NULL WHEN CAST(k.valid_until AS DATE) < {at} THEN 1 ELSE 0 END"
    return _contacts(centre, level, f" LEFT JOIN ({table.sql}) k ON k.knowledge_id = f.knowledge_id")


def _miss(centre: Centre) -> str:
    """Contacts: whether no article was used."""
    return _contacts(centre, "CASE WHEN f.knowledge_id IS NULL THEN 1 ELSE 0 END")


_ARTICLE = {
    "group": "knowledge",
    "unit": "article_day",
    "better": "low",
    "dims": ("topic",),
    "cluster": "knowledge_id",
    "owner_level": "centre",
    "source": "DOMAIN 2.14",
}
_CONTACT = {"group": "knowledge", "unit": "contact", "better": "low", "owner_level": "centre", "source": "DOMAIN 2.14"}
INDICATORS: tuple[Indicator, ...] = (
    Indicator("stale_knowledge_rate", "of_articles", needs={"facts": ("at",), "knowledge_articles": ("knowledge_id", "valid_until")}, rows=_stale, **_ARTICLE),
    Indicator("knowledge_overdue_rate", "quarterly", needs={"facts": ("at",), "knowledge_articles": ("knowledge_id", "reviewed_on")}, rows=_unreviewed, **_ARTICLE),
    Indicator("stale_hit_rate", "of_uses", needs={"facts": ("at", "knowledge_id"), "knowledge_articles": ("knowledge_id", "valid_until")}, rows=_stale_hit, **_CONTACT),
    Indicator("knowledge_miss_rate", "of_contacts", needs={"facts": ("knowledge_id",)}, rows=_miss, **_CONTACT),
    Indicator("knowledge_improvement_rate", "of_used_articles", needs={"knowledge_articles": ("knowledge_id", "improved_n")}, rows=_improved,
              **_ARTICLE | {"unit": "article", "better": "high"}),
)  # fmt: skip
