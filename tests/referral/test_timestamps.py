"""RFC 3161 with a local authority (`openssl ts`): asked for, kept, carried in referrals, verified by the recipient."""

import json
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key
from cryptography.x509 import Certificate, CertificateBuilder, load_pem_x509_certificate, random_serial_number
from rfc3161_client import HashAlgorithm, TimestampRequestBuilder, decode_timestamp_response

from config.exit_codes import Exit
from config.faults import Refused
from reports.bundle.checks import Check, CheckState
from reports.bundle.verify import Verification, verify
from reports.log.timestamps import FOLDER, TimestampReply, answered, authority_of, keep_request, request, stamped_at
from tests.referral.examples import MATCHED, page, sighting
from tests.referral.ledgers import Desk
from tests.referral.test_commands import Office, run

SHA_256, SHA_512 = bytes.fromhex("608648016503040201"), bytes.fromhex("608648016503040203")
"""Their object identifiers; the second is none that this authority stamps."""
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

    def reply(self, wanted: bytes, *options: str) -> bytes:
        (self.folder / "wanted.tsq").write_bytes(wanted)
        answer = ["ts", "-reply", "-config", "ts.conf", "-queryfile", "wanted.tsq", "-out", "reply.tsr"]
        self.openssl(*answer, *options)
        return (self.folder / "reply.tsr").read_bytes()

    def valid(self, begins: datetime, ends: datetime) -> str:
        """Another certificate for the same signing key, valid between two times; the name of its file."""
        made = load_pem_x509_certificate((self.folder / "tsa.pem").read_bytes())
        key = load_pem_private_key((self.folder / "root.key").read_bytes(), None)
        assert isinstance(key, RSAPrivateKey)
        builder = CertificateBuilder(made.issuer, made.subject, made.public_key(), random_serial_number())
        builder = builder.not_valid_before(begins).not_valid_after(ends)
        for extension in made.extensions:
            builder = builder.add_extension(extension.value, extension.critical)
        signed = builder.sign(key, SHA256()).public_bytes(Encoding.PEM)
        (self.folder / "other.pem").write_bytes(signed)
        return "other.pem"

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
    answer = answered(folder, authority.reply(request(note)), authority.certificates)
    assert isinstance(answer, TimestampReply), str(answer)
    answer.keep()


def checked(desk: Desk, certificates: tuple[Certificate, ...]) -> Verification:
    (made,) = desk.dispatched()
    return verify(made.path.read_bytes(), desk.identity, desk.key.public, (), certificates)


def timestamp(verification: Verification) -> tuple[CheckState, str]:
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
    assert state is CheckState.HOLDS
    assert words.endswith("with 2 of 4 records here")


def test_without_the_authoritys_certificate_it_is_told_as_not_checked(desk: Desk, authority: Authority) -> None:
    assert timestamp(checked(desk, authority.certificates)) == (
        CheckState.NOT_CHECKED,
        "the referral carries no timestamp",
    )
    desk.visit(page(sighting("later.jpg", MATCHED)))
    stamped(desk, authority)
    assert timestamp(checked(desk, ()))[0] is CheckState.NOT_CHECKED


def test_another_authoritys_certificate_fails(desk: Desk, authority: Authority, another: Authority) -> None:
    stamped(desk, authority)
    verification = checked(desk, another.certificates)
    assert timestamp(verification)[0] is CheckState.FAILS
    assert verification.opened is None


def test_a_reply_to_something_else_is_not_kept(desk: Desk, authority: Authority) -> None:
    note = desk.ledger.checkpoint()
    folder = desk.directory / FOLDER
    keep_request(folder, note, 1)
    assert words(answered(folder, authority.reply(request(note + " ")), authority.certificates)) == (
        "answers no request that was made here"
    )


def words(answer: object) -> str:
    assert isinstance(answer, Refused), answer
    assert all(fault.fix for fault in answer.faults)
    return answer.faults[0].cause


def test_a_reply_that_carries_its_chain_in_the_authoritys_order_holds(authority: Authority) -> None:
    note = "a log\n3\nroot\n"
    chain = ("-chain", "root.pem")
    replies = [authority.reply(request(note), *chain)]
    # Whichever of the two is in DER order, the other one is not.
    replies.append(swapped(replies[0], authority))
    refused = 0
    for reply in replies:
        try:
            decode_timestamp_response(reply)
        except ValueError as error:
            refused += "InvalidSetOrdering" in str(error)
        assert isinstance(stamped_at(reply, note, authority.certificates), datetime)
    assert refused == 1, "the control: one of the two orders is what a strict reader refuses"


