"""What the ledger remembers of pages: for whom, how much of it, and until when."""

from datetime import datetime, timedelta

import pytest

from reports.ledger.ledger import RETENTION, Addressed, Claim, Memory, Recalled, Remembered, SiteKey, StaleClaim
from reports.store.errors import StoreDamaged
from reports.store.rows.page_memory import ROWS_MOST, opened, rows
from reports.store.schema import memory
from tests.reports.benches import A_DAY, KEYS, NOON, RECIPIENT, RECORD, Bench, address, site

LATER = NOON + 90 * A_DAY
DATE = NOON + 9 * A_DAY
URL = f"http://{address(1)}/page"


def claimed(bench: Bench, key: SiteKey, visit: str) -> Claim:
    bench.ledger.set_sites({known.key: bench.now for known in bench.ledger.sites()} | {key: bench.now})
    claim = bench.ledger.claim(key, "run", visit)
    assert claim is not None
    return claim


def remember(bench: Bench, key: SiteKey, *memories: Memory, visit: str) -> None:
    """One visit of one page that is described, and leaves this to be remembered."""
    claim = claimed(bench, key, visit)
    bench.ledger.conclude(claim, (), bench.told(), memories=memories)
    bench.ledger.end_visit(claim, "visited", bench.now + A_DAY, failed=False)


def row(body: bytes, url: str = URL, destroy_by: datetime | None = None) -> Memory:
    return Memory(url, body, LATER, destroy_by)


def told(recalled: Recalled | None) -> bytes | None:
    return None if recalled is None else recalled.body


def test_two_lists_that_name_one_address_remember_apart(bench: Bench) -> None:
    one, two = SiteKey("list-1", address(1)), SiteKey("list-2", address(1))
    remember(bench, one, row(b"one"), visit="a")
    assert bench.ledger.recall(two, URL) is None
    remember(bench, two, row(b"two"), visit="b")
    first, second = bench.ledger.recall(one, URL), bench.ledger.recall(two, URL)
    assert (told(first), told(second)) == (b"one", b"two")
    assert first is not None
    assert second is not None
    assert first.leaves != second.leaves


def test_an_address_that_leaves_one_list_is_forgotten_under_that_list_alone(bench: Bench) -> None:
    one, two = SiteKey("list-1", address(1)), SiteKey("list-2", address(1))
    remember(bench, one, row(b"one"), visit="a")
    remember(bench, two, row(b"two"), visit="b")
    bench.ledger.set_sites({two: bench.now})
    bench.ledger.set_sites({one: bench.now, two: bench.now})
    assert bench.ledger.recall(one, URL) is None
    assert told(bench.ledger.recall(two, URL)) == b"two"


def test_a_page_names_the_record_of_each_recipient(bench: Bench) -> None:
    remember(bench, site(1), row(b"body"), visit="a")
    recalled = bench.ledger.recall(site(1), URL)
    assert recalled is not None
    (stored,) = bench.ledger.undelivered(RECIPIENT)
    assert recalled.leaves == {RECIPIENT: stored.leaf_index}


def numbered(first: int, count: int) -> list[Memory]:
    return [row(b"%d" % number, f"{URL}?{number}") for number in range(first, first + count)]


def test_of_one_site_the_youngest_two_thousand_rows_are_kept_and_other_sites_keep_theirs(bench: Bench) -> None:
    remember(bench, site(2), row(b"of another site"), visit="a")
    old, young = numbered(0, 100), numbered(100, ROWS_MOST - 10)
    remember(bench, site(1), *old, visit="b")
    bench.now += timedelta(hours=1)
    remember(bench, site(1), *young, visit="c")
    assert kept_rows(bench) == ROWS_MOST + 1
    assert told(bench.ledger.recall(site(2), URL)) == b"of another site"
    assert all(bench.ledger.recall(site(1), one.url) is not None for one in young[::50])
    assert sum(bench.ledger.recall(site(1), one.url) is not None for one in old) == 10


