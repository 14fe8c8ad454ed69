"""The log's rows: entries, the tree's full nodes, and the one signed head.

A step's entries are written together at its end, with the head that signs them: a head never names leaves that are not
there, and no leaf is there that no head has signed.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Final, NamedTuple

from sqlalchemy import Connection, bindparam, insert, literal_column, select, update

from config.faults import Fault
from reports.crypto.signing import PublicKey, ScannerKey
from reports.log.batch_proof import beside_proof
from reports.log.checkpoint import Checkpoint, TreeHead
from reports.log.entry import Details, Kind, LogEntry
from reports.log.merkle import HASH_BYTES, Frontier, NodeReader, inclusion_proof, leaf_hash
from reports.store.errors import StoreDamaged
from reports.store.prepared import PreparedAmong, PreparedInsert, PreparedStatement, Row
from reports.store.raw_values import as_bytes, as_number, as_text, raw
from reports.store.schema import leaf, meta, node, succession, tree_head

RESTORE: Final = "Run `sightline audit verify`, and put the last good copy of the store in its place."
NODE: Final = PreparedStatement(
    select(node.c.hash).where(node.c.level == bindparam("at"), node.c.position == bindparam("place"))
)
LEAF: Final = PreparedStatement(select(leaf.c.body).where(leaf.c.leaf_index == bindparam("index")))
LEAVES: Final = PreparedAmong(lambda some: select(leaf.c.leaf_index, leaf.c.body).where(leaf.c.leaf_index.in_(some)))
NEW_LEAF: Final = PreparedInsert(insert(leaf))
NEW_NODE: Final = PreparedInsert(insert(node))
ORIGIN: Final = select(meta.c.value).where(meta.c.name == literal_column("'origin'"))
HEAD_COLUMNS: Final = ("tree_size", "peaks", "signature", "public_key")
_HEAD: Final = select(raw(ORIGIN.scalar_subquery()), *(raw(tree_head.c[name]) for name in HEAD_COLUMNS))
HEAD: Final = PreparedStatement(_HEAD)
HEAD_TO_MOVE: Final = PreparedStatement(_HEAD.with_for_update(of=tree_head))
FIRST_HEAD: Final = PreparedStatement(insert(tree_head), ("head_id", *HEAD_COLUMNS))
NEXT_HEAD: Final = PreparedStatement(update(tree_head), HEAD_COLUMNS)


@dataclass(slots=True)
class Proven:
    """The last head whose signature was found to hold, or was made here: the same head is not verified twice."""

    head: TreeHead | None = None


class LogWriter:
    """Appends the entries of one transaction; `finish` writes them and signs the new head."""

    def __init__(
        self,
        connection: Connection,
        key: ScannerKey,
        now: datetime,
        before: PublicKey | None = None,
        proven: Proven | None = None,
    ) -> None:
        """`before` is the key that signed the head so far, when `key` takes its place."""
        self._connection = connection
        self._key = key
        self._now = now
        self._proven = proven or Proven()
        self._head = read_head(connection, for_update=True)
        if self._head is not None and not (self._holds(self._head) and self._head.public_key == (before or key.public)):
            # Never sign anew what is not what was signed before.
            raise StoreDamaged(Fault("tree head", "it is not as this scanner signed it", RESTORE))
        self._frontier = Frontier(self._head.size, self._head.peaks) if self._head else Frontier()
        self._bodies: list[bytes] = []

    @property
    def next_index(self) -> int:
        """The leaf index of the next entry."""
        return self._frontier.size + len(self._bodies)

    def append(self, kind: Kind, details: Details) -> int:
        """Add an entry; return its leaf index. Raise ValueError for details that may not stand in the log."""
        index = self.next_index
        self._bodies.append(LogEntry(index, self._now, kind, details).to_bytes())
        return index

    def finish(self) -> None:
        """Write the entries, the nodes that they complete, and the head."""
        if not self._bodies:
            return
        first = self._frontier.size
        leaves = [{"leaf_index": first + i, "body": body} for i, body in enumerate(self._bodies)]
        nodes = [
            {"level": level, "position": position, "hash": value}
            for body in self._bodies
            for level, position, value in self._frontier.append(leaf_hash(body))
        ]
        NEW_LEAF.run_all(self._connection, leaves)
        NEW_NODE.run_all(self._connection, nodes)
        self._write_head()
        self._bodies = []

    def _holds(self, head: TreeHead) -> bool:
        return head == self._proven.head or head.holds()

    def _write_head(self) -> None:
        origin = self._head.origin if self._head else read_origin(self._connection)
        checkpoint = Checkpoint(origin, self._frontier.size, self._frontier.root())
        head = TreeHead(origin, checkpoint.size, self._frontier.peaks, checkpoint.sign(self._key), self._key.public)
        values = {
            "head_id": 1,
            "tree_size": head.size,
            "peaks": b"".join(head.peaks),
            "signature": head.signature,
            "public_key": head.public_key.raw,
        }
        (NEXT_HEAD if self._head else FIRST_HEAD).run(self._connection, values)
        self._head = self._proven.head = head


def read_origin(connection: Connection) -> str:
    """Return the log's name, or an empty string if there is no log yet."""
    return connection.scalar(ORIGIN) or ""