def swapped(reply: bytes, authority: Authority) -> bytes:
    """The two certificates of a reply in the other order."""
    names = (authority.folder / "root.pem", authority.folder / "tsa.pem")
    one, other = (load_pem_x509_certificate(path.read_bytes()).public_bytes(Encoding.DER) for path in names)
    first, second = (one, other) if one + other in reply else (other, one)
    assert first + second in reply
    return reply.replace(first + second, second + first)


def test_every_flipped_byte_of_a_reply_with_its_chain_is_noticed_or_changes_nothing(authority: Authority) -> None:
    note = "a log\n3\nroot\n"
    reply = authority.reply(request(note), "-chain", "root.pem")
    at = stamped_at(reply, note, authority.certificates)
    version = reply.rindex(bytes.fromhex("a003020102")) + 4
    for position in (version, *range(0, len(reply), 7)):
        changed = reply[:position] + bytes([reply[position] ^ 1]) + reply[position + 1 :]
        answer = stamped_at(changed, note, authority.certificates)
        assert isinstance(answer, Refused) or answer == at, position


def test_each_cause_has_its_own_words(authority: Authority, another: Authority) -> None:
    note = "a log\n3\nroot\n"
    wanted, now, day = request(note), datetime.now(UTC), timedelta(days=1)
    expired = authority.reply(wanted, "-signer", authority.valid(now - 2 * day, now - day))
    early = authority.reply(wanted, "-signer", authority.valid(now + day, now + 2 * day))
    builder = TimestampRequestBuilder().data(note.encode()).hash_algorithm(HashAlgorithm.SHA256).nonce(nonce=False)
    without = authority.reply(builder.cert_request(cert_request=False).build().as_bytes())
    good = authority.reply(wanted)
    broken = good[:-5] + bytes([good[-5] ^ 1]) + good[-4:]
    unknown = wanted.replace(SHA_256, SHA_512)
    causes = {
        words(stamped_at(reply, note, authority.certificates))
        for reply in (expired, early, without, broken, wanted, another.reply(wanted), authority.reply(unknown))
    }
    causes.add(words(stamped_at(good, note + " ", authority.certificates)))
    assert causes == {
        "was signed with a certificate that had expired by then",
        "was signed with a certificate that was not valid yet",
        "holds no certificate of the one who signed it",
        "was damaged or changed: its signature does not hold",
        "is no whole reply of a timestamp authority (RFC 3161)",
        "was signed with a certificate to which none of the given root certificates leads",
        "is no timestamp: the authority answered `rejection`",
        "stamps something else than this",
    }


def test_a_file_without_the_root_certificate_is_refused_by_name(authority: Authority) -> None:
    signer, root = ((authority.folder / name).read_bytes() for name in ("tsa.pem", "root.pem"))
    assert words(authority_of(signer, "tsa.pem")) == (
        "holds no root certificate, only such as another certificate vouches for"
    )
    twice = authority_of(root + signer + root, "all.pem")
    assert not isinstance(twice, Refused)
    assert len(twice) == 2


def test_a_timestamp_from_before_every_record_vouches_for_none(desk: Desk, authority: Authority) -> None:
    stamped(desk, authority)
    made = desk.dispatched()
    desk.visit(page(sighting("later.jpg", MATCHED)))
    (later,) = desk.dispatched()
    verification = verify(later.path.read_bytes(), desk.identity, desk.key.public, (), authority.certificates)
    assert made
    state, said = timestamp(verification)
    assert state is CheckState.NOT_CHECKED
    assert said.endswith("with none of the records here yet")


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
    again = run("-c", office.config, "audit", "timestamp-add", reply, "--authority", root)
    assert again.exit_code == 0
    assert again.stdout.startswith("Kept already, nothing was changed")
    verified = office.received("verify", office.exported(), "--timestamp-authority", root, "--json")
    checks = {one["check"]: one["state"] for one in json.loads(verified.stdout)["files"][0]["checks"]}
    assert checks[Check.TIMESTAMP] == "holds"
    reply.write_bytes(b"not a reply")
    assert run("-c", office.config, "audit", "timestamp-add", reply, "--authority", root).exit_code == Exit.REFUSED
    assert json.loads(run("-c", office.config, "audit", "verify", "--json").stdout)["kinds"]["timestamp added"] == 1
    office.desk.ledger.close()
