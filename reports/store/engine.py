"""Connections and transactions; the one place that knows which database it is.

SQLite: WAL with synchronous=FULL (a commit that returned is on disk), a cache of 8 MiB (it holds the changes of a page
of hundreds of pictures; in SQLite's default of 2 MB they are written twice, the more often the larger the store is),
foreign keys, recursive triggers (without which `INSERT OR REPLACE` bypasses an append-only trigger), temporary tables
in memory, deleted rows overwritten. `reports.files` creates the file 0600 before the database sees it. A write
transaction takes its lock at its first statement, so that it is never refused half-way; the threads of one process
queue for it.

SQLite maps the shared memory next to the write-ahead log. Where the disk's blocks are smaller than a page of memory
that file has holes, and filling one on a full disk kills the process (SIGBUS). So with hardly any room left nothing is
opened, and with little nothing is written: more than almost any transaction takes.

Another database needs its own `_engine_for`, triggers and row of `FAULTS`; nothing else.
"""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock
from typing import Final
from urllib.parse import quote

from sqlalchemy import Connection, Engine, QueuePool, create_engine, event, insert, inspect, select
from sqlalchemy.exc import DBAPIError

from config.faults import Fault, Refused
from reports.files import make_private
from reports.store.errors import StoreDamaged, StoreFailing, StoreFault, StoreFull, StoreLocked
from reports.store.schema import VERSION, meta, metadata

Transaction = Connection
"""What a step is written in; opaque outside of this package."""

PATIENCE_SECONDS: Final = 10.0
"""How long a write waits for another process's, by default."""

ROOM_TO_OPEN: Final = 2**20
ROOM_TO_WRITE: Final = 8 * 2**20
"""Bytes that must be free."""

PRAGMAS: Final = (
    "synchronous = FULL",
    "cache_size = -8192",
    "foreign_keys = ON",
    "recursive_triggers = ON",
    "temp_store = MEMORY",
    "secure_delete = ON",
    "trusted_schema = OFF",
    "cell_size_check = ON",
)

ONLY_GROWS: Final = "CREATE TRIGGER {0}_{1} BEFORE {1} ON {0} BEGIN SELECT RAISE(ABORT, 'only grows'); END"
ONLY_FORWARD: Final = (
    "CREATE TRIGGER tree_head_update BEFORE UPDATE ON tree_head WHEN NEW.tree_size <= OLD.tree_size "
    "BEGIN SELECT RAISE(ABORT, 'only moves forward'); END"
)
TRIGGERS: Final = (
    *(ONLY_GROWS.format(table, verb) for table in ("leaf", "node", "record") for verb in ("UPDATE", "DELETE")),
    ONLY_GROWS.format("tree_head", "DELETE"),
    ONLY_FORWARD,
)
"""Guards against mistakes. The signed tree, which no trigger can replace, guards against an adversary."""

FAULTS: Final = {
    sqlite3.SQLITE_BUSY: StoreLocked,
    sqlite3.SQLITE_LOCKED: StoreLocked,
    sqlite3.SQLITE_FULL: StoreFull,
    # The shared memory beside the write-ahead log cannot grow: only a full disk does that.
    sqlite3.SQLITE_IOERR_SHMSIZE: StoreFull,
    sqlite3.SQLITE_CORRUPT: StoreDamaged,
    sqlite3.SQLITE_NOTADB: StoreDamaged,
    sqlite3.SQLITE_FORMAT: StoreDamaged,
}
"""By SQLite's extended result code, then by its primary one; every other is a failing disk or a missing right."""

CAUSES: Final = {
    StoreLocked: (
        "another process writes to it and did not end in time",
        "Wait, or end the other program; nothing that was committed is lost.",
    ),
    StoreFull: ("the disk is full", "Make room; nothing that was committed is lost."),
    StoreDamaged: (
        "it is damaged, or no store of Sightline's",
        "Keep a copy as it is, then run `sightline audit verify`, and put the last good copy in its place.",
    ),
    StoreFailing: ("the disk or the rights on it do not allow this", "Check the disk, and who owns the file."),
}


