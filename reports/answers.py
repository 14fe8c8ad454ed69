"""A recipient's answers about a referral's pictures: acted on, known already, wrong, or more needed.

    sightline answers v1 REFERRAL-ID, newline, nonce (12 bytes), ChaCha20-Poly1305 (RFC 8439) over canonical JSON

Each referral carries its own key for answers, known to its recipient and to the scanner that made it: without opening
the referral nobody can write or read an answer to it. The first line is authenticated with the rest.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from secrets import token_bytes
from typing import Final, Literal

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from pydantic import TypeAdapter

from config.faults import Fault, Refused
from reports.canonical import READING, canonical, read

FORMAT: Final = "sightline-answers-1"
HEAD: Final = "sightline answers v1"
KEY_BYTES: Final = 32
NONCE_BYTES: Final = 12
ANSWERS_MAX: Final = 100_000
NOTE_MAX: Final = 2_000
ID_MAX: Final = 40


class Said(StrEnum):
    """What became of a picture."""

    ACTED_ON = "acted on"
    DUPLICATE = "duplicate"
    """The recipient knew it already."""
    WRONG = "wrong"
    """The picture is not what the list's entry claims."""
    NEEDS_MORE = "needs more"
    """The recipient needs more information to act."""


@dataclass(frozen=True, slots=True)
class Rested:
    """An entry that the picture matched; the answer therefore also speaks of it."""

    list_name: str
    list_issuer: str
    entry_id: str


@dataclass(frozen=True, slots=True)
class RecipientAnswer:
    """The answer for one picture, by the SHA-256 of its bytes."""

    sha256: bytes = field(repr=False)
    said: Said
    note: str
    entries: tuple[Rested, ...] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Answers:
    """The answers to one referral. A later answer for the same picture takes the place of an earlier one."""

    format: Literal["sightline-answers-1"]
    referral_id: str
    made: datetime
    answers: tuple[RecipientAnswer, ...]


ANSWERS_READER: Final = TypeAdapter(tuple[Answers], config=READING)


def seal_answers(answers: Answers, key: bytes) -> bytes:
    """Seal a file of answers under the referral's own key for them (32 bytes)."""
    head = f"{HEAD} {answers.referral_id}".encode()
    nonce = token_bytes(NONCE_BYTES)
    return head + b"\n" + nonce + ChaCha20Poly1305(key).encrypt(nonce, canonical(answers), head)


def open_answers(untrusted_file: bytes, key_of: Callable[[str], bytes]) -> Answers | Refused:
    """Open a file of answers. `key_of` returns the key for a referral's id."""
    head, _, rest = untrusted_file.partition(b"\n")
    name, _, referral_id = head.decode("ascii", "replace").rpartition(" ")
    if name != HEAD or not referral_id or len(referral_id) > ID_MAX:
        return _refused("is no file of answers", "Name the file that `sightline reports answer` wrote.")
    try:
        plain = ChaCha20Poly1305(key_of(referral_id)).decrypt(rest[:NONCE_BYTES], rest[NONCE_BYTES:], head)
    except (InvalidTag, ValueError):
        return _refused("is no answer to a referral of this scanner, or was changed", "Ask its sender for it again.")
    answers = read(ANSWERS_READER, plain, "answers")
    if isinstance(answers, Refused):
        return answers
    too_much = len(answers.answers) > ANSWERS_MAX or any(len(answer.note) > NOTE_MAX for answer in answers.answers)
    if answers.referral_id != referral_id or too_much:
        return _refused("does not keep its own form", "Ask its sender for it again.")
    return answers


def _refused(cause: str, fix: str) -> Refused:
    return Refused((Fault("the file", cause, fix),))
