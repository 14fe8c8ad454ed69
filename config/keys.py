"""The shapes of public keys that a configuration may name: minisign keys and age recipients.

Only the shape is judged here (alphabet, length, checksum where the format has one), so that a mistyped key is refused
when the configuration is read and not when the first finding is sealed. What a key signs or opens is judged elsewhere.
"""

import binascii
from base64 import b64decode
from typing import Final

MINISIGN_KEY_BYTES: Final = 42
"""Two bytes of algorithm, eight of key id, 32 of Ed25519 public key."""
AGE_KEY_CHARACTERS: Final = 62
_BECH32: Final = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
_BECH32_GENERATORS: Final = (0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)


def minisign_key_bytes(text: str) -> bytes:
    """Decode the 42 bytes of a minisign public key's base64 line. Raise ValueError with the cause for anything else."""
    try:
        raw = b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        msg = "not a minisign public key: it is not base64"
        raise ValueError(msg) from None
    if len(raw) != MINISIGN_KEY_BYTES:
        msg = f"not a minisign public key: {len(raw)} bytes instead of {MINISIGN_KEY_BYTES}"
        raise ValueError(msg)
    if raw[:2] != b"Ed":
        msg = "not a minisign public key: it does not begin with the letters RW"
        raise ValueError(msg)
    return raw


def checked_minisign_key(text: str) -> str:
    """`text`, when it is a minisign public key. Raises ValueError with the cause otherwise."""
    minisign_key_bytes(text)
    return text


def checked_age_key(text: str) -> str:
    """`text`, when it is an age X25519 recipient (`age1...`, bech32 of BIP 173). Raises ValueError otherwise."""
    if not text.startswith("age1"):
        msg = "not an age public key: it does not begin with age1"
        raise ValueError(msg)
    if len(text) != AGE_KEY_CHARACTERS or not set(text[4:]) <= set(_BECH32):
        msg = f"not an age public key: it is not {AGE_KEY_CHARACTERS} characters of the bech32 alphabet in lower case"
        raise ValueError(msg)
    if _bech32_polymod("age", text[4:]) != 1:
        msg = "not an age public key: its checksum does not hold, so a character is mistyped"
        raise ValueError(msg)
    return text


def _bech32_polymod(prefix: str, data: str) -> int:
    """Compute the bech32 checksum over prefix and data (BIP 173); 1 if it holds."""
    high = [ord(character) >> 5 for character in prefix]
    low = [ord(character) & 31 for character in prefix]
    checksum = 1
    for value in (*high, 0, *low, *(_BECH32.index(character) for character in data)):
        top = checksum >> 25
        checksum = (checksum & 0x1FFFFFF) << 5 ^ value
        for bit, generator in enumerate(_BECH32_GENERATORS):
            checksum ^= generator if top >> bit & 1 else 0
    return checksum