def test_two_thousand_are_not_too_many(bench: Bench) -> None:
    """The control: nothing is forgotten at the bound itself; one row more costs one."""
    remember(bench, site(1), *numbered(0, ROWS_MOST), visit="a")
    assert kept_rows(bench) == ROWS_MOST
    remember(bench, site(1), *numbered(ROWS_MOST, 1), visit="b")
    assert kept_rows(bench) == ROWS_MOST


def test_a_row_that_is_written_again_is_young_again(bench: Bench) -> None:
    remember(bench, site(1), *numbered(0, 10), visit="a")
    bench.now += timedelta(hours=1)
    remember(bench, site(1), *numbered(10, ROWS_MOST - 10), *numbered(0, 1), visit="b")
    bench.now += timedelta(hours=1)
    remember(bench, site(1), *numbered(ROWS_MOST, 9), visit="c")
    alive = [one.body for one in numbered(0, 10) if bench.ledger.recall(site(1), one.url)]
    assert alive == [b"0"]


def test_a_row_ends_by_age(bench: Bench) -> None:
    remember(bench, site(1), row(b"body"), visit="a")
    bench.now = LATER - timedelta(seconds=1)
    assert told(bench.ledger.recall(site(1), URL)) == b"body"
    bench.now = LATER
    assert bench.ledger.recall(site(1), URL) is None
    remember(bench, site(2), visit="b")
    assert kept_rows(bench) == 0


def test_until_its_date_a_row_opens_and_from_then_on_nobody_opens_it(bench: Bench) -> None:
    """The control: the key of the date is all that stands between the bytes and who has list, URL and token key."""
    remember(bench, site(1), row(b"body", destroy_by=DATE), visit="a")
    bench.now = DATE - timedelta(seconds=1)
    assert told(bench.ledger.recall(site(1), URL)) == b"body"
    (kept,) = raw(bench)
    assert opened(KEYS.token_key, "list-1", URL, kept) is None
    unwrapped = bench.ledger._retention.unwrap(DATE, kept)
    assert opened(KEYS.token_key, "list-1", URL, unwrapped) is not None
    bench.now = DATE
    assert bench.ledger.recall(site(1), URL) is None
    bench.ledger.destroy_due()
    assert not list((bench.folder / RETENTION).glob("*"))
    with pytest.raises(StoreDamaged):
        bench.ledger._retention.unwrap(DATE, kept)


def test_the_date_goes_before_the_age(bench: Bench) -> None:
    remember(bench, site(1), row(b"body", destroy_by=LATER + A_DAY), visit="a")
    bench.now = LATER
    assert bench.ledger.recall(site(1), URL) is None


def test_what_an_unfinished_step_would_have_remembered_is_not_there(bench: Bench) -> None:
    """One transaction with the page's record: a claim that was given up remembers nothing."""
    claim = claimed(bench, site(1), "a")
    bench.ledger.release(claim)
    with pytest.raises(StaleClaim):
        bench.ledger.conclude(claim, (), (Addressed(RECIPIENT, RECORD),), memories=(row(b"late"),))
    assert bench.ledger.recall(site(1), URL) is None
    assert kept_rows(bench) == 0


def test_the_site_s_own_row_is_of_that_list_too(bench: Bench) -> None:
    claim = claimed(bench, site(1), "a")
    own = row(b"own", f"site {address(1)}")
    remembered = Remembered(memories=(own,))
    bench.ledger.end_visit(claim, "visited", bench.now + A_DAY, failed=False, remembered=remembered)
    assert told(bench.ledger.recall(site(1), own.url)) == b"own"
    assert bench.ledger.recall(SiteKey("list-2", address(1)), own.url) is None


def raw(bench: Bench) -> list[bytes]:
    """The bytes of every row, as they stand on the disk."""
    with bench.ledger._store.read() as transaction:
        return list(transaction.scalars(memory.select().with_only_columns(memory.c.kept)))


def kept_rows(bench: Bench) -> int:
    with bench.ledger._store.read() as transaction:
        return rows(transaction)
