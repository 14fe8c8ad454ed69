"""minisign's format, held against what minisign 0.11 wrote and against the program itself where it is installed."""

import shutil  # noqa: TID251 - only to find a program
import subprocess
from base64 import b64decode, b64encode
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.faults import Fault
from reports.crypto.minisign import MinisignPublicKey, SecretKey, Verified, new_key, sign, signer_of, verify
from reports.crypto.minisign_keys import needs_password, read_secret_key, write_secret_key

MESSAGE = b"A list of nothing.\n"
PUBLIC = """untrusted comment: minisign public key 2F0EB339E614DA0D
RWQN2hTmObMOLxmosNxoh0k0uhJty8W1yVFXZjFe/KukWe+E4U9WEK/h
"""
SECRET = b"""untrusted comment: minisign encrypted secret key
RWQAAEIyAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAADdoU5jmzDi9VweSVYtuIbfP0KAATtvUxk0ZnHw7PI9a1fh\
hdaAb8AhmosNxoh0k0uhJty8W1yVFXZjFe/KukWe+E4U9WEK/hAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=
"""
ENCRYPTED = b"""untrusted comment: minisign encrypted secret key
RWRTY0IysXU6C4mpga9/L2tgUhEWwut6haMsHJiFQtM6/Hun1XoAAAACAAAAAAAAAEAAAAAA9k/qzSeYDy2qivtYnuPEamP2LiGURy4LVkZfw/Cbxm8uab\
aY6GvIYsmlr17lRe/UaUAnXZ/0zqk3G1xuWdRXDaBO0/qWhOfR+6u1EVdqyzQAf4V4nH3AfpM0kAy+9jqdhizSUM5RcL0=
"""
ENCRYPTED_PUBLIC = "RWQ/4JIEkJObpUA447UjzCFZqGvFZ6xivNp3tygGyJf+fbcZH1za04bL"
PASSWORD = "correct horse"
PREHASHED = b"""untrusted comment: signature from minisign secret key
RUQN2hTmObMOLzF4wgR6xovNL2GW6e698a2xLS6Fk+E+x4YjcUljUTtD4UjmYwGhEI4+59kzgNgJ02/PMzkRTgjfjkjot2F0VQw=
trusted comment: a trusted comment
34639m03XnQGIhGdAKjR9v6WCaYAGX48/I/24Tqw3dBU1EUb/g5RqNlcvUnL/YmbnYFpFtoTfEaRPRD6sj19BQ==
"""
LEGACY = b"""untrusted comment: signature from minisign secret key
RWQN2hTmObMOL9vqsXJhZev2aTOG/hBDtyDqunGKcUcExakPbMWByJ+ouimXsIUKThINcbO/N91r2LQsNkxIBS+1FsOuCkZj2A0=
trusted comment: a trusted comment
xHKG7sbdQgA8AvUK+jfSLtUWzHIY6dQpyX+Nmp9v+btDF919GsPGTaxlc4iOkbw61vHrce634sm2iJhwLWxQBg==
"""
KEY = new_key()


def public(text: str = PUBLIC) -> MinisignPublicKey:
    key = MinisignPublicKey.parse(text)
    assert isinstance(key, MinisignPublicKey), key
    return key


def secret(file: bytes = SECRET, password: str | None = None) -> SecretKey:
    key = read_secret_key(file, password)
    assert isinstance(key, SecretKey), key
    return key


def cause(outcome: object) -> str:
    assert isinstance(outcome, Fault), outcome
    return outcome.cause


@pytest.mark.parametrize("signature", [PREHASHED, LEGACY], ids=["prehashed", "legacy"])
def test_minisigns_signatures_hold(signature: bytes) -> None:
    assert verify(MESSAGE, signature, public()) == Verified("2F0EB339E614DA0D", "a trusted comment")


@pytest.mark.parametrize("signature", [PREHASHED, LEGACY], ids=["prehashed", "legacy"])
def test_no_bit_of_a_signature_can_be_changed(signature: bytes) -> None:
    first_line = signature.index(b"\n")
    for place in range(first_line + 1, len(signature) - 1):
        changed = signature[:place] + bytes([signature[place] ^ 1]) + signature[place + 1 :]
        assert isinstance(verify(MESSAGE, changed, public()), Fault), place


def test_another_message_is_refused() -> None:
    assert "does not fit" in cause(verify(MESSAGE + b" ", PREHASHED, public()))


def test_a_changed_trusted_comment_is_named() -> None:
    changed = PREHASHED.replace(b"a trusted", b"no trusted")
    assert cause(verify(MESSAGE, changed, public())) == "its trusted comment was changed"


def test_another_key_is_named() -> None:
    assert cause(verify(MESSAGE, PREHASHED, KEY.public)) == (
        f"was made by key 2F0EB339E614DA0D, not by {KEY.public.name}"
    )


def test_another_key_of_the_same_id_is_refused() -> None:
    pretender = SecretKey(public().key_id, KEY.seed)
    assert "does not fit" in cause(verify(MESSAGE, sign(MESSAGE, pretender, "c"), public()))


def test_a_prehashed_signature_is_no_legacy_one() -> None:
    # The two kinds sign different bytes: the letters that tell them apart cannot be swapped.
    swapped = LEGACY.replace(b"\nRW", b"\nRU")
    assert isinstance(verify(MESSAGE, swapped, public()), Fault)


