"""`docs/open_without_sightline.py`: opens a referral by the byte framing in docs/referrals.md, with nothing of ours."""

import ast
import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pyrage  # noqa: TID251 - seals that Sightline would not make
import pytest

from config.faults import Refused
from reports.bundle.bundle import BundleParts, Manifest, payload_of, referral_id, take_apart
from reports.crypto.seal import new_identity, seal, unseal
from reports.crypto.signing import RECORD, REFERRAL, PublicKey, ScannerKey, check
from reports.log.key_succession import succeed
from tests.referral.examples import MATCHED, NO_MATCH, failed_page, page, sighting
from tests.referral.ledgers import Desk

SCRIPT = Path(__file__).parents[2] / "docs" / "open_without_sightline.py"
LIBRARIES = {"pyrage", "cryptography"}


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    made = Desk(tmp_path)
    made.visit(page(sighting("a.jpg", MATCHED), sighting("b.jpg", NO_MATCH)), failed_page("http://x/2"))
    yield made
    made.ledger.close()


@pytest.fixture
def file(desk: Desk) -> bytes:
    (made,) = desk.dispatched()
    return made.path.read_bytes()


def opened(
    desk: Desk, file: bytes, identity: str = "", key: PublicKey | None = None
) -> subprocess.CompletedProcess[str]:
    """Run the script as its reader does: a file, an identity file with comments, and the scanner's public key."""
    given = {
        "file.sightline": file,
        "my.key": f"# created: today\n{identity or desk.identity}\n".encode(),
        "scanner.pub": (key or desk.key.public).to_pem(),
    }
    for name, content in given.items():
        (desk.directory / name).write_bytes(content)
    command = [sys.executable, "-I", "-W", "error", str(SCRIPT), *given]
    return subprocess.run(command, cwd=desk.directory, capture_output=True, text=True, check=False)


def endorsed_in(desk: Desk, file: bytes) -> bytes:
    endorsed = unseal(file, desk.identity)
    assert isinstance(endorsed, bytes)
    return endorsed


def payload(desk: Desk, sealed: bytes, purpose: str) -> bytes:
    signed = check(endorsed_in(desk, sealed), purpose, (desk.key.public,))
    assert not isinstance(signed, Refused)
    return signed[0]


def parts_of(desk: Desk, file: bytes) -> BundleParts:
    parts = take_apart(payload(desk, file, REFERRAL))
    assert isinstance(parts, BundleParts)
    return parts


def sealed_again(desk: Desk, parts: BundleParts, manifest: Manifest, key: ScannerKey | None = None) -> bytes:
    """Sign and seal these parts under another manifest, with the scanner's key unless another is given."""
    made = payload_of(manifest, parts.sealed, parts.entries)
    return seal((key or desk.key).endorse(made, REFERRAL), [desk.recipient])


def with_first(desk: Desk, parts: BundleParts, first: bytes) -> bytes:
    """Return the referral with another first record, and a manifest that is right about it."""
    entry = replace(parts.manifest.records[0], record_id=sha256(first).hexdigest(), sealed_bytes=len(first))
    records = (entry, *parts.manifest.records[1:])
    name = referral_id(parts.manifest.recipient.first_key, [record.record_id for record in records])
    changed = replace(parts, sealed=(first, *parts.sealed[1:]))
    return sealed_again(desk, changed, replace(parts.manifest, records=records, referral_id=name))


def test_it_imports_nothing_but_the_standard_library_and_two_packages() -> None:
    names = set[str]()
    for node in ast.walk(ast.parse(SCRIPT.read_text())):
        if isinstance(node, ast.Import):
            names |= {item.name.partition(".")[0] for item in node.names}
        elif isinstance(node, ast.ImportFrom):
            names.add((node.module or ".").partition(".")[0])
    assert LIBRARIES <= names <= LIBRARIES | sys.stdlib_module_names


def test_it_writes_every_record_as_the_scanner_signed_it(desk: Desk, file: bytes) -> None:
    written, parts = opened(desk, file), parts_of(desk, file)
    assert (written.returncode, written.stderr) == (0, f"3 records of referral {parts.manifest.referral_id}\n")
    signed = [json.loads(payload(desk, sealed, RECORD)) for sealed in parts.sealed]
    assert [json.loads(line) for line in written.stdout.splitlines()] == signed
    assert written.stdout.isascii()


def test_a_recipient_with_a_new_key_needs_the_earlier_one_too(desk: Desk) -> None:
    desk.change_key()
    desk.visit(failed_page("http://x/3"))
    (made,) = desk.dispatched()
    file, newest = made.path.read_bytes(), desk.identity.split()[1]
    assert opened(desk, file).returncode == 0
    assert opened(desk, file, newest).stderr.startswith("refused: record 1: seal")


def test_the_scanners_earlier_key_leads_to_its_newest(desk: Desk, file: bytes) -> None:
    """A recipient that trusts the earlier key opens what the newest signed, with records that the earlier signed."""
    parts, newest = parts_of(desk, file), ScannerKey.new()
    led = replace(parts.manifest, succession=(succeed(desk.key, newest.public),))
    assert opened(desk, sealed_again(desk, parts, led, newest)).returncode == 0
    assert opened(desk, sealed_again(desk, parts, parts.manifest, newest)).returncode == 1


def changed_end(_desk: Desk, file: bytes) -> bytes:
    return file[:-1] + bytes([file[-1] ^ 1])


