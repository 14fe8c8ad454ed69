"""Whose store it is: the log's name, and the keys with which it is written. Made once, checked at every opening.

A second signing key would fork the log; a second token key would forget, silently, every picture ever seen.
"""

import secrets
from datetime import datetime
from hashlib import sha256
from hmac import digest
from typing import Final

from sqlalchemy import Connection, insert, select

from config.faults import Fault
from reports.crypto.signing import ScannerKey
from reports.log.entry import Kind
from reports.store.rows.leaves import RESTORE, LogWriter, read_head
from reports.store.schema import meta

ORIGIN: Final = "sightline/{}"
"""The log's name: the program, and 16 random hex digits."""


CUT_OFF: Final = "If a change of keys was cut off, run `sightline keys change` again."


def establish(connection: Connection, name: str, keys: tuple[ScannerKey, bytes], now: datetime) -> Fault | None:
    """Begin the log in an empty store; in any other, the fault when it was written with other keys or is damaged.

    `keys` are the signing key and the token key; `name` names the store in a fault.
    """
    signing, token_key = keys
    if read_head(connection) is None:
        _begin(connection, signing, token_key, now)
    return _fault(connection, name, signing, token_key)


def lost(connection: Connection, name: str) -> Fault | None:
    """Return the Fault of a store whose log was begun once and is missing: emptied, or deleted and made again."""
    if read_head(connection) is not None:
        return None
    cause = "is empty, and was not: its log, its records and what was seen are lost"
    return Fault(name, cause, "Put the last good copy in its place, or name another state directory.")


def _begin(connection: Connection, signing: ScannerKey, token_key: bytes, now: datetime) -> None:
    origin = ORIGIN.format(secrets.token_hex(8))
    values = {"origin": origin, "token_key_check": _check_value(token_key)}
    connection.execute(insert(meta), [{"name": name, "value": value} for name, value in values.items()])
    log = LogWriter(connection, signing, now)
    log.append(
        Kind.LOG_STARTED,
        {"origin": origin, "key_id": signing.public.key_id, "public_key": signing.public.raw.hex()},
    )
    log.finish()


def _fault(connection: Connection, name: str, signing: ScannerKey, token_key: bytes) -> Fault | None:
    head = read_head(connection)
    known = connection.scalar(select(meta.c.value).where(meta.c.name == "token_key_check"))
    if head is None or not head.holds():
        return Fault(name, "its tree head does not hold", RESTORE)
    if head.public_key != signing.public:
        cause = f"its log is signed by another key ({head.public_key.key_id}, not {signing.public.key_id})"
        return Fault(name, cause, f"{CUT_OFF} Else put that key in its place.")
    if known != _check_value(token_key):
        cause = "it was written with another token key, so every picture would seem new"
        return Fault(name, cause, "Put that token key in its place, or name another state directory.")
    return None


def _check_value(token_key: bytes) -> str:
    return digest(token_key, b"check", sha256).hex()[:32]
