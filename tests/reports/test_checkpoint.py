"""Checkpoints: a stranger's tool can check them, and no bent one passes."""

from base64 import b64encode
from pathlib import Path
from subprocess import run

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.faults import Refused
from reports.crypto.signing import PublicKey, ScannerKey
from reports.log.checkpoint import Checkpoint, TreeHead, open_checkpoint
from reports.log.merkle import Frontier, leaf_hash

KEY, OTHER = ScannerKey.new(), ScannerKey.new()
HEAD = Checkpoint("sightline/0123456789abcdef", 42, bytes(range(32)))
NOTE = HEAD.signed(HEAD.sign(KEY), KEY.public)


def test_a_signed_checkpoint_opens_with_its_key() -> None:
    assert open_checkpoint(NOTE, (OTHER.public, KEY.public)) == HEAD


def test_it_does_not_open_with_another_key() -> None:
    assert isinstance(open_checkpoint(NOTE, (OTHER.public,)), Refused)
    assert isinstance(open_checkpoint(NOTE, ()), Refused)


def test_a_second_signature_is_passed_over() -> None:
    second = HEAD.signed(HEAD.sign(OTHER), OTHER.public).rpartition("\n\n")[2]
    assert open_checkpoint(NOTE + second, (KEY.public,)) == HEAD
    assert open_checkpoint(NOTE + second, (OTHER.public,)) == HEAD


def test_every_flipped_bit_is_noticed() -> None:
    note = NOTE.encode()
    for at in range(len(note)):
        for bit in range(8):
            bent = note[:at] + bytes([note[at] ^ 1 << bit]) + note[at + 1 :]
            opened = open_checkpoint(bent.decode("utf-8", "replace"), (KEY.public,))
            assert isinstance(opened, Refused), (at, bit)


@given(st.integers(0, len(NOTE) - 1), st.integers(1, 40))
def test_what_is_cut_out_is_noticed(start: int, length: int) -> None:
    assert isinstance(open_checkpoint(NOTE[:start] + NOTE[start + length :], (KEY.public,)), Refused)


@given(st.text() | st.text("\n— 0aA=/+", max_size=60))
def test_hostile_text_is_refused(untrusted: str) -> None:
    assert isinstance(open_checkpoint(untrusted, (KEY.public,)), Refused)


@pytest.mark.parametrize(
    "text",
    [
        f"{HEAD.origin}\n042\n{b64encode(HEAD.root).decode()}\n",
        f"{HEAD.origin}\n-1\n{b64encode(HEAD.root).decode()}\n",
        f"{HEAD.origin}\n٤٢\n{b64encode(HEAD.root).decode()}\n",
        f"{HEAD.origin}\n42\n{b64encode(HEAD.root[:31]).decode()}\n",
        f"\n42\n{b64encode(HEAD.root).decode()}\n",
        f"{HEAD.text()}an extension line\n",
    ],
)
def test_a_signature_over_another_form_does_not_make_it_one(text: str) -> None:
    line = HEAD.signed(KEY.sign(text.encode()), KEY.public).rpartition("\n\n")[2]
    assert isinstance(open_checkpoint(f"{text}\n{line}", (KEY.public,)), Refused)


def test_openssl_verifies_what_is_signed(tmp_path: Path) -> None:
    for name, content in (("text", HEAD.text().encode()), ("sig", HEAD.sign(KEY)), ("pub", KEY.public.to_pem())):
        (tmp_path / name).write_bytes(content)
    command = ["openssl", "pkeyutl", "-verify", "-pubin", "-inkey", "pub", "-rawin", "-in", "text", "-sigfile", "sig"]
    assert run(command, cwd=tmp_path, check=False, capture_output=True).returncode == 0
    (tmp_path / "text").write_bytes(HEAD.text().encode() + b" ")
    assert run(command, cwd=tmp_path, check=False, capture_output=True).returncode != 0


def head_of(size: int, key: PublicKey, signature: bytes) -> TreeHead:
    frontier = Frontier()
    for index in range(size):
        frontier.append(leaf_hash(bytes([index])))
    return TreeHead("sightline/x", size, frontier.peaks, signature, key)


def test_a_tree_head_holds_when_its_key_signed_its_peaks() -> None:
    signature = head_of(5, KEY.public, b"").checkpoint().sign(KEY)
    held = head_of(5, KEY.public, signature)
    assert held.holds()
    assert open_checkpoint(held.signed(), (KEY.public,)) == held.checkpoint()
    assert not head_of(6, KEY.public, signature).holds()
    assert not head_of(5, OTHER.public, signature).holds()
    assert not TreeHead("sightline/x", 5, held.peaks[:1], signature, KEY.public).holds()
