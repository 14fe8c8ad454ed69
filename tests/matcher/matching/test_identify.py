"""An identifier that a page names is compared with the columns that mean the same, and with no others."""

import pytest

from matcher.hash_lists.entry import Entry
from matcher.identifiers import COLUMNS, VALUE_BYTES, Identifier, IdentifierKind
from matcher.matching.judge import IndexJudge
from matcher.verdict import Outcome, Tier
from tests.matcher.matching.test_judge import FAR, changed, fingerprint, hash_list

VALUE = bytes(range(1, 33))


def entries() -> list[Entry]:
    """One entry for each column, of the beginning of one and the same value."""
    return [
        Entry("sha1", sha1=VALUE[:20]),
        Entry("sha256", sha256=VALUE),
        Entry("infohash", infohash=VALUE[:20]),
        Entry("infohash2", infohash2=VALUE),
        Entry("ed2k", ed2k=VALUE[:16]),
    ]


def identifier(kind: IdentifierKind) -> Identifier:
    return Identifier(kind, VALUE[: VALUE_BYTES[kind]])


@pytest.mark.parametrize("kind", IdentifierKind)
def test_is_compared_with_what_means_the_same(kind: IdentifierKind) -> None:
    matches = IndexJudge([hash_list(*entries())]).identify(identifier(kind))
    assert sorted(match.algorithm for match in matches) == sorted(COLUMNS[kind])
    assert {(match.entry_id == match.algorithm, match.tier, match.reading) for match in matches} <= {
        (True, Tier.EXACT, "identifier")
    }


def test_what_is_held_withdrawn_or_harmless_accuses_nobody() -> None:
    whole, info_hash = hash_list(*entries()), identifier(IdentifierKind.INFO_HASH)
    assert IndexJudge([whole]).identify(info_hash)
    assert not IndexJudge([whole, changed(held=("infohash",))]).identify(info_hash)
    assert not IndexJudge([whole, changed(withdrawn=("infohash",))]).identify(info_hash)
    assert not IndexJudge([hash_list(*entries(), harmless=True)]).identify(info_hash)


def test_an_entry_that_only_names_a_file_matches_no_picture() -> None:
    judge = IndexJudge([hash_list(Entry("file", infohash=VALUE[:20], ed2k=VALUE[:16]))])
    assert judge.judge(fingerprint(FAR)).outcome is Outcome.NO_MATCH


def test_a_snapshot_finds_them_again() -> None:
    whole = hash_list(*entries())
    snapshot = IndexJudge([whole]).snapshot()
    assert IndexJudge([whole], snapshot).identify(identifier(IdentifierKind.ED2K))
