"""Referral files, as the recipient's commands read and check them. Needs no configuration, store or network.

Imports little: verification must not wait for what opening and rendering need.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

import click
from cryptography.x509 import Certificate

from config.exit_codes import Exit
from config.faults import Fault, Refused
from reports import files
from reports.bundle.verify import Verification, verify
from reports.crypto.seal import recipients_of
from reports.crypto.signing import PublicKey
from reports.log.timestamps import authority_of
from scanner.cli.files import read_bounded
from scanner.cli.output import err, sure

FILE_BYTES_MAX: Final = 2**30
KEY_BYTES_MAX: Final = 65_536
LIST_BYTES_MAX: Final = 64 * 2**20
IDENTITY_BEGINS: Final = "AGE-SECRET-KEY-"

PATH = click.Path(dir_okay=False, path_type=Path)
files_argument = click.argument("paths", metavar="FILE...", nargs=-1, required=True, type=PATH)
identity_option = click.option(
    "--identity", "identity_path", required=True, type=PATH, help="Your secret key file (age)."
)
public_key_option = click.option("--public-key", "key_path", type=PATH, help="The scanner's public key (PEM).")
authority_option = click.option(
    "--timestamp-authority", "authority_path", type=PATH, help="Certificates of the timestamp authority (PEM)."
)
lists_option = click.option("--list", "list_paths", multiple=True, type=PATH, help="An authority list that you hold.")


def verified_files(
    paths: Sequence[Path],
    identity_path: Path,
    key_path: Path | None,
    list_paths: Sequence[Path],
    authority_path: Path | None,
    *,
    as_json: bool,
) -> Iterator[tuple[Path, Verification]]:
    """Yield every file, verified, one after the other; end the command if one cannot be read."""
    identity = sure(_identity(identity_path), Exit.CONFIGURATION, as_json=as_json)
    trusted = sure(_public_key(key_path), Exit.CONFIGURATION, as_json=as_json) if key_path else None
    lists = [sure(read_bounded(path, LIST_BYTES_MAX), Exit.CONFIGURATION, as_json=as_json) for path in list_paths]
    authority = sure(_authority(authority_path), Exit.CONFIGURATION, as_json=as_json)
    for path in paths:
        untrusted = sure(read_bounded(path, FILE_BYTES_MAX), Exit.CONFIGURATION, as_json=as_json)
        with err.status(f"Verifying {path.name}"):
            verification = verify(untrusted, identity, trusted, lists, authority)
        yield path, verification


def _identity(path: Path) -> str | Refused:
    """Read the secret keys in a file of `sightline keys new recipient` or `age-keygen`, earlier ones included."""
    secret = files.read_secret(path, limit_bytes=KEY_BYTES_MAX)
    if isinstance(secret, Refused):
        return secret
    lines = secret.decode("ascii", errors="replace").split("\n")
    identity = "\n".join(line.strip() for line in lines if line.startswith(IDENTITY_BEGINS))
    try:
        recipients_of(identity)
    except ValueError:
        fix = "Name the file that `sightline keys new recipient` wrote."
        return Refused((Fault(str(path), "holds no age secret key", fix),))
    return identity


def _authority(path: Path | None) -> tuple[Certificate, ...] | Refused:
    """Read the timestamp authority's certificates; none if no file was named."""
    if path is None:
        return ()
    pem = read_bounded(path, KEY_BYTES_MAX)
    return pem if isinstance(pem, Refused) else authority_of(pem, str(path))


def _public_key(path: Path) -> PublicKey | Refused:
    pem = read_bounded(path, KEY_BYTES_MAX)
    return pem if isinstance(pem, Refused) else PublicKey.from_pem(pem)