def changed_header(_desk: Desk, file: bytes) -> bytes:
    return file[:40] + bytes([file[40] ^ 1]) + file[41:]


def changed_within(desk: Desk, file: bytes) -> bytes:
    """A byte of the manifest, sealed again by somebody who knows the recipient's public key."""
    endorsed = endorsed_in(desk, file)
    return seal(endorsed[:200] + bytes([endorsed[200] ^ 1]) + endorsed[201:], [desk.recipient])


def another_purpose(desk: Desk, file: bytes) -> bytes:
    return seal(desk.key.endorse(payload(desk, file, REFERRAL), RECORD), [desk.recipient])


def another_line(desk: Desk, file: bytes) -> bytes:
    """The signature holds; the line before it is not the framing's."""
    return seal(endorsed_in(desk, file).replace(REFERRAL.encode(), b"sightline referral v2", 1), [desk.recipient])


def padded_with_text(desk: Desk, file: bytes) -> bytes:
    return bytes(pyrage.encrypt(padded(desk, file, b"\1"), [pyrage.x25519.Recipient.from_str(desk.recipient)]))


def padded_too_far(desk: Desk, file: bytes) -> bytes:
    far = padded(desk, file, b"\0") + bytes(4096)
    return bytes(pyrage.encrypt(far, [pyrage.x25519.Recipient.from_str(desk.recipient)]))


def padded(desk: Desk, file: bytes, fill: bytes) -> bytes:
    endorsed = endorsed_in(desk, file)
    text = len(endorsed).to_bytes(8, "big") + endorsed
    return text.ljust(1 << (len(text) - 1).bit_length(), fill)


def record_left_out(desk: Desk, file: bytes) -> bytes:
    parts = parts_of(desk, file)
    return sealed_again(desk, replace(parts, sealed=(*parts.sealed[:-1], b"")), parts.manifest)


def bytes_behind(desk: Desk, file: bytes) -> bytes:
    return seal(desk.key.endorse(payload(desk, file, REFERRAL) + b"x", REFERRAL), [desk.recipient])


def record_exchanged(desk: Desk, file: bytes) -> bytes:
    """The second record in the first one's place, under the first one's name."""
    parts = parts_of(desk, file)
    first = replace(parts.manifest.records[0], sealed_bytes=len(parts.sealed[1]))
    manifest = replace(parts.manifest, records=(first, *parts.manifest.records[1:]))
    return sealed_again(desk, replace(parts, sealed=(parts.sealed[1], *parts.sealed[1:])), manifest)


def record_of_a_stranger(desk: Desk, file: bytes) -> bytes:
    parts = parts_of(desk, file)
    forged = ScannerKey.new().endorse(payload(desk, parts.sealed[0], RECORD), RECORD)
    return with_first(desk, parts, seal(forged, [desk.recipient]))


def made_for_another(desk: Desk, file: bytes) -> bytes:
    parts = parts_of(desk, file)
    stranger = replace(parts.manifest.recipient, key_fingerprint="0" * 32)
    return sealed_again(desk, parts, replace(parts.manifest, recipient=stranger))


def another_id(desk: Desk, file: bytes) -> bytes:
    parts = parts_of(desk, file)
    return sealed_again(desk, parts, replace(parts.manifest, referral_id=referral_id(desk.recipient, [])))


def succession_elsewhere(desk: Desk, file: bytes) -> bytes:
    """A stranger's referral, with a statement in which the trusted key named somebody else."""
    parts, statement = parts_of(desk, file), succeed(desk.key, ScannerKey.new().public)
    return sealed_again(desk, parts, replace(parts.manifest, succession=(statement,)), ScannerKey.new())


CHANGES: dict[Callable[[Desk, bytes], bytes], str] = {
    changed_end: "seal",
    changed_header: "seal",
    changed_within: "signature",
    another_purpose: "signature",
    another_line: "signature",
    padded_with_text: "padding",
    padded_too_far: "padding",
    record_left_out: "manifest: longer",
    bytes_behind: "manifest: shorter",
    record_exchanged: "record 1: not the one",
    record_of_a_stranger: "record 1: signature",
    made_for_another: "recipient",
    another_id: "manifest: its id",
    succession_elsewhere: "succession",
}


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__)
def test_a_changed_referral_is_refused_and_nothing_is_written(
    desk: Desk, file: bytes, change: Callable[[Desk, bytes], bytes]
) -> None:
    written = opened(desk, change(desk, file))
    assert (written.returncode, written.stdout) == (1, "")
    assert written.stderr.startswith(f"refused: {CHANGES[change]}"), written.stderr


def test_what_is_sealed_again_unchanged_is_opened(desk: Desk, file: bytes) -> None:
    """The control: what refuses the others is their change."""
    parts = parts_of(desk, file)
    assert opened(desk, with_first(desk, parts, parts.sealed[0])).returncode == 0


def test_another_scanners_key_and_another_identity_are_refused(desk: Desk, file: bytes) -> None:
    stranger, other = opened(desk, file, key=ScannerKey.new().public), opened(desk, file, new_identity()[0])
    assert stranger.stderr.startswith("refused: signature: made by a key that is not trusted")
    assert other.stderr.startswith("refused: seal")
    assert {(written.returncode, written.stdout) for written in (stranger, other)} == {(1, "")}
