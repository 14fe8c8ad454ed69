"""Succession of signing keys: the old key signs the new one, and leads those who trust it to it.

Each statement is `endorse`d (`reports.crypto.signing`): the old key, its signature, and the 32 bytes of the new key. A
verifier that trusts any key of a lineage can follow it to the newest. A stolen key can be made to sign a thief's
successor: after a theft, recipients receive the new key by hand and stop trusting the old one.
"""

from collections.abc import Sequence
from typing import Final

from config.faults import Refused
from reports.crypto.signing import PUBLIC_BYTES, PublicKey, ScannerKey, check

SUCCESSION: Final = "sightline succession v1"


def succeed(old: ScannerKey, new: PublicKey) -> bytes:
    """Return the old key's statement that the new one takes its place."""
    return old.endorse(new.raw, SUCCESSION)


def predecessor(untrusted_statement: bytes, key: PublicKey) -> PublicKey | None:
    """Return the key that this statement names as the one before `key`; None if it does not hold."""
    stated = PublicKey(untrusted_statement.partition(b"\n")[2][:PUBLIC_BYTES])
    checked = check(untrusted_statement, SUCCESSION, (stated,))
    return stated if not isinstance(checked, Refused) and checked[0] == key.raw else None


def lineage(newest: PublicKey, untrusted_statements: Sequence[bytes]) -> tuple[PublicKey, ...]:
    """`newest` and the keys that lead to it, newest first. `untrusted_statements` are oldest first."""
    keys = [newest]
    for statement in reversed(untrusted_statements):
        earlier = predecessor(statement, keys[-1])
        if earlier is None:
            break
        keys.append(earlier)
    return tuple(keys)
