"""minisign's secret key files: 158 bytes in base64 under a comment line.

`Ed` | kdf `Sc` or two zero bytes | checksum `B2` | salt 32 | opslimit 8 | memlimit 8 (little-endian) | then 104 bytes:
key id 8, seed 32, public key 32, BLAKE2b-256 checksum 32. With a password these 104 are XORed with a scrypt stream;
without one they stand in the clear, and minisign leaves the checksum zero.
Format and parameters: minisign's own source and libsodium's `crypto_pwhash_scryptsalsa208sha256`.
"""

import binascii
import hmac
from base64 import b64decode, b64encode
from hashlib import blake2b
from secrets import token_bytes
from typing import Final

from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from config.faults import Fault
from reports.crypto.minisign import SecretKey

_FILE_BYTES: Final = 158
_HIDDEN_BYTES: Final = 104
_SENSITIVE_OPERATIONS: Final = 2**25
_SENSITIVE_MEMORY_BYTES: Final = 2**30
_MEMORY_BYTES_MAX: Final = 2 * _SENSITIVE_MEMORY_BYTES
_OPERATIONS_MAX: Final = 4 * _SENSITIVE_OPERATIONS
_COMMENT: Final = b"untrusted comment: minisign %s secret key\n"
_FIX: Final = "Name a minisign secret key file, as `sightline keys new authority` or `minisign -G` write it."


def write_secret_key(key: SecretKey, password: str | None) -> bytes:
    """Return a minisign secret key file, in the clear without a password (as `minisign -W` writes it)."""
    pair = key.key_id + key.seed + key.public.key
    if password is None:
        return _COMMENT % b"unencrypted" + b64encode(b"Ed\0\0B2" + bytes(48) + pair + bytes(32)) + b"\n"
    salt = token_bytes(32)
    stream = _stream(password, salt, _SENSITIVE_OPERATIONS, _SENSITIVE_MEMORY_BYTES)
    limits = _SENSITIVE_OPERATIONS.to_bytes(8, "little") + _SENSITIVE_MEMORY_BYTES.to_bytes(8, "little")
    hidden = _xor(pair + _checksum(pair), stream)
    return _COMMENT % b"encrypted" + b64encode(b"EdScB2" + salt + limits + hidden) + b"\n"


def needs_password(file: bytes) -> bool:
    """Return True if the key file is encrypted; False for anything that is not a key file."""
    raw = _raw(file)
    return raw is not None and raw[2:4] == b"Sc"


def read_secret_key(file: bytes, password: str | None) -> SecretKey | Fault:
    """Read the key in a secret key file. Fault if it is malformed, needs a password, or the password is wrong."""
    raw = _raw(file)
    if raw is None or raw[:2] != b"Ed" or raw[4:6] != b"B2" or raw[2:4] not in {b"Sc", b"\0\0"}:
        return Fault("secret key", "is not a minisign secret key file", _FIX)
    hidden = _opened(raw, password) if raw[2:4] == b"Sc" else raw[-_HIDDEN_BYTES:]
    if isinstance(hidden, Fault):
        return hidden
    key = SecretKey(hidden[:8], hidden[8:40])
    if hidden[40:72] != key.public.key:
        return Fault("secret key", "does not fit its public key: the file was changed", _FIX)
    return key


def _opened(raw: bytes, password: str | None) -> bytes | Fault:
    if password is None:
        return Fault("secret key", "is encrypted", "Give its password.")
    operations, memory = int.from_bytes(raw[38:46], "little"), int.from_bytes(raw[46:54], "little")
    if operations > _OPERATIONS_MAX or memory > _MEMORY_BYTES_MAX:
        return Fault("secret key", "asks for more memory or time to open than minisign ever does", _FIX)
    hidden = _xor(raw[-_HIDDEN_BYTES:], _stream(password, raw[6:38], operations, memory))
    if not hmac.compare_digest(hidden[72:], _checksum(hidden[:72])):
        return Fault("secret key", "does not open: the password is wrong, or the file was changed", "Try it again.")
    return hidden


def _checksum(pair: bytes) -> bytes:
    """Over the algorithm, the key id, the seed and the public key."""
    return blake2b(b"Ed" + pair, digest_size=32).digest()


def _raw(file: bytes) -> bytes | None:
    lines = file.strip().splitlines()
    try:
        raw = b64decode(lines[-1], validate=True) if lines else b""
    except binascii.Error:
        return None
    return raw if len(raw) == _FILE_BYTES else None


def _xor(left: bytes, right: bytes) -> bytes:
    return bytes(a ^ b for a, b in zip(left, right, strict=True))


def _stream(password: str, salt: bytes, operations: int, memory: int) -> bytes:
    n, p = _scrypt_cost(operations, memory)
    return Scrypt(salt=salt, length=_HIDDEN_BYTES, n=n, r=8, p=p).derive(password.encode())


def _scrypt_cost(operations: int, memory: int) -> tuple[int, int]:
    """N and p of scrypt for libsodium's limits, with r = 8 (its `pickparams`)."""
    operations = max(operations, 32_768)
    bound = operations // 32 if operations < memory // 32 else memory // 1_024
    log_n = next(bits for bits in range(1, 64) if bits == 63 or 2**bits > bound // 2)  # noqa: PLR2004 - its end
    if operations < memory // 32:
        return 2**log_n, 1
    return 2**log_n, min(operations // 4 // 2**log_n, 0x3FFFFFFF) // 8