class Store:
    """One database. Safe to call from several threads."""

    def __init__(self, engine: Engine, name: str) -> None:
        self._reader = engine
        self._writer = engine.execution_options(writing=True)
        self._queue = Lock()
        self._writing: Connection | None = None
        """Kept between writes, because only one thread writes at a time."""
        self.name = name

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """Run one transaction that happens whole or not at all. Raise StoreFault, and then it has not happened."""
        with self._queue, _mapped(self.name):
            _must_have_room(self.name, ROOM_TO_WRITE)
            connection = self._writing or self._writer.connect()
            self._writing = None
            try:
                with connection.begin():
                    yield connection
            except BaseException:
                connection.close()
                raise
            self._writing = connection

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Open one consistent view. Keep it short: while it lasts, the write-ahead log cannot shrink."""
        with _mapped(self.name), self._reader.begin() as connection:
            yield connection

    def damage(self) -> list[str]:
        """Return what the database itself finds wrong with its file, in its own words; empty if nothing."""
        with self.read() as connection:
            words = connection.exec_driver_sql("PRAGMA integrity_check(10)").scalars().all()
        return [word for word in words if word != "ok"]

    def close(self) -> None:
        """Close every connection."""
        with self._queue:
            if self._writing is not None:
                self._writing.close()
                self._writing = None
        self._reader.dispose()


def open_store(path: Path, *, patience_seconds: float = PATIENCE_SECONDS) -> Store | Refused:
    """Open the store in this file, made if there is none. Refuse it if damaged, not ours, or of another version.

    `patience_seconds` is how long a write waits for another process's.
    """
    try:
        _must_have_room(str(path), ROOM_TO_WRITE)
    except StoreFull as full:
        return Refused((full.fault,))
    refused = make_private(path)
    if refused is not None:
        return refused
    store = Store(_engine_for(path, "rw", patience_seconds), str(path))
    try:
        with store.write() as connection:
            _make_tables(connection)
    except StoreFault as error:
        store.close()
        return Refused((error.fault,))
    return _of_this_version(store)


def open_store_to_read(path: Path) -> Store | Refused:
    """Open the store in this file for reading only; the file is not touched."""
    return _of_this_version(Store(_engine_for(path, "ro", PATIENCE_SECONDS), str(path)))


def _of_this_version(store: Store) -> Store | Refused:
    try:
        with store.read() as connection:
            version = connection.scalar(select(meta.c.value).where(meta.c.name == "schema_version"))
    except StoreFault as error:
        store.close()
        return Refused((error.fault,))
    if version == VERSION:
        return store
    store.close()
    cause = f"its tables are of version {version}, and this program knows version {VERSION}"
    return Refused((Fault(store.name, cause, "Use the Sightline that wrote it, or a newer one."),))


def _make_tables(connection: Connection) -> None:
    if inspect(connection).get_table_names():
        return
    metadata.create_all(connection)
    for trigger in TRIGGERS:
        connection.exec_driver_sql(trigger)
    connection.execute(insert(meta).values(name="schema_version", value=VERSION))


def _engine_for(path: Path, mode: str, patience_seconds: float) -> Engine:
    """Return an engine that makes no file (`mode` is `rw` or `ro`), with our transactions, not the driver's."""

    def connect() -> sqlite3.Connection:
        _must_have_room(str(path), ROOM_TO_OPEN)
        connection = sqlite3.connect(
            f"file:{quote(str(path.absolute()))}?mode={mode}",
            uri=True,
            timeout=patience_seconds,
            isolation_level=None,
            check_same_thread=False,
        )
        # A text that is no UTF-8 is damage, to be found and named by the audit; it must not stop it.
        connection.text_factory = lambda text: text.decode("utf-8", "replace")
        return connection

    engine = create_engine("sqlite://", creator=connect, poolclass=QueuePool, max_overflow=-1, hide_parameters=True)
    event.listen(engine, "connect", _set_pragmas if mode == "ro" else _set_pragmas_and_wal)
    event.listen(engine, "begin", _begin)
    return engine


def _set_pragmas(connection: sqlite3.Connection, _: object) -> None:
    for pragma in PRAGMAS:
        connection.execute(f"PRAGMA {pragma}").close()


def _set_pragmas_and_wal(connection: sqlite3.Connection, record: object) -> None:
    connection.execute("PRAGMA journal_mode = WAL").close()
    _set_pragmas(connection, record)


def _must_have_room(name: str, wanted_bytes: int) -> None:
    """Raise StoreFull if fewer bytes are free next to this file. A read-only file system needs none."""
    try:
        status = os.statvfs(Path(name).parent)
    except OSError:
        return  # what is wrong with the folder, whoever opens the file says
    if status.f_bavail * status.f_frsize < wanted_bytes and not status.f_flag & os.ST_RDONLY:
        cause, fix = CAUSES[StoreFull]
        raise StoreFull(Fault(name, f"{cause} (less than {wanted_bytes // 2**20} MiB free)", fix))


def _begin(connection: Connection) -> None:
    writing = connection.get_execution_options().get("writing", False)
    connection.connection.cursor().execute("BEGIN IMMEDIATE" if writing else "BEGIN")


@contextmanager
def _mapped(name: str) -> Iterator[None]:
    try:
        yield
    except DBAPIError as error:
        raise _fault(name, error.orig) from None
    except (sqlite3.Error, UnicodeDecodeError) as error:
        raise _fault(name, error) from None


def _fault(name: str, error: BaseException | None) -> StoreFault:
    """Errors without a code come from the driver's reading of values that no store holds: damage."""
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_CORRUPT)
    kind = FAULTS.get(code) or FAULTS.get(code & 0xFF) or StoreFailing
    cause, fix = CAUSES[kind]
    symbol = getattr(error, "sqlite_errorname", type(error).__name__)
    return kind(Fault(name, f"{cause} ({symbol})", fix))
