"""Numbers in letters, as IPFS and magnet links write them: base32, base36, base58, base16. Strict.

Sources: RFC 4648 (base32, base16); multiformats/multibase; multiformats/cid; multiformats/multihash.
"""

from base64 import b32decode
from typing import Final

_BASE58: Final = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_BASE36: Final = "0123456789abcdefghijklmnopqrstuvwxyz"
SHA2_256: Final = b"\x12\x20"
"""The head of a multihash: SHA-256, of 32 bytes."""
_CID_V1: Final = 1
_RAW: Final = b"\x55"
_TREE: Final = b"\x70"
"""The codec `dag-pb`: a node that names blocks."""
_DIGEST_BYTES: Final = 32


def base32(text: str) -> bytes | None:
    """The bytes of unpadded base32 in either case; None for anything else."""
    try:
        return b32decode(text.upper() + "=" * (-len(text) % 8))
    except ValueError:
        return None


def base16(text: str) -> bytes | None:
    """The bytes of hexadecimal in either case; None for anything else."""
    try:
        return bytes.fromhex(text) if text.isalnum() else None
    except ValueError:
        return None


def cid(untrusted_text: str) -> tuple[bool, bytes] | None:
    """Of an IPFS content identifier, version 0 or 1: whether it is of raw bytes, and the SHA-256 within.

    None for what is no such identifier, or holds another digest than a SHA-256.
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
    if (prefix == "b" and rest == rest.lower()) or (prefix == "B" and rest == rest.upper()):
        return base32(rest)
    if (prefix == "f" and rest == rest.lower()) or (prefix == "F" and rest == rest.upper()):
        return base16(rest)
    if prefix == "z":
        return _in_letters(rest, _BASE58)
    if prefix in {"k", "K"}:
        return _in_letters(rest.lower(), _BASE36)
    return None


def _in_letters(text: str, alphabet: str) -> bytes | None:
    """A number in these letters, most significant first; each leading zero letter is a zero byte."""
    number = 0
    for letter in text:
        place = alphabet.find(letter)
        if place < 0:
            return None
        number = number * len(alphabet) + place
    zeros = len(text) - len(text.lstrip(alphabet[0]))
    return bytes(zeros) + number.to_bytes((number.bit_length() + 7) // 8)
