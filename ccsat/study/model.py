"""The tables and keys of a study file, and the kind of value each takes."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

Auto = Literal["auto"]
Lang = Literal["zh", "en"]
OWNERS = ("agent", "centre_process", "intelligent_service", "business_process", "business_rule", "marketing",
          "billing_product", "network", "mixed", "unstated")  # fmt: skip
Owner = Literal["agent", "centre_process", "intelligent_service", "business_process", "business_rule", "marketing",
                "billing_product", "network", "mixed", "unstated"]  # fmt: skip
TABLES = ("surveys", "contacts", "agents", "customers", "survey_reasons", "bill_items")
OTHER_TABLES = ("bot_sessions", "bot_turns", "ivr_paths", "self_service", "complaints", "tickets", "ticket_steps", "qa_reviews",
                "agent_days", "intervals", "campaigns", "ola", "knowledge_articles", "incidents", "experience", "repairs", "asr_samples", "assist_events")  # fmt: skip
REGISTERS = ("changes", "actions", "targets")  # under [data] or as tables of their own


class Part(BaseModel):
    """A table of the study file. Numbers stand for text where a name is wanted: a column may be called 5."""

    model_config = ConfigDict(extra="forbid", frozen=True, coerce_numbers_to_str=True)


class Database(Part):
    """A table in a database; the address comes from an environment variable when it holds a secret."""

    database: str  # "warehouse.duckdb", "postgresql://host/base", "clickhouse://user@host:8123/base", "spark" or "env:NAME"
    table: str


Source = str | Database
Finite = Annotated[float, Field(allow_inf_nan=False)]


class Naming(Part):
    """What the study is called, the language of its report, and the clock that its days are of."""

    name: Annotated[str, Field(pattern=r"^[\w\-.]+$", min_length=1, max_length=80)] = "study"
    lang: Lang = "en"
    timezone: str | None = (
        None  # "Asia/Shanghai": where --as-of today and yesterday are counted; the machine's own if left out
    )


class Data(Part):
    """Where the tables are, relative to the study file, and how to read text."""

    surveys: Source | None = None
    contacts: Source | None = None
    agents: Source | None = None
    customers: Source | None = None
    survey_reasons: Source | None = None
    bill_items: Source | None = None
    bot_sessions: Source | None = None
    bot_turns: Source | None = None
    ivr_paths: Source | None = None
    self_service: Source | None = None
    complaints: Source | None = None
    tickets: Source | None = None
    ticket_steps: Source | None = None
    qa_reviews: Source | None = None
    agent_days: Source | None = None
    intervals: Source | None = None
    campaigns: Source | None = None
    ola: Source | None = None
    knowledge_articles: Source | None = None
    incidents: Source | None = None
    experience: Source | None = None
    repairs: Source | None = None
    asr_samples: Source | None = None
    assist_events: Source | None = None
    encoding: str = "auto"
    delimiter: str = "auto"
    dayfirst: bool | Auto = "auto"
    header_row: Annotated[int, Field(ge=1)] | Auto = "auto"  # 1 is the first line
    engine: Literal["duckdb", "clickhouse", "spark"] | None = None  # left out: as the tables' places ask for
    missing: list[str | int | float] | dict[str, list[str | int | float]] = []  # codes, for all columns or per column

    def missing_codes(self, column: str) -> tuple[str, ...]:
        """Codes that mean "missing" in one of the file's columns, as text."""
        codes = self.missing.get(column, []) if isinstance(self.missing, dict) else self.missing
        return tuple(str(code) for code in codes)

    def tables(self) -> dict[str, Source]:
        """The tables that the study names."""
        return {name: getattr(self, name) for name in (*TABLES, *OTHER_TABLES) if getattr(self, name) is not None}


class Spark(Part):
    """The session that is started where `[data] engine` is "spark". Where it runs is no part of the answer."""

    master: str | None = None  # "local[2]", "spark://host:7077", "yarn", "k8s://https://host:443"; left out: Spark's own configuration
    settings: dict[str, str | int | float | bool] = {}  # by Spark's own names; "env:NAME" for secrets


class Columns(Part):
    """Ours = theirs. Columns of a many-table centre that already have our names need no entry."""

    survey_id: str | None = None
    contact_id: str | None = None
    customer_id: str | None = None
    agent_id: str | None = None
    at: str | None = None  # the time a rating belongs to
    clock: str | None = None  # time of day, where it is a column of its own
    started_at: str | None = None
    responded_at: str | None = None
    answered_at: str | None = None
    rating: str | None = None
    resolved: str | None = None
    answered: str | None = None
    pushed: str | None = None
    delivered: str | None = None
    default_filled: str | None = None
    mode: str | None = None
    template_version: str | None = None
    comment: str | list[str] | None = None
    sub_ratings: list[str] = []
    rule_code: str | None = None  # the business rule a contact fell under
    process_followed: str | None = None
    wording_consistent: str | None = None
    agent_voice: str | None = None  # what the agent noted as the reason
    incident_id: str | None = None
    ticket_id: str | None = None
    knowledge_id: str | None = None
    ingest_batch: str | None = None
    invited_by: str | None = None
    complexity: str | None = None
    yes: list[str] = ["1", "y", "yes", "true", "是", "t"]  # what counts as yes in flag columns
    no: list[str] = ["0", "n", "no", "false", "否", "f"]

    @property
    def comments(self) -> list[str]:
        """The columns that hold the customers' own words."""
        return [self.comment] if isinstance(self.comment, str) else list(self.comment or ())


