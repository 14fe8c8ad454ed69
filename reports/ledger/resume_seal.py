"""The resume entries of a visit under way, sealed for the scanner itself, one by one.

An interrupted visit resumes from them (docs/adr/0014). An entry is written with its page's record, in one transaction,
and erased when the visit ends. It is encrypted under a key derived from the token key, bound to its site, and padded to
whole kibibytes: a copy of the database reveals nothing in it.
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
    """Seal one entry under the token key."""
    whole = len(plain).to_bytes(_LENGTH_BYTES) + plain
    nonce = token_bytes(_NONCE_BYTES)
    return nonce + _cipher(token_key).encrypt(nonce, whole + bytes(-len(whole) % FILLED_TO), _bound_to(site))


def open_entry(token_key: bytes, site: SiteKey, sealed: bytes) -> bytes | None:
    """Open an entry that was sealed of this site with this key; return None for anything else."""
    try:
        whole = _cipher(token_key).decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], _bound_to(site))
    except (InvalidTag, ValueError):
        return None
    return whole[_LENGTH_BYTES : _LENGTH_BYTES + int.from_bytes(whole[:_LENGTH_BYTES])]


def _cipher(token_key: bytes) -> ChaCha20Poly1305:
    return ChaCha20Poly1305(digest(token_key, b"trail", "sha256"))


def _bound_to(site: SiteKey) -> bytes:
    return f"{site.list_id}\0{site.address}".encode()
