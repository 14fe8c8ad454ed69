"""Entries of hash lists that a sealed record may name, so that a withdrawn entry is found again.

With each record stand `TOKENS_EACH` tokens for each picture on its page: those of the matched entries, by a keyed hash,
filled up with random ones. They look the same, and are as many whether anything matched or not.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from hashlib import sha256
from hmac import digest
from secrets import token_bytes
from typing import Final

from sqlalchemy import Connection, insert, select, update

from reports.store.chunks import chunks
from reports.store.engine import Store
from reports.store.prepared import PreparedStatement
from reports.store.schema import citation, record, withdrawn_entry
from reports.store.values import SightingKey

TOKEN_BYTES: Final = 8
TOKENS_EACH: Final = 4
PAGE: Final = 500
"""Rows that are read at once."""
_KEEP: Final = PreparedStatement(insert(citation))


def keep(connection: Connection, key: bytes, sightings: Sequence[SightingKey], record_leaf: int) -> None:
    """Write the tokens of one record."""
    if sightings:
        _KEEP.run(connection, {"record_leaf": record_leaf, "tokens": _tokens(key, sightings)})


def citing(store: Store, key: bytes, recipient: str, entries: Iterable[str]) -> Mapping[str, tuple[str, ...]]:
    """Return, for each entry (`cited_entry`), the ids of this recipient's records that name it. Reads all tokens."""
    wanted = {_token(key, entry): entry for entry in entries}
    found: dict[str, list[str]] = {entry: [] for entry in wanted.values()}
    for record_id, tokens in _kept(store, recipient):
        for start in range(0, len(tokens), TOKEN_BYTES):
            entry = wanted.get(tokens[start : start + TOKEN_BYTES])
            if entry is not None:
                found[entry].append(record_id)
    return {entry: tuple(records) for entry, records in found.items()}


def withdraw(connection: Connection, key: bytes, entries: Iterable[str], leaf_index: int) -> None:
    """Remember that these entries were taken back, by the log's entry at this leaf: none of the records is named."""
    for token in {_token(key, entry) for entry in entries}:
        changed = connection.execute(
            update(withdrawn_entry).where(withdrawn_entry.c.token == token).values(leaf_index=leaf_index)
        )
        if not changed.rowcount:
            connection.execute(insert(withdrawn_entry).values(token=token, leaf_index=leaf_index))


def taken_back(connection: Connection, key: bytes, sightings: Iterable[SightingKey]) -> dict[str, int]:
    """Return those of the sightings' matched entries that were ever withdrawn, with the log leaf of the last time."""
    entries = {_token(key, entry): entry for sighting in sightings for entry in sighting.cited}
    found: dict[str, int] = {}
    for chunk in chunks(entries):
        rows = connection.execute(select(withdrawn_entry).where(withdrawn_entry.c.token.in_(chunk)))
        found |= {entries[row.token]: row.leaf_index for row in rows}
    return found


def stands(record_leaf: int, cited: Sequence[str], back: Mapping[str, int]) -> bool:
    """Return True if a finding of this record stands: not if each entry that it matched was withdrawn later.

    An entry may be listed again since: a finding by it is then new, because an amendment withdrew the earlier one.
    """
    return not cited or any(back.get(entry, -1) < record_leaf for entry in cited)


def _kept(store: Store, recipient: str) -> Iterator[tuple[str, bytes]]:
    last = -1
    while True:
        query = (
            select(citation.c.record_leaf, record.c.record_id, citation.c.tokens)
            .join_from(citation, record, citation.c.record_leaf == record.c.leaf_index)
            .where(citation.c.record_leaf > last, record.c.recipient == recipient)
            .order_by(citation.c.record_leaf)
            .limit(PAGE)
        )
        with store.read() as connection:
            rows = connection.execute(query).all()
        yield from ((row.record_id, row.tokens) for row in rows)
        if len(rows) < PAGE:
            return
        last = rows[-1].record_leaf


def _tokens(key: bytes, sightings: Sequence[SightingKey]) -> bytes:
    """Sorted, so that nothing shows which were there first."""
    tokens = {_token(key, entry) for sighting in sightings for entry in sighting.cited}
    pictures = max(len(sightings), -(-len(tokens) // TOKENS_EACH))
    while len(tokens) < pictures * TOKENS_EACH:
        tokens.add(token_bytes(TOKEN_BYTES))
    return b"".join(sorted(tokens))


def _token(key: bytes, entry: str) -> bytes:
    return digest(key, b"entry\0" + entry.encode("utf-8", "surrogatepass"), sha256)[:TOKEN_BYTES]
