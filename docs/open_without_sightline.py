"""Open and verify a referral file without Sightline, by the byte framing in referrals.md.

    python open_without_sightline.py FILE.sightline MY-IDENTITY.key SCANNER.pub > records.jsonl

Needs Python 3.11, `pyrage` and `cryptography`. Writes each record as a line of JSON, and only if all of them hold.
Left to `sightline verify`: the log (checkpoint, proofs, timestamps, fetches), the mandates, and missing referrals.
"""

import json
import sys
from hashlib import sha256
from pathlib import Path
from uuid import UUID, uuid5

import pyrage
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key

IDS = UUID("4e5070e9-1cfe-41bd-a410-b00f8bbe6edc")


def demand(holds: bool, refusal: str) -> None:
    """End with the refusal unless the check holds."""
    if not holds:
        sys.exit(f"refused: {refusal}")


def unseal(sealed: bytes, identities: list, where: str) -> bytes:
    """Decrypt, check the padding and remove it."""
    try:
        padded = pyrage.decrypt(sealed, identities)
    except (pyrage.DecryptError, OSError):
        sys.exit(f"refused: {where}seal: not sealed to this identity, or changed")
    end = 8 + int.from_bytes(padded[:8], "big")
    demand(len(padded) == max(4096, 1 << (end - 1).bit_length()) and not any(padded[end:]), f"{where}padding")
    return padded[8:end]


def signed(endorsed: bytes, purpose: bytes, where: str) -> tuple[bytes, bytes]:
    """Return the key that signed this for the purpose, and what it signed."""
    line, _, rest = endorsed.partition(b"\n")
    key, signature, payload = rest[:32], rest[32:96], rest[96:]
    demand(line == purpose, f"{where}signature: not for the purpose {purpose.decode()}")
    try:
        Ed25519PublicKey.from_public_bytes(key).verify(signature, purpose + b"\0" + payload)
    except (InvalidSignature, ValueError):
        sys.exit(f"refused: {where}signature: does not hold")
    return key, payload


def records_of(file: bytes, identities: list, trusted: bytes) -> tuple[str, list[bytes]]:
    """Return the referral's id and its records; end at the first check that fails."""
    newest, payload = signed(unseal(file, identities, ""), b"sightline referral v1", "")
    text, _, body = payload.partition(b"\n")
    manifest = json.loads(text)
    keys = [newest]
    for statement in reversed(manifest["succession"]):  # each: an earlier key signed its successor
        earlier, successor = signed(bytes.fromhex(statement), b"sightline succession v1", "succession: ")
        demand(successor == keys[-1], "succession: it leads to another key")
        keys.append(earlier)
    demand(trusted in keys, "signature: made by a key that is not trusted")
    mine = [sha256(str(identity.to_public()).encode()).hexdigest()[:32] for identity in identities]
    demand(manifest["recipient"]["key_fingerprint"] in mine, "recipient: made for another key")
    records, ids = [], [record["record_id"] for record in manifest["records"]]
    for number, record in enumerate(manifest["records"], start=1):
        length, entries = record["sealed_bytes"], record["entries_bytes"]
        demand(0 <= length <= len(body) - entries <= len(body), "manifest: longer than what follows it")
        sealed, body = body[:length], body[length + entries :]
        where = f"record {number}: "
        demand(sha256(sealed).hexdigest() == record["record_id"], f"{where}not the one that the manifest names")
        key, content = signed(unseal(sealed, identities, where), b"sightline record v1", where)
        demand(key in keys, f"{where}signature: made by a key that is not trusted")
        records.append(content)
    demand(not body, "manifest: shorter than what follows it")
    name = uuid5(IDS, "\n".join((manifest["recipient"]["first_key"], *ids)))
    demand(manifest["referral_id"] == str(name), "manifest: its id does not follow from its records")
    return manifest["referral_id"], records


file, identity, key = (Path(name).read_bytes() for name in sys.argv[1:])
lines = [line.strip() for line in identity.decode().splitlines() if line.startswith("AGE-SECRET-KEY-")]
mine = [pyrage.x25519.Identity.from_str(line) for line in lines]
referral, contents = records_of(file, mine, load_pem_public_key(key).public_bytes_raw())
for content in contents:
    print(json.dumps(json.loads(content)))  # in ASCII: no terminal acts on it
print(f"{len(contents)} records of referral {referral}", file=sys.stderr)
