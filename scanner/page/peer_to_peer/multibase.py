"""Strict decoding of base32, base36, base58, base64 and base16, as in IPFS and magnet links.

Sources: RFC 4648 (base32, base16); multiformats/multibase; multiformats/cid; multiformats/multihash.
"""

from base64 import b32decode, b32hexdecode, b64decode, urlsafe_b64decode
from collections.abc import Callable, Mapping
from typing import Final

_BASE58: Final = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_BASE36: Final = "0123456789abcdefghijklmnopqrstuvwxyz"
SHA2_256: Final = b"\x12\x20"
"""The prefix of a multihash: SHA-256 of 32 bytes."""
_CID_V1: Final = 1
_RAW: Final = b"\x55"
_TREE: Final = b"\x70"
"""The codec `dag-pb`: a node that names blocks."""
_DIGEST_BYTES: Final = 32


def base32(text: str) -> bytes | None:
    """Decode unpadded base32 in either case; None for anything else."""
    return _decoded(text.upper() + "=" * (-len(text) % 8), b32decode)


def _decoded(padded: str, decode: Callable[[str], bytes]) -> bytes | None:
    try:
        return decode(padded)
    except ValueError:
        return None


def base16(text: str) -> bytes | None:
    """Decode hexadecimal in either case; None for anything else."""
    try:
        return bytes.fromhex(text) if text.isalnum() else None
    except ValueError:
        return None


def cid(untrusted_text: str) -> tuple[bool, bytes] | None:
    """Return True for raw bytes, and the SHA-256, of an IPFS content identifier of version 0 or 1.

    None for any other text, and for identifiers with another digest.
    """
    if untrusted_text.startswith("Qm"):
        whole = _in_letters(untrusted_text, _BASE58)
        return (False, whole[2:]) if whole and whole[:2] == SHA2_256 and len(whole) == 2 + _DIGEST_BYTES else None
    whole = _multibase(untrusted_text)
    if whole is None or len(whole) != 4 + _DIGEST_BYTES or whole[0] != _CID_V1 or whole[2:4] != SHA2_256:
        return None
    return (whole[1:2] == _RAW, whole[4:]) if whole[1:2] in {_RAW, _TREE} else None


def _multibase(text: str) -> bytes | None:
    prefix, rest = text[:1], text[1:]
    in_one_case = rest == (rest.lower() if prefix.islower() else rest.upper())
    if prefix in "bBfFvV" and not in_one_case:
        return None
    decode = _BASES.get(prefix if prefix in "zum" else prefix.lower())
    return decode(rest) if decode else None


def _in_letters(text: str, alphabet: str) -> bytes | None:
    """Decode a number in this alphabet, most significant first; each leading zero letter is a zero byte."""
    number = 0
    for letter in text:
        place = alphabet.find(letter)
        if place < 0:
            return None
        number = number * len(alphabet) + place
    zeros = len(text) - len(text.lstrip(alphabet[0]))
    return bytes(zeros) + number.to_bytes((number.bit_length() + 7) // 8)


_BASES: Final[Mapping[str, Callable[[str], bytes | None]]] = {
    "b": base32,
    "f": base16,
    "v": lambda text: _decoded(text.upper() + "=" * (-len(text) % 8), b32hexdecode),
    "u": lambda text: _decoded(text + "=" * (-len(text) % 4), urlsafe_b64decode),
    "m": lambda text: _decoded(text + "=" * (-len(text) % 4), b64decode),
    "z": lambda text: _in_letters(text, _BASE58),
    "k": lambda text: _in_letters(text.lower(), _BASE36),
}
"""Decoders by prefix letter, in lower case if either case is valid."""