@given(st.binary(max_size=300))
def test_no_other_bytes_are_a_signature(junk: bytes) -> None:
    assert isinstance(verify(MESSAGE, junk, public()), Fault)
    assert isinstance(signer_of(junk), Fault)


@pytest.mark.parametrize("lines", range(4))
def test_a_cut_signature_file_is_refused(lines: int) -> None:
    cut = b"\n".join(PREHASHED.split(b"\n")[:lines])
    assert cause(verify(MESSAGE, cut, public())) == "is not a minisign signature file, or was cut"


def test_a_huge_signature_file_is_not_read() -> None:
    assert "larger" in cause(verify(MESSAGE, PREHASHED + b"x" * 20_000, public()))


@given(st.binary(max_size=200), st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=60))
def test_what_is_signed_here_holds_here(message: bytes, comment: str) -> None:
    assert verify(message, sign(message, KEY, comment), KEY.public) == Verified(KEY.public.name, comment)


@pytest.mark.parametrize("comment", ["two\nlines", "a\ttab", "\x1b[31m", "\u2028"])
def test_a_trusted_comment_is_one_printable_line(comment: str) -> None:
    with pytest.raises(ValueError, match="one line"):
        sign(MESSAGE, KEY, comment)


def test_windows_line_ends_are_read() -> None:
    assert isinstance(verify(MESSAGE, PREHASHED.replace(b"\n", b"\r\n"), public()), Verified)


def test_minisigns_secret_keys_are_read() -> None:
    assert not needs_password(SECRET)
    assert secret().public == public()


def test_an_encrypted_key_opens_with_its_password_only() -> None:
    assert needs_password(ENCRYPTED)
    assert secret(ENCRYPTED, PASSWORD).public == public(ENCRYPTED_PUBLIC)
    assert "password is wrong" in cause(read_secret_key(ENCRYPTED, "correct mule"))
    assert cause(read_secret_key(ENCRYPTED, None)) == "is encrypted"


def test_a_key_that_asks_for_a_terabyte_is_refused() -> None:
    raw = bytearray(b64(ENCRYPTED))
    raw[46:54] = (2**40).to_bytes(8, "little")
    assert "more memory" in cause(read_secret_key(file_of(raw), PASSWORD))


def test_a_changed_secret_key_is_refused() -> None:
    raw = bytearray(b64(SECRET))
    for place in range(62, 126):
        changed = raw.copy()
        changed[place] ^= 1
        assert isinstance(read_secret_key(file_of(changed), None), Fault), place


def test_a_secret_key_survives_its_file() -> None:
    assert secret(write_secret_key(KEY, None)) == KEY


def test_no_seed_in_a_representation() -> None:
    assert repr(KEY.seed)[2:-1] not in repr(KEY)
    assert "seed" not in repr(KEY)


@given(st.binary(max_size=300))
def test_no_other_bytes_are_a_secret_key(junk: bytes) -> None:
    assert isinstance(read_secret_key(junk, "password"), Fault)


@given(st.text(max_size=100))
def test_no_other_text_is_a_public_key(text: str) -> None:
    assert isinstance(MinisignPublicKey.parse(text), Fault)


def test_a_public_key_survives_its_file() -> None:
    assert MinisignPublicKey.parse(KEY.public.file().decode()) == KEY.public
    assert MinisignPublicKey.parse(KEY.public.line()) == KEY.public


needs_minisign = pytest.mark.skipif(shutil.which("minisign") is None, reason="the program minisign is not installed")


@needs_minisign
@pytest.mark.parametrize("legacy", [[], ["-l"]], ids=["prehashed", "legacy"])
def test_minisign_signs_and_we_verify(tmp_path: Path, legacy: list[str]) -> None:
    (tmp_path / "m").write_bytes(MESSAGE)
    (tmp_path / "key").write_bytes(write_secret_key(KEY, None))
    minisign(tmp_path, "-S", "-s", "key", "-m", "m", "-t", "from the program", *legacy)
    found = verify(MESSAGE, (tmp_path / "m.minisig").read_bytes(), KEY.public)
    assert isinstance(found, Verified)
    assert found.trusted_comment.startswith("from the program")


@needs_minisign
def test_we_sign_and_minisign_verifies(tmp_path: Path) -> None:
    (tmp_path / "m").write_bytes(MESSAGE)
    (tmp_path / "m.minisig").write_bytes(sign(MESSAGE, KEY, "from us"))
    assert b"from us" in minisign(tmp_path, "-V", "-P", KEY.public.line(), "-m", "m")


@pytest.mark.slow  # scrypt at full cost; the test above opens one as well
@needs_minisign
def test_minisign_opens_our_encrypted_keys(tmp_path: Path) -> None:
    (tmp_path / "m").write_bytes(MESSAGE)
    (tmp_path / "key").write_bytes(write_secret_key(KEY, PASSWORD))
    minisign(tmp_path, "-S", "-s", "key", "-m", "m", said=f"{PASSWORD}\n".encode())
    assert isinstance(verify(MESSAGE, (tmp_path / "m.minisig").read_bytes(), KEY.public), Verified)


def minisign(folder: Path, *arguments: str, said: bytes = b"") -> bytes:
    program = shutil.which("minisign")
    assert program is not None
    return subprocess.run([program, *arguments], cwd=folder, input=said, capture_output=True, check=True).stdout


def b64(file: bytes) -> bytes:
    return b64decode(file.strip().split(b"\n")[-1])


def file_of(raw: bytes | bytearray) -> bytes:
    return b"untrusted comment: x\n" + b64encode(raw) + b"\n"
