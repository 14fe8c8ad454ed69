"""Signatures: made for one purpose, by one key, over exactly these bytes."""

from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from hypothesis import given
from hypothesis import strategies as st

from config.faults import Refused
from reports.crypto.signing import RECORD, REFERRAL, PublicKey, ScannerKey, check
from reports.files import write_new

KEY, OTHER = ScannerKey.new(), ScannerKey.new()
ELLIPTIC = generate_private_key(SECP256R1())


@given(st.binary(max_size=200))
def test_what_is_endorsed_is_opened(payload: bytes) -> None:
    assert check(KEY.endorse(payload, RECORD), RECORD, (OTHER.public, KEY.public)) == (payload, KEY.public)


def test_every_flipped_bit_is_noticed() -> None:
    endorsed = KEY.endorse(b"a record", RECORD)
    for at in range(len(endorsed)):
        for bit in range(8):
            bent = endorsed[:at] + bytes([endorsed[at] ^ 1 << bit]) + endorsed[at + 1 :]
            assert isinstance(check(bent, RECORD, (KEY.public,)), Refused), (at, bit)


@given(st.binary(max_size=300))
def test_hostile_bytes_are_refused(untrusted: bytes) -> None:
    assert isinstance(check(untrusted, RECORD, (KEY.public,)), Refused)
    assert isinstance(check(RECORD.encode() + b"\n" + untrusted, RECORD, (KEY.public,)), Refused)


def test_a_signature_serves_its_own_purpose_only() -> None:
    endorsed = KEY.endorse(b"x", RECORD)
    assert isinstance(check(endorsed, REFERRAL, (KEY.public,)), Refused)
    renamed = REFERRAL.encode() + endorsed[len(RECORD) :]
    assert isinstance(check(renamed, REFERRAL, (KEY.public,)), Refused)


def test_a_bare_signature_is_none_for_a_purpose() -> None:
    bare = RECORD.encode() + b"\n" + KEY.public.raw + KEY.sign(b"x") + b"x"
    assert isinstance(check(bare, RECORD, (KEY.public,)), Refused)


def test_a_key_that_is_not_trusted_is_refused() -> None:
    refused = check(OTHER.endorse(b"x", RECORD), RECORD, (KEY.public,))
    assert isinstance(refused, Refused)
    assert OTHER.public.key_id in str(refused)


def test_keys_survive_their_text_form(tmp_path: Path) -> None:
    path = tmp_path / "signing.key"
    assert write_new(path, KEY.to_pem()) is None
    loaded = ScannerKey.load(path)
    assert isinstance(loaded, ScannerKey)
    assert loaded.public == KEY.public
    assert PublicKey.from_pem(KEY.public.to_pem()) == KEY.public


def test_a_key_that_others_can_read_is_not_loaded(tmp_path: Path) -> None:
    path = tmp_path / "signing.key"
    write_new(path, KEY.to_pem())
    path.chmod(0o640)
    assert isinstance(ScannerKey.load(path), Refused)


@pytest.mark.parametrize("pem", [b"", b"-----BEGIN PRIVATE KEY-----\nAA==\n-----END PRIVATE KEY-----\n", b"\xff" * 50])
def test_what_is_no_key_is_refused(pem: bytes) -> None:
    assert isinstance(ScannerKey.from_pem(pem, "here"), Refused)
    assert isinstance(PublicKey.from_pem(pem), Refused)


def test_a_key_of_another_kind_is_refused() -> None:
    private = ELLIPTIC.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    public = ELLIPTIC.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    assert isinstance(ScannerKey.from_pem(private, "here"), Refused)
    assert isinstance(PublicKey.from_pem(public), Refused)


def test_neither_repr_nor_refusal_shows_the_secret() -> None:
    secret = KEY.to_pem().splitlines()[1].decode()
    assert secret not in repr(KEY)
    broken = ScannerKey.from_pem(KEY.to_pem().replace(b"PRIVATE", b"PRIVAT"), "here")
    assert secret not in str(broken)


def test_a_public_key_of_the_wrong_length_verifies_nothing() -> None:
    assert not PublicKey(KEY.public.raw[:31]).verify(b"x", KEY.sign(b"x"))
    assert not KEY.public.verify(b"x", KEY.sign(b"x")[:63])
