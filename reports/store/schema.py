"""The tables, for SQLite now and PostgreSQL later: nothing here belongs to one database alone.

Three groups, each with its owner:
- the log (`leaves`): leaf, node, tree_head. Leaves and nodes only ever grow; the head only ever moves forward. Its last
  statements about settings and lists (`last_logged`): stated.
- the schedule (`sites`, `history`): site, hold, open_intent, past_visit; the operator's mode and the daemon's heartbeat
  (`control`): control, snapshot; the entries that an interrupted visit resumes from (`resume_points`): trail.
- sealed records (`records`): record, waiting, referral, delivery; tokens of pictures (`tokens`): seen; entries that a
  record may name (`citations`): citation; what is remembered of pages (`page_memory`): memory.

Instants are whole microseconds since 1970, UTC: exact, ordered, and the same in every database.
"""

from datetime import UTC, datetime, timedelta
from typing import Final

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Computed,
    Dialect,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    String,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
)
from sqlalchemy.dialects import sqlite

VERSION: Final = "4"
"""Of the tables. A store of another version is refused, never guessed at."""

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND: Final = timedelta(microseconds=1)


class Instant(TypeDecorator[datetime]):
    """An aware datetime, stored as microseconds since 1970 UTC."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:  # noqa: ARG002 - its signature
        """Refuses a naive datetime by TypeError: the subtraction does."""
        return microseconds(value)

    def process_result_value(self, value: int | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002 - its signature
        """Return the instant in UTC."""
        return instant_of(value)


def microseconds(value: datetime | None) -> int | None:
    """Return the stored form of an instant."""
    return None if value is None else (value - EPOCH) // MICROSECOND


def instant_of(value: int | None) -> datetime | None:
    """Return the instant of a stored form."""
    return None if value is None else EPOCH + value * MICROSECOND


# SQLite's own INTEGER holds 64 bits, and as a primary key it is the row's number.
Number: Final = BigInteger().with_variant(sqlite.INTEGER(), "sqlite")

ROUTINE: Final = 2
"""`values.Urgency.ROUTINE`."""
LANE: Final = (
    "CASE WHEN urgency = 0 THEN 0 WHEN last_visit IS NULL THEN 1 WHEN urgency = 1 THEN 2 WHEN closer THEN 2 ELSE 3 END"
)
"""`values.Lane`: urgent, new, priority (or by lot or finding, docs/adr/0013), routine."""

metadata: Final = MetaData()

meta: Final = Table(
    "meta",
    metadata,
    Column("name", String(40), primary_key=True),
    Column("value", String(200), nullable=False),
)

leaf: Final = Table(
    "leaf",
    metadata,
    Column("leaf_index", Number, primary_key=True, autoincrement=False),
    Column("body", LargeBinary, nullable=False),
)
node: Final = Table(
    "node",
    metadata,
    Column("level", SmallInteger, primary_key=True, autoincrement=False),
    Column("position", BigInteger, primary_key=True, autoincrement=False),
    Column("hash", LargeBinary(32), nullable=False),
)
tree_head: Final = Table(
    "tree_head",
    metadata,
    Column("head_id", SmallInteger, CheckConstraint("head_id = 1"), primary_key=True, autoincrement=False),
    Column("tree_size", BigInteger, nullable=False),
    Column("peaks", LargeBinary, nullable=False),
    Column("signature", LargeBinary(64), nullable=False),
    Column("public_key", LargeBinary(32), nullable=False),
)

succession: Final = Table(
    "succession",
    metadata,
    Column("leaf_index", Number, primary_key=True, autoincrement=False),
    Column("statement", LargeBinary, nullable=False),
)

stated: Final = Table(
    "stated",
    metadata,
    Column("kind", String(40), primary_key=True),
    Column("name", String(100), primary_key=True),
    Column("leaf_index", Number),
)

site: Final = Table(
    "site",
    metadata,
    Column("site_id", Number, primary_key=True),
    Column("list_id", String(200), nullable=False),
    Column("address", String(62), nullable=False),
    Column("retired", Boolean, nullable=False, default=False),
    Column("due", Instant, nullable=False),
    Column("failures", Integer, nullable=False, default=0),
    Column("last_outcome", String(200), nullable=False, default=""),
    Column("last_visit", Instant),
    Column("last_up", Instant),
    Column("attempt", Integer, nullable=False, default=0),
    Column("reached", Integer, nullable=False, default=0),
    Column("strikes", Integer, nullable=False, default=0),
    Column("urgency", SmallInteger, nullable=False, default=ROUTINE),
    Column("closer", Boolean, nullable=False, default=False),
    Column("paused", Boolean, nullable=False, default=False),
    Column("down", Boolean, nullable=False, default=False),
    Column("quarantined_until", Instant),
    # Lane, by value. Computed here, so that it can never be out of step with what it follows from.
    Column("lane", SmallInteger, Computed(LANE, persisted=True), nullable=False),
    UniqueConstraint("list_id", "address"),
    Index("site_by_due", "retired", "paused", "lane", "due"),
)
past_visit: Final = Table(
    "past_visit",
    metadata,
    Column("site_id", Number, ForeignKey("site.site_id"), primary_key=True, autoincrement=False),
    Column("attempt", Integer, primary_key=True, autoincrement=False),
    Column("started", Instant, nullable=False),
    Column("ended", Instant, nullable=False, index=True),
    Column("outcome", String(200), nullable=False),
    Column("failed", Boolean, nullable=False),
    Column("down", Boolean, nullable=False),
    Column("pages_read", Integer, nullable=False),
    Column("pages_failed", Integer, nullable=False),
    Column("pages_left", Integer, nullable=False),
    Column("received_bytes", BigInteger, nullable=False),
    Column("workers_killed", Integer, nullable=False),
    Column("tor_healthy", Boolean, nullable=False),
    Column("canary_silent", Boolean, nullable=False),
    Column("unknown", Boolean, nullable=False),
)
control: Final = Table(
    "control",
    metadata,
    Column("control_id", SmallInteger, CheckConstraint("control_id = 1"), primary_key=True, autoincrement=False),
    Column("mode", String(20), nullable=False),
    Column("since", Instant, nullable=False),
    Column("reason", String(200), nullable=False),
)
snapshot: Final = Table(
    "snapshot",
    metadata,
    Column("snapshot_id", SmallInteger, CheckConstraint("snapshot_id = 1"), primary_key=True, autoincrement=False),
    Column("at", Instant, nullable=False),
    Column("body", LargeBinary, nullable=False),
)
hold: Final = Table(
    "hold",
    metadata,
    # The address, not the site, is the key: two lists that name one address share one hold.
    Column("address", String(62), primary_key=True),
    Column("site_id", Number, ForeignKey("site.site_id"), nullable=False),
    Column("run_id", String(64), nullable=False),
    Column("visit_id", String(64), nullable=False, unique=True),
    Column("attempt", Integer, nullable=False),
)
open_intent: Final = Table(
    "open_intent",
    metadata,
    Column("leaf_index", Number, primary_key=True, autoincrement=False),
    Column("visit_id", String(64), ForeignKey("hold.visit_id"), nullable=False, index=True),
)

flood: Final = Table(
    "flood",
    metadata,
    Column("flood_id", SmallInteger, CheckConstraint("flood_id = 1"), primary_key=True, autoincrement=False),
    Column("tokens", LargeBinary, nullable=False),
)
trail: Final = Table(
    "trail",
    metadata,
    Column("trail_id", Number, primary_key=True),
    Column("list_id", String(200), nullable=False),
    Column("address", String(62), nullable=False),
    Column("visit_id", String(64), nullable=False),
    Column("kept", Instant, nullable=False),
    Column("sealed", LargeBinary, nullable=False),
    Index("trail_by_site", "list_id", "address"),
)

record: Final = Table(
    "record",
    metadata,
    Column("leaf_index", Number, primary_key=True, autoincrement=False),
    Column("record_id", String(64), nullable=False, unique=True),
    Column("created", Instant, nullable=False),
    Column("recipient", String(100), nullable=False),
    Column("destroy_by", Instant, index=True),
    # Leaf indexes, in runs: of every fetch of the page, whatever was found, so they tell nothing more than the log.
    Column("entries", Text, nullable=False, default=""),
    Column("kept", LargeBinary, nullable=False),
)
waiting: Final = Table(
    "waiting",
    metadata,
    Column("record_leaf", Number, ForeignKey("record.leaf_index"), primary_key=True, autoincrement=False),
    Column("recipient", String(100), nullable=False),
    Index("waiting_for", "recipient", "record_leaf"),
)
referral: Final = Table(
    "referral",
    metadata,
    Column("leaf_index", Number, primary_key=True, autoincrement=False),
    Column("referral_id", String(64), nullable=False, unique=True),
    Column("recipient", String(100), nullable=False),
    Column("made", Instant, nullable=False),
    Column("records", Integer, nullable=False),
    Column("file_sha256", String(64), nullable=False, default=""),
)
delivery: Final = Table(
    "delivery",
    metadata,
    Column("record_leaf", Number, ForeignKey("record.leaf_index"), primary_key=True, autoincrement=False),
    Column("referral_id", String(64), ForeignKey("referral.referral_id"), nullable=False, index=True),
)

citation: Final = Table(
    "citation",
    metadata,
    Column("record_leaf", Number, ForeignKey("record.leaf_index"), primary_key=True, autoincrement=False),
    Column("tokens", LargeBinary, nullable=False),
)

withdrawn_entry: Final = Table(
    "withdrawn_entry",
    metadata,
    Column("token", LargeBinary(8), primary_key=True),
    Column("leaf_index", Number, nullable=False),
)

seen: Final = Table(
    "seen",
    metadata,
    Column("token", LargeBinary(16), primary_key=True),
    Column("first_seen", Instant, nullable=False),
    Column("last_seen", Instant, nullable=False),
    Column("times_seen", Integer, nullable=False),
    Column("record_leaf", Number),
)

answer_file: Final = Table(
    "answer_file",
    metadata,
    Column("sha256", LargeBinary(32), primary_key=True),
    Column("referral_id", String(64), ForeignKey("referral.referral_id"), nullable=False),
    Column("taken", Instant, nullable=False),
)
answered_picture: Final = Table(
    "answered_picture",
    metadata,
    Column("token", LargeBinary(16), primary_key=True),
    Column("said", String(40), nullable=False),
)
answered_entry: Final = Table(
    "answered_entry",
    metadata,
    Column("token", LargeBinary(16), primary_key=True),
    *(Column(said, Integer, nullable=False, default=0) for said in ("acted_on", "duplicate", "wrong", "needs_more")),
)
answered_list: Final = Table(
    "answered_list",
    metadata,
    Column("issuer", String(200), primary_key=True),
    Column("name", String(200), primary_key=True),
    *(Column(said, Integer, nullable=False, default=0) for said in ("acted_on", "duplicate", "wrong", "needs_more")),
)

memory: Final = Table(
    "memory",
    metadata,
    Column("token", LargeBinary(16), primary_key=True),
    Column("site", LargeBinary(16), nullable=False),
    Column("made", Instant, nullable=False),
    Column("expires", Instant, nullable=False, index=True),
    Column("destroy_by", Instant),
    # Of fingerprints that are kept, the editions of the hash lists that they were last judged by.
    Column("editions", LargeBinary(16), index=True),
    Column("kept", LargeBinary, nullable=False),
    Index("memory_of_site", "site", "made"),
)
