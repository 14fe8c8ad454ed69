"""What is remembered of pictures: keyed tokens, of every picture alike, so that they reveal none.

A token is the beginning (16 bytes) of an HMAC-SHA-256 under a key that never leaves the scanner. Tokens of pictures, of
sightings (a picture at a place) and of standings (known, unknown, ...) are in one table and look the same. A holder of
both store and key can ask about a picture that they already have; nobody can read pictures, places or standings from
it.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from hashlib import sha256
from hmac import digest
from typing import Final, NamedTuple

from sqlalchemy import Connection, bindparam, exists, insert, literal_column, select, update

from reports.store.prepared import PreparedInsert, PreparedStatement
from reports.store.rows.citations import stands, taken_back
from reports.store.schema import delivery, instant_of, seen
from reports.store.values import Addressed, Novelty, SightingKey

TOKEN_BYTES: Final = 16


class _Seen(NamedTuple):
    """What is known of a token. Instants are in stored form; `referred`: the record at `record_leaf` went out."""

    first_seen: int
    last_seen: int
    times_seen: int
    record_leaf: int | None
    referred: int


_SEEN: Final = PreparedStatement(
    select(
        *(seen.c[name] for name in _Seen._fields[:-1]),
        exists().where(delivery.c.record_leaf == seen.c.record_leaf),
    ).where(seen.c.token == bindparam("of"))
)
_AGAIN: Final = PreparedStatement(
    update(seen)
    .where(seen.c.token == bindparam("of"))
    .values(
        last_seen=bindparam("now", type_=seen.c.last_seen.type),
        times_seen=seen.c.times_seen + literal_column("1"),
        record_leaf=bindparam("leaf", type_=seen.c.record_leaf.type),
    )
)
_FIRST: Final = PreparedInsert(insert(seen))


def picture_token(key: bytes, sighting: SightingKey) -> bytes:
    """Return the token of a picture's bytes, wherever they are."""
    return digest(key, b"picture\0" + sighting.sha256, sha256)[:TOKEN_BYTES]


def sighting_token(key: bytes, sighting: SightingKey) -> bytes:
    """Return the token of a picture at one place."""
    place = sighting.url.encode("utf-8", "surrogatepass")
    return digest(key, b"sighting\0" + sighting.sha256 + place, sha256)[:TOKEN_BYTES]


def standing_token(key: bytes, recipient: str, sighting: SightingKey) -> bytes:
    """Return the token of a picture at one place with one standing, for one recipient."""
    message = b"\0".join((b"standing", recipient.encode(), sighting.standing.encode(), sighting_token(key, sighting)))
    return digest(key, message, sha256)[:TOKEN_BYTES]


def novelty(
    connection: Connection, key: bytes, recipient: str, sightings: Sequence[SightingKey]
) -> tuple[Novelty, ...]:
    """Return what is known of each sighting, in order, and whether this recipient received it."""
    tokens = [_tokens(key, recipient, sighting) for sighting in sightings]
    known = _known(connection, {token for triple in tokens for token in triple})
    back = taken_back(connection, key, sightings)
    pairs = zip(sightings, tokens, strict=True)
    return tuple(_novelty(known, sighting.cited, back, triple) for sighting, triple in pairs)


def remember(connection: Connection, key: bytes, told: Iterable[tuple[Addressed, int]], now: datetime) -> None:
    """Count each picture, sighting and standing once more, as of `now`, however many recipients it has.

    Each record brings its leaf index.
    """
    leaves: dict[bytes, int | None] = {}
    cited: dict[bytes, Sequence[str]] = {}
    told = list(told)
    for to, record_leaf in told:
        for sighting in to.sightings:
            picture, place, standing = _tokens(key, to.recipient, sighting)
            leaves |= {picture: None, place: None, standing: record_leaf}
            cited[standing] = sighting.cited
    known = _known(connection, leaves)
    back = taken_back(connection, key, (sighting for to, _ in told for sighting in to.sightings))
    for token, row in known.items():
        if row.record_leaf is not None and stands(row.record_leaf, cited.get(token, ()), back):
            leaves[token] = row.record_leaf
    _AGAIN.run_all(connection, ({"of": token, "now": now, "leaf": leaves[token]} for token in known))
    first = {"first_seen": now, "last_seen": now, "times_seen": 1}
    new = (token for token in leaves if token not in known)
    _FIRST.run_all(connection, ({"token": token, "record_leaf": leaves[token], **first} for token in new))


def _known(connection: Connection, tokens: Iterable[bytes]) -> dict[bytes, _Seen]:
    """Return those of these tokens that are known."""
    return {token: _Seen(*row) for token in tokens for row in _SEEN.rows(connection, {"of": token})}


def _tokens(key: bytes, recipient: str, sighting: SightingKey) -> tuple[bytes, bytes, bytes]:
    return picture_token(key, sighting), sighting_token(key, sighting), standing_token(key, recipient, sighting)


def _novelty(
    known: Mapping[bytes, _Seen],
    cited: Sequence[str],
    back: Mapping[str, int],
    triple: tuple[bytes, bytes, bytes],
) -> Novelty:
    picture, sighting, standing = triple
    row, as_it_is = known.get(sighting), known.get(standing)
    if row is None:
        return Novelty(None, None, 0, picture in known, referred_before=False)
    told_at = as_it_is.record_leaf if as_it_is is not None and as_it_is.referred else None
    referred = told_at is not None and stands(told_at, cited, back)
    first, last = instant_of(row.first_seen), instant_of(row.last_seen)
    return Novelty(first, last, row.times_seen, picture in known, referred_before=referred)
