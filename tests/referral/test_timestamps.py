"""RFC 3161 with a local authority (`openssl ts`): asked for, kept, carried in referrals, verified by the recipient."""

import json
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.x509 import Certificate

from config.faults import Refused
from reports.checks import Check, State
from reports.timestamps import FOLDER, authority_of, keep_reply, keep_request, request, stamped_at
from reports.verify import Verification, verify
from scanner.cli.exits import Exit
from tests.referral.examples import MATCHED, page, sighting
from tests.referral.ledgers import Desk
from tests.referral.test_commands import Office, run

CONFIGURATION = """
[ req ]
distinguished_name = name
[ name ]
[ stamps ]
basicConstraints = critical,CA:FALSE
keyUsage = critical,digitalSignature
extendedKeyUsage = critical,timeStamping
[ root ]
basicConstraints = critical,CA:TRUE
keyUsage = critical,keyCertSign
[ tsa ]
default_tsa = tsa_1
[ tsa_1 ]
serial = {folder}/serial
signer_cert = {folder}/tsa.pem
signer_key = {folder}/tsa.key
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256
ess_cert_id_alg = sha256
"""


@dataclass
class Authority:
    """A timestamp authority of its own, in one folder."""

    folder: Path

    def __post_init__(self) -> None:
        self.folder.mkdir()
        (self.folder / "ts.conf").write_text(CONFIGURATION.format(folder=self.folder))
        (self.folder / "serial").write_text("01")
        new = "req -x509 -newkey rsa:2048 -nodes -days 30 -config ts.conf -subj"
        self.openssl(*new.split(), "/CN=root", "-extensions", "root", "-keyout", "root.key", "-out", "root.pem")
        asked = "req -newkey rsa:2048 -nodes -config ts.conf -subj /CN=tsa"
        self.openssl(*asked.split(), "-keyout", "tsa.key", "-out", "tsa.csr")
        sign = "x509 -req -in tsa.csr -CA root.pem -CAkey root.key -set_serial 2 -days 30"
        self.openssl(*sign.split(), "-extfile", "ts.conf", "-extensions", "stamps", "-out", "tsa.pem")
        certificates = authority_of((self.folder / "root.pem").read_bytes(), "root.pem")
        assert not isinstance(certificates, Refused)
        self.certificates: tuple[Certificate, ...] = certificates

    def reply(self, wanted: bytes) -> bytes:
        (self.folder / "wanted.tsq").write_bytes(wanted)
        self.openssl(*["ts", "-reply", "-config", "ts.conf", "-queryfile", "wanted.tsq", "-out", "reply.tsr"])
        return (self.folder / "reply.tsr").read_bytes()

    def openssl(self, *words: str) -> None:
        subprocess.run(["openssl", *words], cwd=self.folder, check=True, capture_output=True)  # noqa: S607


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority") / "one")


@pytest.fixture(scope="module")
def another(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority") / "two")


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    made = Desk(tmp_path)
    made.visit(page(sighting("known.jpg", MATCHED)))
    yield made
    made.ledger.close()


def stamped(desk: Desk, authority: Authority) -> None:
    note = desk.ledger.checkpoint()
    folder = desk.directory / FOLDER
    assert keep_request(folder, note, int(note.split("\n")[1])) is None
    kept = keep_reply(folder, authority.reply(request(note)), authority.certificates)
    assert not isinstance(kept, Refused), str(kept)


def checked(desk: Desk, certificates: tuple[Certificate, ...]) -> Verification:
    (made,) = desk.dispatched()
    return verify(made.path.read_bytes(), desk.identity, desk.key.public, (), certificates)


def timestamp(verification: Verification) -> tuple[State, str]:
    (result,) = [one for one in verification.results if one.check is Check.TIMESTAMP]
    return result.state, result.words


def test_a_referral_carries_the_newest_timestamp_and_its_recipient_verifies_it(
    desk: Desk, authority: Authority
) -> None:
    stamped(desk, authority)
    desk.now += timedelta(days=1)
    desk.visit(page(sighting("later.jpg", MATCHED), at=desk.now))
    verification = checked(desk, authority.certificates)
    state, words = timestamp(verification)
    assert verification.verified
    assert state is State.HOLDS
    assert words.endswith("with 2 of these 4 records")


def test_without_the_authoritys_certificate_it_is_told_as_not_checked(desk: Desk, authority: Authority) -> None:
    assert timestamp(checked(desk, authority.certificates)) == (
        State.NOT_CHECKED,
        "the referral carries no timestamp",
    )
    desk.visit(page(sighting("later.jpg", MATCHED)))
    stamped(desk, authority)
    assert timestamp(checked(desk, ()))[0] is State.NOT_CHECKED


def test_another_authoritys_certificate_fails(desk: Desk, authority: Authority, another: Authority) -> None:
    stamped(desk, authority)
    verification = checked(desk, another.certificates)
    assert timestamp(verification)[0] is State.FAILS
    assert verification.opened is None


def test_a_reply_to_something_else_is_not_kept(desk: Desk, authority: Authority) -> None:
    note = desk.ledger.checkpoint()
    folder = desk.directory / FOLDER
    keep_request(folder, note, 1)
    assert isinstance(keep_reply(folder, authority.reply(request(note + " ")), authority.certificates), Refused)
    assert not list(folder.glob("*.tsr"))


def test_every_flipped_byte_of_what_the_authority_signed_is_noticed(desk: Desk, authority: Authority) -> None:
    """The time is what it is, or the reply is refused."""
    note = desk.ledger.checkpoint()
    reply = authority.reply(request(note))
    at = stamped_at(reply, note, authority.certificates)
    assert isinstance(at, datetime)
    assert abs(at - datetime.now(UTC)) < timedelta(hours=1)
    for position in range(0, len(reply), 7):
        changed = reply[:position] + bytes([reply[position] ^ 1]) + reply[position + 1 :]
        answer = stamped_at(changed, note, authority.certificates)
        assert isinstance(answer, Refused) or answer == at, position
    assert isinstance(stamped_at(reply, note.replace("1", "2", 1), authority.certificates), Refused)


def test_the_operator_carries_the_request_out_and_the_reply_in(tmp_path: Path, authority: Authority) -> None:
    office = Office(tmp_path)
    office.desk.visit(page(sighting("known.jpg", MATCHED)))
    wanted, reply, root = tmp_path / "log.tsq", tmp_path / "log.tsr", authority.folder / "root.pem"
    assert run("-c", office.config, "audit", "timestamp-request", "--out", wanted).exit_code == 0
    reply.write_bytes(authority.reply(wanted.read_bytes()))
    added = run("-c", office.config, "audit", "timestamp-add", reply, "--authority", root)
    assert added.exit_code == 0, added.output
    verified = office.received("verify", office.exported(), "--timestamp-authority", root, "--json")
    checks = {one["check"]: one["state"] for one in json.loads(verified.stdout)["files"][0]["checks"]}
    assert checks[Check.TIMESTAMP] == "holds"
    reply.write_bytes(b"not a reply")
    assert run("-c", office.config, "audit", "timestamp-add", reply, "--authority", root).exit_code == Exit.REFUSED
    assert json.loads(run("-c", office.config, "audit", "verify", "--json").stdout)["kinds"]["timestamp added"] == 1
    office.desk.ledger.close()
