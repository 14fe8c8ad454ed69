"""What the scanner remembers of a page between visits: rows that open only with the key and the URL.

- A row's name is a keyed token of list and URL; its body is encrypted under a key derived from the token key, the list
  and the URL, and padded to a power of two. Without the URL the key opens nothing; without the key the URL finds
  nothing.
- No row says what any picture was: it names the sealed records that do, by their place in the log.
- Fingerprints of a page's pictures, if the operator allows them (docs/adr/0016), are rows of their own. They open with
  the key alone, because they are judged again without their URL; they hold neither URL nor verdict.
- A row ends with its mandate's destruction date, when its site is retired, by age, and when its site has more than
  `ROWS_MOST` younger ones.

ChaCha20-Poly1305 (RFC 8439), a random nonce of 12 bytes in front, the row's name as associated data.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from hashlib import sha256
from hmac import digest
from secrets import token_bytes
from typing import Any, Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from sqlalchemy import Connection, Row, and_, bindparam, delete, func, insert, select, update

from reports.store.prepared import PreparedStatement
from reports.store.schema import instant_of, memory
from reports.store.values import Memory, SiteKey

TOKEN_BYTES: Final = 16
NONCE_BYTES: Final = 12
LENGTH_BYTES: Final = 4
SMALLEST_BUCKET: Final = 1024
BODY_BYTES_MAX: Final = 2**20
"""Longer bodies are not remembered: such a page is described again at each visit."""
ROWS_MOST: Final = 2_000
"""Of one site under one list: more are calendars and other traps."""
_PUT: Final = PreparedStatement(insert(memory))
_END: Final = PreparedStatement(delete(memory).where(memory.c.token == bindparam("name")))
_GET: Final = PreparedStatement(
    select(memory.c.kept, memory.c.destroy_by).where(
        memory.c.token == bindparam("name"), memory.c.expires > bindparam("now")
    )
)


def row_token(key: bytes, list_id: str, url: str) -> bytes:
    """Return the name of a row."""
    return digest(key, b"memory\0" + _named(list_id, url), sha256)[:TOKEN_BYTES]


def site_token(key: bytes, list_id: str, address: str) -> bytes:
    """Return the token that groups the rows of one site under one list, so that they can end together."""
    return digest(key, b"memory of\0" + _named(list_id, address), sha256)[:TOKEN_BYTES]


def closed(key: bytes, list_id: str, url: str, body: bytes) -> bytes:
    """Encrypt a body."""
    nonce = token_bytes(NONCE_BYTES)
    name = row_token(key, list_id, url)
    return nonce + ChaCha20Poly1305(_row_key(key, list_id, url)).encrypt(nonce, _padded(body), name)


def opened(key: bytes, list_id: str, url: str, kept: bytes) -> bytes | None:
    """Decrypt a body; return None if it was not written for this list and URL, or was changed since."""
    name = row_token(key, list_id, url)
    try:
        cipher = ChaCha20Poly1305(_row_key(key, list_id, url))
        padded = cipher.decrypt(kept[:NONCE_BYTES], kept[NONCE_BYTES:], name)
    except (InvalidTag, ValueError):
        return None
    return padded[LENGTH_BYTES : LENGTH_BYTES + int.from_bytes(padded[:LENGTH_BYTES], "big")]


def closed_fingerprints(key: bytes, name: bytes, body: bytes) -> bytes:
    """Encrypt a page's fingerprints for the row of this name."""
    nonce = token_bytes(NONCE_BYTES)
    return nonce + ChaCha20Poly1305(_fingerprints_key(key)).encrypt(nonce, _padded(body), name)


def opened_fingerprints(key: bytes, name: bytes, kept: bytes) -> bytes | None:
    """Decrypt fingerprints; return None if they were not written for this row, or were changed since."""
    try:
        padded = ChaCha20Poly1305(_fingerprints_key(key)).decrypt(kept[:NONCE_BYTES], kept[NONCE_BYTES:], name)
    except (InvalidTag, ValueError):
        return None
    return padded[LENGTH_BYTES : LENGTH_BYTES + int.from_bytes(padded[:LENGTH_BYTES], "big")]


