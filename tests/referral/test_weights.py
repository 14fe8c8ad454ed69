"""A recipient's own weights: read strictly, and what is not named keeps its own. New pictures come first by default."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from config.exit_codes import Exit
from config.faults import Refused
from reports.record.priority import WEIGHTS, PriorityReason, weighed
from reports.record.weights import NAMES, read_weights, weights_toml
from scanner.cli.main import main
from tests.referral.examples import MATCHED, NO_MATCH, page, sighting
from tests.referral.ledgers import Desk

FOR = tuple(reason for reason, weight in WEIGHTS.items() if weight > 0 and reason is not PriorityReason.MORE_ASKED)
"""What speaks for a picture by itself: what a recipient asked for is theirs to lift."""
BY_STANDING = {
    PriorityReason.UNKNOWN_BESIDE_KNOWN,
    PriorityReason.WEAK_BESIDE_KNOWN,
    PriorityReason.UNDECIDED_BESIDE_KNOWN,
}
BY_TIER = {
    PriorityReason.EXACT,
    PriorityReason.NEAR_CONFIRMED,
    PriorityReason.NEAR,
    PriorityReason.WIDE,
    PriorityReason.NAMED_FILE,
}


def test_what_is_printed_is_what_holds() -> None:
    assert read_weights(weights_toml().encode(), "weights") == dict(WEIGHTS)


@given(st.dictionaries(st.sampled_from(sorted(NAMES)), st.integers(-10_000, 10_000)))
def test_what_is_named_counts_and_the_rest_keeps_its_own(given_weights: dict[str, int]) -> None:
    toml = "[weights]\n" + "".join(f"{name} = {weight}\n" for name, weight in given_weights.items())
    assert read_weights(toml.encode(), "w") == {**WEIGHTS, **{NAMES[name]: one for name, one in given_weights.items()}}


@pytest.mark.parametrize(
    ("toml", "cause"),
    [
        (b"\xff", "no TOML"),
        (b"[weights", "no TOML"),
        (b"", "one table"),
        (b"[weights]\n[more]\n", "one table"),
        (b"[weights]\nno_such = 1\n", "no reason"),
        (b"[weights]\nexact = 1.5\n", "no weight"),
        (b"[weights]\nexact = true\n", "no weight"),
        (b"[weights]\nexact = 10001\n", "no weight"),
    ],
)
def test_anything_else_is_refused_with_its_cause(toml: bytes, cause: str) -> None:
    refused = read_weights(toml, "weights.toml")
    assert isinstance(refused, Refused)
    assert cause in refused.faults[0].cause


def test_every_fault_is_told_at_once() -> None:
    refused = read_weights(b"[weights]\nno_such = 1\nexact = 'x'\n", "weights.toml")
    assert isinstance(refused, Refused)
    assert [fault.where for fault in refused.faults] == ["weights.toml: no_such", "weights.toml: exact"]


@pytest.mark.parametrize(
    "others",
    [
        (PriorityReason.WEAK_BESIDE_KNOWN, PriorityReason.WIDE),
        (PriorityReason.UNDECIDED_BESIDE_KNOWN,),
        *((tier,) for tier in sorted(BY_TIER)),
    ],
)
def test_a_new_picture_beside_known_ones_comes_before_all_that_may_be_said_of_others(
    others: tuple[PriorityReason, ...],
) -> None:
    """Whatever speaks for another picture taken together; against the new one, that the page just links to it."""
    least = weighed((PriorityReason.UNKNOWN_BESIDE_KNOWN, PriorityReason.LINKED_ONLY))
    most = weighed((*others, *(reason for reason in FOR if reason not in BY_STANDING | BY_TIER)))
    assert most.total < least.total


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    made = Desk(tmp_path)
    made.visit(page(sighting("known.jpg", MATCHED), replace(sighting("new.jpg", NO_MATCH))))
    yield made
    made.ledger.close()


def test_the_recipient_weighs_otherwise(desk: Desk) -> None:
    (made,) = desk.dispatched()
    identity, weights = desk.directory / "recipient.key", desk.directory / "weights.toml"
    identity.touch(0o600)
    identity.write_text(desk.identity)
    words = ["reports", "open", str(made.path), "--identity", str(identity), "--json"]
    before = json.loads(CliRunner().invoke(main, words).stdout)["images"]
    assert [one["standing"] for one in before] == ["unknown beside known", "known"]
    weights.write_text("[weights]\nexact = 500\n")
    after = json.loads(CliRunner().invoke(main, [*words, "--weights", str(weights)]).stdout)["images"]
    assert [one["standing"] for one in after] == ["known", "unknown beside known"]
    assert {"reason": PriorityReason.EXACT.value, "weight": 500} in after[0]["priority"]["reasons"]
    weights.write_text("[weights]\nexcat = 500\n")
    assert CliRunner().invoke(main, [*words, "--weights", str(weights)]).exit_code == Exit.CONFIGURATION
