"""Recipients' answers, as far as they must be remembered: counts for each list, and keyed tokens for the rest.

An answer counts once for a picture and a recipient: a later one replaces the earlier one. Pictures and entries with
answers are keyed tokens (`reports.store.rows.tokens`); lists are counted by name.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from hashlib import sha256
from hmac import digest
from typing import Final

from sqlalchemy import Connection, Table, bindparam, insert, select, update

from reports.answers import Answers, RecipientAnswer, Rested, Said
from reports.store.prepared import PreparedStatement
from reports.store.schema import answer_file, answered_entry, answered_list, answered_picture
from reports.store.values import SightingKey, cited_entry

TOKEN_BYTES: Final = 16
COLUMNS: Final = {said: said.value.replace(" ", "_") for said in Said}

_SAID: Final = PreparedStatement(select(answered_picture.c.said).where(answered_picture.c.token == bindparam("of")))
_WRONG: Final = PreparedStatement(
    select(answered_entry.c.token).where(
        answered_entry.c.token == bindparam("of"), answered_entry.c.wrong > answered_entry.c.acted_on
    )
)

Heard = tuple[Said | None, bool]
"""A recipient's answer about a picture, and whether an entry it matches was called wrong more often than right."""


def known(connection: Connection, file_sha256: bytes) -> bool:
    """Return True if this very file was taken before."""
    return connection.scalar(select(answer_file.c.sha256).where(answer_file.c.sha256 == file_sha256)) is not None


def take(connection: Connection, key: bytes, recipient: str, answers: Answers, file: tuple[bytes, datetime]) -> int:
    """Count the answers of one file (its SHA-256, and now); how many of them say something new."""
    connection.execute(insert(answer_file).values(sha256=file[0], referral_id=answers.referral_id, taken=file[1]))
    return sum(_take(connection, key, recipient, answer) for answer in answers.answers)


def quality(connection: Connection) -> dict[tuple[str, str], dict[Said, int]]:
    """Return, for each list (issuer, name) with answers, the number of each answer."""
    rows = connection.execute(select(answered_list).order_by(answered_list.c.issuer, answered_list.c.name))
    return {(row.issuer, row.name): {said: getattr(row, column) for said, column in COLUMNS.items()} for row in rows}


def heard(connection: Connection, key: bytes, recipient: str, sightings: Sequence[SightingKey]) -> tuple[Heard, ...]:
    """Return what is known of each sighting's picture and entries, in order."""
    pictures = {_picture_token(key, recipient, sighting.sha256) for sighting in sightings}
    said = {token: Said(row[0]) for token in pictures for row in _SAID.rows(connection, {"of": token})}
    entries = {_entry_token(key, entry) for sighting in sightings for entry in sighting.cited}
    wrong = {token for token in entries if _WRONG.rows(connection, {"of": token})}
    return tuple(
        (
            said.get(_picture_token(key, recipient, sighting.sha256)),
            any(_entry_token(key, entry) in wrong for entry in sighting.cited),
        )
        for sighting in sightings
    )


def _take(connection: Connection, key: bytes, recipient: str, answer: RecipientAnswer) -> bool:
    token = _picture_token(key, recipient, answer.sha256)
    before = connection.scalar(select(answered_picture.c.said).where(answered_picture.c.token == token))
    if before == answer.said:
        return False
    if before is None:
        connection.execute(insert(answered_picture).values(token=token, said=answer.said))
    else:
        connection.execute(update(answered_picture).where(answered_picture.c.token == token).values(said=answer.said))
        _count(connection, key, answer.entries, Said(before), -1)
    _count(connection, key, answer.entries, answer.said, 1)
    return True


def _count(connection: Connection, key: bytes, entries: Iterable[Rested], said: Said, more: int) -> None:
    rested = tuple(dict.fromkeys(entries))
    for entry in rested:
        token = _entry_token(key, cited_entry(entry.list_issuer, entry.entry_id))
        _add(connection, answered_entry, {"token": token}, said, more)
    for issuer, name in dict.fromkeys((entry.list_issuer, entry.list_name) for entry in rested):
        _add(connection, answered_list, {"issuer": issuer, "name": name}, said, more)


def _add(connection: Connection, table: Table, of: Mapping[str, object], said: Said, more: int) -> None:
    column = table.c[COLUMNS[said]]
    where = [table.c[name] == value for name, value in of.items()]
    if connection.execute(update(table).where(*where).values({column: column + more})).rowcount == 0:
        connection.execute(insert(table).values({**of, column.name: max(0, more)}))


def _picture_token(key: bytes, recipient: str, picture_sha256: bytes) -> bytes:
    return digest(key, b"answered picture\0" + recipient.encode() + b"\0" + picture_sha256, sha256)[:TOKEN_BYTES]


def _entry_token(key: bytes, entry: str) -> bytes:
    return digest(key, b"answered entry\0" + entry.encode("utf-8", "surrogatepass"), sha256)[:TOKEN_BYTES]
