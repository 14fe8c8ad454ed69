"""The trail of a visit that is under way: what it has read and found, sealed for the scanner itself, entry by entry.

A visit that is cut goes on from its trail (docs/adr/0014). An entry is written with its page's record, in one
transaction, and erased when the visit ends. It is encrypted under a key made of the token key, bound to its site, and
filled up to whole kibibytes: who copies the database reads nothing in it.
"""

from hmac import digest
from secrets import token_bytes
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

from reports.store.values import SiteKey

FILLED_TO: Final = 1_024
_NONCE_BYTES: Final = 12
_LENGTH_BYTES: Final = 4


def seal_entry(token_key: bytes, site: SiteKey, plain: bytes) -> bytes:
    """One entry, unreadable but with the token key."""
    whole = len(plain).to_bytes(_LENGTH_BYTES) + plain
    nonce = token_bytes(_NONCE_BYTES)
    return nonce + _cipher(token_key).encrypt(nonce, whole + bytes(-len(whole) % FILLED_TO), _bound_to(site))


def open_entry(token_key: bytes, site: SiteKey, sealed: bytes) -> bytes | None:
    """What was sealed of this site with this key; None for anything else."""
    try:
        whole = _cipher(token_key).decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], _bound_to(site))
    except (InvalidTag, ValueError):
        return None
    return whole[_LENGTH_BYTES : _LENGTH_BYTES + int.from_bytes(whole[:_LENGTH_BYTES])]


def _cipher(token_key: bytes) -> ChaCha20Poly1305:
    return ChaCha20Poly1305(digest(token_key, b"trail", "sha256"))


def _bound_to(site: SiteKey) -> bytes:
    return f"{site.list_id}\0{site.address}".encode()
