"""What an operator, an authority and a recipient do before the first scan: keys, configuration, lists.

Three folders, as if on three machines: `scanner`, `authority`, `recipient`. All through the real command line.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from config.clock import rfc3339, utc_now
from config.layout import FILE_NAME
from matcher.fingerprint import Hasher
from reports.files import write
from scanner.rehearsal.cli_runner import Sightline
from scanner.rehearsal.expectations import SitePlan
from scanner.rehearsal.hash_list import ISSUER, LIST_NAME, hash_list_csv

AUTHORITY: Final = "Rehearsal authority"
RECIPIENT: Final = "rehearsal-analyst"
SECONDS_PER_EXCHANGE: Final = 15
"""Short, because one of the sites drips for longer than anybody waits."""
HANDLING: Final = "A rehearsal: generated pictures on made-up sites. Act on nothing of it."
CONFIGURATION: Final = """\
[organisation]
name = "Rehearsal"
contact = "nobody"

[[authorities]]
name = {authority}
public_key = {authority_key}

[[recipients]]
name = {recipient}
public_key = {recipient_key}

{tor}
[fetch]
seconds_per_exchange = {seconds}.0

[report]
test = true
handling = {handling}

[host]
confinement_without = ["namespaces"]
"""
"""A rehearsal runs on machines that refuse namespaces to ordinary users; its records state it where that is so."""


@dataclass(frozen=True, slots=True)
class PreparedScanner:
    """A scanner that is ready to scan; and the recipient's files that open and verify its findings."""

    configuration: Path
    identity: Path
    scanner_public_key: Path


def own_tor(program: Path, lines: Path) -> str:
    """Return the configuration by which Sightline starts its own tor, with further lines for its torrc."""
    named = f"program = {json.dumps(str(program))}\ntorrc_extra = {json.dumps(str(lines))}"
    return f"[tor]\n{named}\nseconds_to_bootstrap = 90\n"


def prepare(
    ground: Path, sites: Sequence[SitePlan], hasher: Hasher, tor: str, seconds: int = SECONDS_PER_EXCHANGE
) -> PreparedScanner:
    """Everything up to the first scan. `tor` is that part of the configuration; `seconds` an exchange's deadline.

    Raises StepFailed, with the fault, when a command refuses.
    """
    scanner, recipient = ground / "scanner", ground / "recipient"
    configuration, identity = scanner / FILE_NAME, recipient / "identity.key"
    _folder(ground / "authority")
    _folder(recipient)
    anybody, operator = Sightline(), Sightline(configuration)
    authority_key = anybody.run("keys", "new", "authority", str(ground / "authority/signing.key"), "--no-password")
    recipient_key = anybody.run("keys", "new", "recipient", str(identity))
    anybody.run("init", "--directory", str(scanner))
    keys = (authority_key["public_key"], recipient_key["public_key"])
    write(configuration, _configuration(*keys, tor, seconds).encode())
    _import_targets(ground / "authority", sites, operator)
    _import_hashes(ground / "authority", hasher, operator)
    scanner_key = recipient / "scanner.pem"
    write(scanner_key, operator.run("keys", "show")["scanner"]["public_key_pem"].encode())
    return PreparedScanner(configuration, identity, scanner_key)


def _folder(path: Path) -> None:
    path.mkdir(mode=0o700)


def _configuration(authority_key: str, recipient_key: str, tor: str, seconds: int) -> str:
    texts = {
        "authority": AUTHORITY,
        "authority_key": authority_key,
        "recipient": RECIPIENT,
        "recipient_key": recipient_key,
        "handling": HANDLING,
    }
    quoted = {name: json.dumps(text) for name, text in texts.items()}  # a JSON string is a TOML string
    return CONFIGURATION.format(tor=tor, seconds=seconds, **quoted)


def _import_targets(folder: Path, sites: Sequence[SitePlan], operator: Sightline) -> None:
    path = folder / "targets.json"
    write(path, json.dumps(target_list(sites, utc_now()), indent=2).encode())
    operator.run("targets", "sign", str(path), "--key", str(folder / "signing.key"))
    operator.run("targets", "import", str(path))


def _import_hashes(folder: Path, hasher: Hasher, operator: Sightline) -> None:
    path = folder / "hashes.csv"
    write(path, hash_list_csv(hasher))
    named = ["--list", LIST_NAME, "--issuer", ISSUER]
    operator.run("hashes", "import", str(path), "--format", "csv", "--kind", "child-abuse", *named)


def target_list(sites: Sequence[SitePlan], now: datetime) -> dict[str, object]:
    """Return the authority's list of the listed sites, valid for sixty days."""
    return {
        "format_version": 1,
        "list_id": "rehearsal",
        "sequence": 1,
        "issuer": AUTHORITY,
        "mandate_reference": "Rehearsal",
        "legal_basis": "None is needed: every site is made up and on this machine",
        "issued": rfc3339(now),
        "valid_from": rfc3339(now - timedelta(minutes=5)),
        "valid_until": rfc3339(now + timedelta(days=60)),
        "targets": [_target(site) for site in sites if site.listed],
    }


def _target(site: SitePlan) -> dict[str, object]:
    authorisation = {"client_authorisation_key": site.clients[0].private} if site.clients else {}
    return {
        "address": site.key.address,
        "start_paths": list(site.start_paths),
        "scope": {"path_prefixes": list(site.path_prefixes), "depth": 3, "pages": 50},
        "requests_per_minute": 6000,
        "reason": f"Rehearsal: {site.name}",
        "review_interval_hours": 24,
        **authorisation,
    }