def read_head(connection: Connection, *, for_update: bool = False) -> TreeHead | None:
    """Return the head, or None before the first entry. `for_update` makes writers of one database queue here.

    A damaged head is read as far as possible, so that it does not hold (`TreeHead.holds`).
    """
    rows = (HEAD_TO_MOVE if for_update else HEAD).rows(connection, {})
    return _head(rows[0]) if rows else None


def _head(row: Row) -> TreeHead:
    origin, size, peaks, signature, key = row
    joined = as_bytes(peaks)
    cut = tuple(joined[start : start + HASH_BYTES] for start in range(0, len(joined), HASH_BYTES))
    return TreeHead(as_text(origin), as_number(size), cut, as_bytes(signature), PublicKey(as_bytes(key)))


def must_have_head(connection: Connection) -> TreeHead:
    """Return the head of a log that was begun. Raise IndexError for any other."""
    head = read_head(connection)
    if head is None:
        msg = "the log was never begun"
        raise IndexError(msg)
    return head


def keep_statement(connection: Connection, leaf_index: int, statement: bytes) -> None:
    """Write a statement of succession, which the entry at this leaf announces."""
    connection.execute(insert(succession).values(leaf_index=leaf_index, statement=statement))


def read_succession(connection: Connection) -> tuple[bytes, ...]:
    """Return every statement of succession, oldest first. `key_succession.lineage` says which to believe."""
    rows = connection.execute(select(raw(succession.c.statement)).order_by(succession.c.leaf_index))
    return tuple(as_bytes(statement) for (statement,) in rows)


def read_leaf(connection: Connection, leaf_index: int) -> bytes:
    """Return one entry's bytes. Raise IndexError if there is none."""
    rows = LEAF.rows(connection, {"index": leaf_index})
    if not rows:
        msg = f"the log has no leaf {leaf_index}"
        raise IndexError(msg)
    body: bytes = rows[0][0]
    return body


def node_reader(connection: Connection) -> NodeReader:
    """Reads the tree's nodes within this transaction, each once: proofs of neighbours have most of them in common."""

    @cache
    def read(level: int, position: int) -> bytes:
        rows = NODE.rows(connection, {"at": level, "place": position})
        if not rows:
            raise StoreDamaged(Fault("the log's tree", f"its node {position} of level {level} is missing", RESTORE))
        found: bytes = rows[0][0]
        return found

    return read


class Included(NamedTuple):
    """One leaf with its inclusion proof, and other leaves with the nodes that prove them (`batch_proof`)."""

    leaf: bytes
    proof: tuple[bytes, ...]
    beside: tuple[bytes, ...]
    nodes: tuple[bytes, ...]


def included(connection: Connection, wanted: Iterable[tuple[int, Sequence[int]]], size: int) -> Iterator[Included]:
    """Yield each leaf, with the others, proven within the first `size` leaves. Raise IndexError beyond the end."""
    must_have(connection, size)
    reader = node_reader(connection)
    for leaf_index, beside in wanted:
        yield Included(
            read_leaf(connection, leaf_index),
            inclusion_proof(leaf_index, size, reader),
            _read_leaves(connection, beside),
            beside_proof(leaf_index, beside, size, reader),
        )


def _read_leaves(connection: Connection, leaf_indexes: Sequence[int]) -> tuple[bytes, ...]:
    rows = LEAVES.rows(connection, leaf_indexes, {})
    bodies = {as_number(index): as_bytes(body) for index, body in rows}
    if missing := set(leaf_indexes) - bodies.keys():
        msg = f"the log has no leaf {min(missing)}"
        raise IndexError(msg)
    return tuple(bodies[item] for item in leaf_indexes)


def must_have(connection: Connection, size: int) -> None:
    """Raise IndexError when the log has fewer leaves."""
    if size > must_have_head(connection).size:
        msg = f"the log has fewer than {size} leaves"
        raise IndexError(msg)


def prove(connection: Connection, size: int, proof: Callable[[NodeReader], tuple[bytes, ...]]) -> tuple[bytes, ...]:
    """Return a proof about the first `size` leaves. Raise IndexError if the log has fewer."""
    must_have(connection, size)
    return proof(node_reader(connection))
