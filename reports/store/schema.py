"""The tables, for SQLite now and PostgreSQL later: nothing here is of one database alone.

Three groups, each with its owner:
- the log (`leaves`): leaf, node, tree_head. Leaves and nodes only ever grow; the head only ever moves forward.
- the schedule (`sites`): site, hold, open_intent.
- what was sealed (`records`): record, waiting, referral, delivery; what is remembered of
  pictures (`tokens`): seen; which entries a record may name (`citations`): citation.

Instants are whole microseconds since 1970, UTC: exact, ordered, and the same in every database.
"""

from datetime import UTC, datetime, timedelta
from typing import Final

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Dialect,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    String,
    Table,
    TypeDecorator,
    UniqueConstraint,
)
from sqlalchemy.dialects import sqlite

VERSION: Final = "1"
"""Of the tables. A store of another version is refused, never guessed at."""

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND: Final = timedelta(microseconds=1)


class Instant(TypeDecorator[datetime]):
    """An aware datetime, kept as microseconds since 1970 UTC."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:  # noqa: ARG002 - its signature
        """Refuses a naive datetime by TypeError: the subtraction does."""
        return None if value is None else (value - EPOCH) // MICROSECOND

    def process_result_value(self, value: int | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002 - its signature
        """In UTC."""
        return None if value is None else EPOCH + value * MICROSECOND


# SQLite's own INTEGER holds 64 bits, and as a primary key it is the row's number.
Number: Final = BigInteger().with_variant(sqlite.INTEGER(), "sqlite")

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
    Column("attempt", Integer, nullable=False, default=0),
    UniqueConstraint("list_id", "address"),
    Index("site_by_due", "retired", "due"),
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

record: Final = Table(
    "record",
    metadata,
    Column("leaf_index", Number, primary_key=True, autoincrement=False),
    Column("record_id", String(64), nullable=False, unique=True),
    Column("created", Instant, nullable=False),
    Column("recipient", String(100), nullable=False),
    Column("sealed", LargeBinary, nullable=False),
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

seen: Final = Table(
    "seen",
    metadata,
    Column("token", LargeBinary(16), primary_key=True),
    Column("first_seen", Instant, nullable=False),
    Column("last_seen", Instant, nullable=False),
    Column("times_seen", Integer, nullable=False),
    Column("record_leaf", Number),
)