class Metric(Part):
    """A number per contact: a column, or the time from one column to another (minutes)."""

    column: str | None = None
    kind: Literal["number", "duration"] = "number"  # a duration is read into seconds
    start: str | None = None
    end: str | None = None


class Scale(Part):
    """How the rating is read."""

    rating: Literal["five", "three", "thumb", "ten", "nps"] | None = None
    labels: dict[str, int] = {}  # label = level


class Dimension(Part):
    """A column that divides the rows; ordered where its levels are given, or where a number is cut into bands."""

    column: str
    levels: list[str] | None = None  # worst or lowest first; an ordered dimension
    bands: Annotated[list[float], Field(min_length=1)] | Auto | None = (
        None  # where a number or duration is cut, lowest first
    )
    kind: Literal["number", "duration"] = "number"  # of a banded column


class Words(Part):
    """A name in both languages."""

    zh: str
    en: str


class Reasons(Part):
    """Why people were dissatisfied: one multi-value column, several columns, or the survey_reasons table."""

    column: str | None = None
    separator: str = "auto"
    columns: list[str] = []
    coding: Literal["yes_no", "numbered", "labels"] = "yes_no"
    ranked: bool = False
    labels: dict[str, str | Words] = {}  # code = its name, or its names: { zh = "…", en = "…" }
    contradicts: dict[str, str] = {}  # filter column = value that means "not asked"


class Question(Part):
    """What is asked: a KPI, its caliber, and a period against a period or a target."""

    kpi: str = "satisfaction_rate"
    caliber: str | None = None
    current: str | None = None
    baseline: str | None = None
    target: Finite | None = None
    dims: list[str] | None = None
    min_n: Annotated[int, Field(ge=2)] = 30
    fdr: Annotated[float, Field(gt=0, lt=1)] = 0.10
    max_depth: Annotated[int, Field(ge=1, le=3)] = 2
    seed: int = 0


class Solution(Part):
    """What a plan may cost, how long it may take, and the library of actions."""

    budget: Annotated[Finite, Field(gt=0)] = 10
    horizon_days: Annotated[int, Field(gt=0)] = 90
    library: str | None = None
    capacity: dict[str, Annotated[Finite, Field(ge=0)]] = {}  # owner = the most that its actions may cost together


class Privacy(Part):
    """What never reaches a report."""

    hide: list[str] = []  # columns that never reach a report
    minimum_group: Annotated[int, Field(ge=1)] = 5
    max_points: Annotated[int, Field(ge=1)] = 5000  # the most points one figure may carry into a published page
    allow: list[str] = []  # columns of ids that published figures and tables may show, e.g. agent_id


class Branch(Part):
    """A branch of the cause tree: what belongs to it. What no branch names goes by its owner class."""

    label: str | Words | None = None
    owners: list[Owner] = []
    reasons: list[str] = []
    rules: list[str] = []  # rule codes
    changes: list[str] = []  # kinds of changes
    drivers: list[str] = []  # names of metrics


class Quality(Part):
    """When a quality review is passed."""

    pass_score: Finite | None = None  # least score; without it only critical errors fail a review


class Threshold(Part):
    """A value of findings.json (dotted path, or a derived one: see runs.levels) and where it turns amber and red."""

    field: str
    amber: Finite | list[str] | None = None
    red: Finite | list[str] | None = None
    below: bool = False  # numbers: at or below is bad, not at or above


class Smtp(Part):
    """A mail server; its user and password come from environment variables, named here."""

    host: str
    sender: str
    port: Annotated[int, Field(ge=1, le=65535)] = 587
    security: Literal["starttls", "ssl", "none"] = "starttls"
    user_env: str | None = None
    password_env: str | None = None


class Alerts(Part):
    """When a watched KPI raises an alert, when the alert ends, and who is told."""

    level: Annotated[float, Field(gt=0.5, lt=1)] = 0.80  # confidence of the bands; reports keep 95 %
    sigma: Annotated[Finite, Field(gt=0)] = 3.0  # one day this far out, or two of three at two thirds of it
    close_after: Annotated[int, Field(ge=1)] = 3  # normal days that end an alert
    amber: Finite | None = None  # values of the KPI from which on it is amber or red, whatever the chart says
    red: Finite | None = None
    thresholds: list[Threshold] = []  # with the sidecar's; the worst level counts
    fail_level: Literal["amber", "red"] = "amber"  # from which --fail-on-alert exits 3
    cooldown_hours: Annotated[Finite, Field(ge=0)] = 24  # an unchanged alert is repeated no sooner
    readers: list[str] = []  # mail addresses told of content
    maintainers: list[str] = []  # mail addresses told of runs that fail
    smtp: Smtp | None = None
    command: list[str] = []  # a program and its arguments; gets each alert as JSON on standard input