def judged_otherwise(
    connection: Connection, editions: bytes, now: datetime, limit: int
) -> Sequence[Row[*tuple[Any, ...]]]:
    """Return rows of fingerprints that other editions judged last, a bounded number: two ranges of the index."""
    found: list[Row[*tuple[Any, ...]]] = []
    for beside in (memory.c.editions < editions, memory.c.editions > editions):
        columns = select(memory.c.token, memory.c.kept, memory.c.destroy_by, memory.c.editions)
        query = columns.where(beside, memory.c.expires > now).order_by(memory.c.editions).limit(limit - len(found))
        found += connection.execute(query).all() if len(found) < limit else ()
    return found


def how_many_otherwise(connection: Connection, editions: bytes, now: datetime) -> int:
    """Return the number of such rows."""
    other = select(func.count()).select_from(memory).where(memory.c.editions != editions, memory.c.expires > now)
    return connection.scalar(other) or 0


def put_again(connection: Connection, name: bytes, before: bytes, kept: bytes, editions: bytes) -> None:
    """Write fingerprints as judged by these editions, unless a visit has rewritten the row meanwhile."""
    row = (memory.c.token == name, memory.c.kept == before)
    connection.execute(update(memory).where(*row).values(kept=kept, editions=editions))


def end_row(connection: Connection, name: bytes) -> None:
    """Forget one row."""
    _END.run(connection, {"name": name})


def end_fingerprints(connection: Connection) -> None:
    """Forget every fingerprint."""
    connection.execute(delete(memory).where(memory.c.editions.is_not(None)))


def put(connection: Connection, of_site: bytes, name: bytes, row: Memory, kept: bytes, now: datetime) -> None:
    """Write a row in place of an earlier one."""
    end_row(connection, name)
    values = {
        "token": name,
        "site": of_site,
        "made": now,
        "expires": row.expires,
        "destroy_by": row.destroy_by,
        "editions": row.editions,
        "kept": kept,
    }
    _PUT.run(connection, values)


def get(connection: Connection, name: bytes, now: datetime) -> tuple[bytes, datetime | None] | None:
    """Return a row's body and its destruction date; None if there is none, or it has expired."""
    for kept, destroy_by in _GET.rows(connection, {"name": name, "now": now}):
        return kept, instant_of(destroy_by)
    return None


def end_some(connection: Connection, of_site: bytes, now: datetime) -> None:
    """Delete expired rows, anywhere, and this site's rows beyond its limit, oldest first."""
    connection.execute(delete(memory).where(memory.c.expires <= now))
    for kind in (memory.c.editions.is_(None), memory.c.editions.is_not(None)):
        mine = and_(memory.c.site == of_site, kind)
        if (connection.scalar(select(func.count()).select_from(memory).where(mine)) or 0) > ROWS_MOST:
            newest = select(memory.c.token).where(mine).order_by(memory.c.made.desc(), memory.c.token).limit(ROWS_MOST)
            connection.execute(delete(memory).where(mine, memory.c.token.not_in(newest)))


def of_others(connection: Connection, key: bytes, wanted: Iterable[SiteKey]) -> set[bytes]:
    """Return the sites with rows that are none of these, each by its token."""
    kept = {site_token(key, item.list_id, item.address) for item in wanted}
    return set(connection.scalars(select(memory.c.site).distinct())) - kept


def end_sites(connection: Connection, sites: Iterable[bytes]) -> None:
    """Forget these."""
    for of_site in sites:
        connection.execute(delete(memory).where(memory.c.site == of_site))


def rows(connection: Connection) -> int:
    """Return the number of rows."""
    return connection.scalar(select(func.count()).select_from(memory)) or 0


def _named(list_id: str, url: str) -> bytes:
    parts = [text.encode("utf-8", "surrogatepass") for text in (list_id, url)]
    return b"".join(len(part).to_bytes(4, "big") + part for part in parts)


def _row_key(key: bytes, list_id: str, url: str) -> bytes:
    return digest(key, b"memory key\0" + _named(list_id, url), sha256)


def _fingerprints_key(key: bytes) -> bytes:
    return digest(key, b"fingerprints key\0", sha256)


def _padded(body: bytes) -> bytes:
    length = LENGTH_BYTES + len(body)
    bucket = max(SMALLEST_BUCKET, 1 << (length - 1).bit_length())
    return len(body).to_bytes(LENGTH_BYTES, "big") + body + bytes(bucket - length)