class Meeting(Part):
    """What the meeting pack (R04) takes up."""

    edition: Literal["morning", "evening", "weekly"] | None = None  # None: weekly on Sundays, else morning
    topic: str | None = None  # dimension whose levels are the topics
    channel: str | None = None


class Gate(Part):
    """What the data must be before a scheduled run says anything; checked when --as-of is given, or where written."""

    max_age_days: Annotated[int, Field(ge=0)] | None = None  # last day with data against --as-of; 1 for a scheduled run
    min_share: Annotated[Finite, Field(ge=0, le=1)] | None = (
        None  # last day's answers against its weekday's median; 0.3
    )
    columns: list[str] = []  # columns that must be there


class Retention(Part):
    """Which published runs are kept; the last good one always is."""

    runs: Annotated[int, Field(ge=1)] | None = None  # the newest so many
    days: Annotated[int, Field(ge=1)] | None = None  # and those not older than this


class Increments(Part):
    """Sums of days that are kept from run to run."""

    folder: str | None = None  # where the files of days are, relative to the study; left out: every run computes everything
    compare: Literal["content", "rows"] = "content"  # what tells that a day has changed: all that stands in it, or the number of its rows
    late_days: Annotated[int, Field(ge=0)] = 2  # with "rows": days before the last that may still change; computed anew every time


class Limits(Part):
    """How large a search and how long a run may grow."""

    leaves: Annotated[int, Field(ge=1000)] = 1_000_000  # above it the localiser works in two steps
    seconds: Annotated[int, Field(ge=1)] = 1800
    cell_seconds: Annotated[int, Field(ge=1)] = 600
    retries: Annotated[int, Field(ge=0, le=10)] = (
        2  # after a dead kernel, a source that does not answer, data that move
    )
    retry_seconds: Annotated[Finite, Field(ge=0)] = 5  # before the first retry; doubles each time
    wait_seconds: Annotated[int, Field(ge=0)] = 0  # for another run of the study to end; 0: give way at once (75)
    counters: Annotated[int, Field(ge=100_000)] = 25_000_000  # of one pass over the rows, and cells of one set, 8 bytes each
    levels: Annotated[int, Field(ge=2)] = 10_000  # of a dimension
    memory: str = "1.5GB"  # of the engine here; above it blocks go to disk


class Study(Part):
    """A checked study file. `folder` is where its relative paths start."""

    study: Naming = Naming()
    data: Data
    columns: Columns = Columns()
    scale: Scale = Scale()
    metrics: dict[str, str | Metric] = {}
    dimensions: dict[str, str | Dimension] = {}
    hierarchies: dict[str, list[str]] = {}  # name = [coarse, ..., fine], names of dimensions
    reasons: Reasons | None = None
    owners: dict[str, Owner] = {}
    question: Question = Question()
    changes: Source | list[dict[str, Any]] | None = None
    actions: Source | list[dict[str, Any]] | None = None
    targets: Source | list[dict[str, Any]] | None = None
    solution: Solution = Solution()
    tree: dict[str, Branch] = {}  # branches of the cause tree; without it one for each owner class
    weights: dict[
        str, Annotated[Finite, Field(ge=0)]
    ] = {}  # reason = what it counts inside the centre (quality sheet, KPI weights)
    standards: dict[str, Finite] = {}  # metric = the most that the service promises, e.g. queue_wait_s = 20
    quality: Quality = Quality()
    privacy: Privacy = Privacy()
    alerts: Alerts = Alerts()
    gate: Gate = Gate()
    meeting: Meeting = Meeting()
    limits: Limits = Limits()
    spark: Spark = Spark()
    increments: Increments = Increments()
    retention: Retention = Retention()
    folder: Path = Path(".")

    @property
    def name(self) -> str:
        return self.study.name

    def dimension(self, name: str) -> Dimension:
        """A dimension's column and levels."""
        entry = self.dimensions[name]
        return Dimension(column=entry) if isinstance(entry, str) else entry

    def metric(self, name: str) -> Metric:
        """A metric's columns and kind."""
        entry = self.metrics[name]
        return Metric(column=entry) if isinstance(entry, str) else entry

    def sources(self) -> dict[str, Source]:
        """Everything that the study reads from elsewhere: tables, registers, the library."""
        registers = {name: getattr(self, name) for name in REGISTERS if isinstance(getattr(self, name), str | Database)}
        library = {} if self.solution.library is None else {"library": self.solution.library}
        return {**self.data.tables(), **registers, **library}
