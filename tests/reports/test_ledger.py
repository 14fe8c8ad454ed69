"""The ledger: what a visit writes, who may write it, and what it gives away (nothing)."""

import stat
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from threading import Barrier, Thread

import pytest

from config.faults import Refused
from reports.crypto.seal import new_identity, unseal
from reports.crypto.signing import RECORD as RECORD_PURPOSE
from reports.crypto.signing import check
from reports.ledger.ledger import Addressed, FetchPurpose, Intent, SightingKey, SiteKey, StaleClaim
from reports.log.entry import Kind, LogEntry, url_token
from reports.log.merkle import leaf_hash, verify_consistency, verify_inclusion
from tests.reports.benches import A_DAY, IDENTITY, KEYS, NOON, RECIPIENT, RECORD, Bench, address, picture, site


def test_a_visit_is_told_by_the_log_in_order(bench: Bench) -> None:
    bench.visit()
    assert bench.kinds() == [
        Kind.LOG_STARTED,
        Kind.VISIT_CLAIMED,
        Kind.FETCH_INTENDED,
        Kind.FETCH_ENDED,
        Kind.RECORD_SEALED,
        Kind.RECORD_SEALED,
        Kind.VISIT_ENDED,
    ]
    report = bench.audit()
    assert report.holds, report.faults
    assert (report.open_visits, report.open_fetches) == (0, 0)


def test_the_store_and_its_neighbours_are_private(bench: Bench) -> None:
    bench.visit()
    names = {path.name: stat.S_IMODE(path.stat().st_mode) for path in bench.folder.iterdir()}
    assert names.keys() == {f"store.sqlite3{end}" for end in ("", "-wal", "-shm", ".begun")}
    assert set(names.values()) == {0o600}


def test_nothing_on_the_disk_holds_a_url_a_picture_hash_or_the_record(bench: Bench) -> None:
    claim = bench.claim()
    bench.ledger.intend(claim, [Intent("http://x.onion/a-secret-path", FetchPurpose.PAGE, address(1))])
    secret_picture = SightingKey(b"a secret hash of 32 bytes......!", "http://x/a-secret-path")
    bench.ledger.conclude(claim, [], bench.told(secret_picture, record=b"a secret record" * 9))
    bench.ledger.note(Kind.POLICY, {"control": "this one must be found"})
    disk = b"".join(path.read_bytes() for path in bench.folder.iterdir())
    assert b"this one must be found" in disk
    for secret in (
        b"a-secret-path",
        b"a secret record",
        b"a secret hash",
        KEYS.token_key,
        bytes(KEYS.signing.to_pem()),
    ):
        assert secret not in disk


def test_the_recipient_opens_what_the_scanner_signed(bench: Bench) -> None:
    bench.visit()
    page, visit = bench.ledger.undelivered(RECIPIENT)
    for stored in (page, visit):
        endorsed = unseal(stored.sealed, IDENTITY)
        assert isinstance(endorsed, bytes)
        assert check(endorsed, RECORD_PURPOSE, (KEYS.signing.public,)) == (RECORD, KEYS.signing.public)


def test_a_record_is_proven_by_the_log(bench: Bench) -> None:
    bench.visit(pages=3)
    head = bench.checkpoint()
    for stored in bench.ledger.undelivered(RECIPIENT):
        body = bench.ledger.leaf(stored.leaf_index)
        assert LogEntry.from_bytes(body).details["sha256"] == stored.record_id
        proof = bench.ledger.inclusion_proof(stored.leaf_index, head.size)
        assert verify_inclusion(leaf_hash(body), stored.leaf_index, head.size, proof, head.root)
    with pytest.raises(IndexError):
        bench.ledger.inclusion_proof(0, head.size + 1)
    with pytest.raises(IndexError):
        bench.ledger.leaf(head.size)


def test_checkpoints_are_consistent_as_the_log_grows(bench: Bench) -> None:
    heads = [bench.checkpoint()]
    for visit in range(4):
        bench.visit(visit, f"visit-{visit}")
        heads.append(bench.checkpoint())
    last = heads[-1]
    for head in heads:
        proof = bench.ledger.consistency_proof(head.size, last.size)
        assert verify_consistency(head.size, last.size, head.root, last.root, proof)


def test_an_intents_commitment_opens_to_its_url_alone(bench: Bench) -> None:
    claim = bench.claim()
    url = f"http://{address(1)}/page"
    first, second = bench.ledger.intend(claim, [Intent(url, FetchPurpose.PAGE, address(1))] * 2)
    tokens = [LogEntry.from_bytes(bench.ledger.leaf(leaf)).text("url_token") for leaf in (first, second)]
    assert tokens == [url_token(bench.ledger.opening(leaf), url) for leaf in (first, second)]
    assert tokens[0] != tokens[1]  # not even that it is the same URL can be seen
    assert tokens[0] != url_token(bench.ledger.opening(first), url + "/")


def test_findings_or_not_rows_and_entries_look_the_same(bench: Bench) -> None:
    shapes = []
    for number, record in enumerate((b"no finding", b"a finding" * 200)):
        claim = bench.claim(number, visit=f"visit-{number}")
        start = bench.checkpoint().size
        bench.page(claim, [picture(number)], record)
        shapes.append([(entry.kind, sorted(entry.details)) for entry in bench.entries()[start:]])
    assert shapes[0] == shapes[1]
    sizes = [len(stored.sealed) // 4096 for stored in bench.ledger.undelivered(RECIPIENT)]
    assert sizes[0] == sizes[1]


def test_an_address_is_visited_once_at_a_time_whatever_list_names_it(bench: Bench) -> None:
    bench.ledger.set_sites({site(1, "list-1"): NOON, site(1, "list-2"): NOON, site(2): NOON})
    claim = bench.ledger.claim(site(1, "list-1"), "run-1", "visit-1")
    assert claim is not None
    assert bench.ledger.claim(site(1, "list-1"), "run-1", "visit-2") is None
    assert bench.ledger.claim(site(1, "list-2"), "run-1", "visit-2") is None
    assert bench.ledger.claim(site(3), "run-1", "visit-2") is None
    assert [due.key for due in bench.ledger.due(NOON, 9)] == [site(2)]
    assert [(known.key, known.held_by) for known in bench.ledger.sites()] == [
        (site(1, "list-1"), "visit-1"),
        (site(2), ""),
        (site(1, "list-2"), "visit-1"),
    ]
    bench.ledger.release(claim)
    assert bench.ledger.claim(site(1, "list-2"), "run-1", "visit-3") is not None


def test_two_threads_never_claim_one_address(bench: Bench) -> None:
    numbers = range(12)
    bench.ledger.set_sites({site(number): NOON for number in numbers})
    won: list[SiteKey] = []
    barrier = Barrier(4)

    def work(worker: int) -> None:
        barrier.wait()
        claims = (bench.ledger.claim(site(number), "run-1", f"visit-{worker}-{number}") for number in numbers)
        won.extend(claim.key for claim in claims if claim)

    threads = [Thread(target=work, args=(worker,)) for worker in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(won) == sorted(site(number) for number in numbers)
    assert bench.audit().holds


def test_what_comes_late_from_a_claim_that_was_given_up_is_refused_whole(bench: Bench) -> None:
    stale = bench.claim(visit="visit-1")
    (leaf,) = bench.intend(stale)
    bench.ledger.release(stale)
    current = bench.claim(visit="visit-2")
    assert current.attempt == stale.attempt + 1
    size = bench.checkpoint().size
    with pytest.raises(StaleClaim):
        bench.intend(stale)
    with pytest.raises(StaleClaim):
        bench.ledger.conclude(stale, [bench.ended(leaf)], bench.told(picture(1)))
    with pytest.raises(StaleClaim):
        bench.end(stale)
    with pytest.raises(StaleClaim):
        bench.ledger.release(stale)
    assert bench.checkpoint().size == size
    assert not list(bench.ledger.undelivered(RECIPIENT))
    assert bench.ledger.novelty(RECIPIENT, [picture(1)])[0].times_seen == 0
    bench.page(current)


def test_a_claim_that_has_ended_writes_no_more(bench: Bench) -> None:
    claim = bench.claim()
    bench.end(claim)
    with pytest.raises(StaleClaim):
        bench.page(claim)


def test_what_dead_runs_held_is_due_again_and_explained(bench: Bench) -> None:
    dead, alive = bench.claim(1, run="run-1"), bench.claim(2, run="run-2", visit="visit-2")
    bench.intend(dead, 2)
    assert bench.ledger.release_abandoned("run-2") == 1
    assert bench.ledger.release_abandoned("run-2") == 0
    assert [due.key for due in bench.ledger.due(NOON, 9)] == [site(1)]
    bench.page(alive)
    assert bench.kinds().count(Kind.VISIT_RELEASED) == 1
    assert bench.audit().holds


def test_each_intent_is_concluded_exactly_once(bench: Bench) -> None:
    claim, other = bench.claim(1), bench.claim(2, visit="visit-2")
    first, second = bench.intend(claim, 2)
    bench.ledger.conclude(claim, [bench.ended(first)], bench.told())
    for leaves in ([first], [second, second], [second, 999], [0]):
        with pytest.raises(ValueError, match="do not wait"):
            bench.ledger.conclude(claim, [bench.ended(leaf) for leaf in leaves], bench.told(picture(1)))
    with pytest.raises(ValueError, match="do not wait"):
        bench.ledger.conclude(other, [bench.ended(second)], bench.told())
    assert len(list(bench.ledger.undelivered(RECIPIENT))) == 1
    with pytest.raises(ValueError, match="1 fetches of this visit have no conclusion"):
        bench.end(claim)
    bench.ledger.conclude(claim, [bench.ended(second)])
    bench.end(claim)
    assert bench.audit().holds


def test_many_pictures_are_intended_and_concluded_in_one_step(bench: Bench) -> None:
    claim = bench.claim()
    leaves = bench.intend(claim, 1203)
    pictures = [picture(number) for number in range(1203)]
    bench.ledger.conclude(claim, [bench.ended(leaf) for leaf in leaves], bench.told(*pictures))
    bench.end(claim)
    assert {news.times_seen for news in bench.ledger.novelty(RECIPIENT, pictures)} == {1}
    assert bench.audit().holds


def test_an_empty_step_writes_nothing(bench: Bench) -> None:
    claim = bench.claim()
    size = bench.checkpoint().size
    assert bench.ledger.intend(claim, []) == ()
    assert bench.ledger.conclude(claim, []) == ()
    assert bench.checkpoint().size == size


def test_novelty_is_of_the_picture_and_of_its_place(bench: Bench) -> None:
    claim = bench.claim()
    bench.page(claim, [picture(1), picture(1)])
    bench.now += A_DAY
    bench.page(claim, [picture(1)])
    seen, elsewhere, never = bench.ledger.novelty(RECIPIENT, [picture(1), picture(1, "/b.jpg"), picture(2)])
    assert (seen.first_seen, seen.last_seen, seen.times_seen) == (NOON, NOON + A_DAY, 2)
    assert seen.picture_seen_before
    assert (elsewhere.first_seen, elsewhere.times_seen, elsewhere.picture_seen_before) == (None, 0, True)
    assert (never.first_seen, never.times_seen, never.picture_seen_before) == (None, 0, False)


def test_a_record_goes_to_a_recipient_once(bench: Bench) -> None:
    bench.visit(pages=3)
    first, *others = [stored.record_id for stored in bench.ledger.undelivered(RECIPIENT)]
    bench.ledger.mark_delivered(RECIPIENT, [first], "referral-1")
    assert [stored.record_id for stored in bench.ledger.undelivered(RECIPIENT)] == others
    assert [stored.record_id for stored in bench.ledger.delivered("referral-1")] == [first]
    for again in ([first], [others[0], first], [others[0], others[0]], ["0" * 64]):
        with pytest.raises(ValueError, match="already referred"):
            bench.ledger.mark_delivered(RECIPIENT, again, "referral-2")
    with pytest.raises(ValueError, match="already referred"):
        bench.ledger.mark_delivered("age1another", [others[0]], "referral-2")
    assert [made.referral_id for made in bench.ledger.deliveries()] == ["referral-1"]
    bench.ledger.mark_delivered(RECIPIENT, iter(others), "referral-2")
    assert [made.records for made in bench.ledger.deliveries()] == [1, 3]
    assert bench.audit().holds


def test_a_referral_waits_until_its_file_is_whole(bench: Bench) -> None:
    bench.visit()
    bench.ledger.mark_delivered(RECIPIENT, [s.record_id for s in bench.ledger.undelivered(RECIPIENT)], "referral-1")
    (made,) = bench.ledger.deliveries()
    assert (made.recipient, made.made, made.records, made.file_sha256) == (RECIPIENT, NOON, 2, "")
    bench.ledger.confirm_delivery("referral-1", "ab" * 32)
    (made,) = bench.ledger.deliveries()
    assert made.file_sha256 == "ab" * 32
    with pytest.raises(ValueError, match="no such referral"):
        bench.ledger.confirm_delivery("referral-9", "ab" * 32)
    assert bench.kinds()[-2:] == [Kind.REFERRAL_MADE, Kind.REFERRAL_WRITTEN]


def test_a_recipient_gets_what_was_sealed_to_it_and_no_more(bench: Bench) -> None:
    bench.visit()
    assert not list(bench.ledger.undelivered("age1newcomer"))


def test_more_records_than_one_page_of_rows_come_in_order(bench: Bench) -> None:
    claim = bench.claim()
    ids = [one for _ in range(150) for one in bench.ledger.conclude(claim, [], bench.told())]
    assert [stored.record_id for stored in bench.ledger.undelivered(RECIPIENT)] == ids
    # Marked while they are read: nothing is skipped and nothing comes twice.
    for stored in bench.ledger.undelivered(RECIPIENT):
        bench.ledger.mark_delivered(RECIPIENT, [stored.record_id], f"referral-{stored.leaf_index}")
    assert not list(bench.ledger.undelivered(RECIPIENT))


def test_notes_are_of_the_closed_list_and_not_of_the_ledgers_own(bench: Bench) -> None:
    leaf = bench.ledger.note(Kind.LIST_IMPORTED, {"list": "list-1", "sequence": 4})
    assert LogEntry.from_bytes(bench.ledger.leaf(leaf)) == LogEntry(
        leaf, NOON, Kind.LIST_IMPORTED, {"list": "list-1", "sequence": 4}
    )
    for kind in (Kind.FETCH_ENDED, Kind.RECORD_SEALED, "something else"):
        with pytest.raises(ValueError, match=kind):
            bench.ledger.note(kind, {})
    with pytest.raises(ValueError, match="control"):
        bench.ledger.note(Kind.POLICY, {"text": "a\nb"})
    assert bench.checkpoint().size == leaf + 1


def test_times_of_entries_are_the_clocks(bench: Bench) -> None:
    bench.now += timedelta(seconds=1.2345)
    leaf = bench.ledger.note(Kind.POLICY, {})
    assert LogEntry.from_bytes(bench.ledger.leaf(leaf)).time == NOON + timedelta(seconds=1.234)


def test_each_recipient_gets_a_record_of_its_own_that_the_others_cannot_open(tmp_path: Path) -> None:
    other_identity, other = new_identity()
    bench = Bench(tmp_path, replace(KEYS, recipients=(RECIPIENT, other)))
    claim = bench.claim()
    bench.ledger.conclude(claim, [], bench.told(picture(1)))
    (mine,), (theirs,) = list(bench.ledger.undelivered(RECIPIENT)), list(bench.ledger.undelivered(other))
    assert not isinstance(unseal(theirs.sealed, other_identity), Refused)
    assert isinstance(unseal(mine.sealed, other_identity), Refused)
    assert bench.ledger.how_many_wait() == {RECIPIENT: 1, other: 1}
    assert bench.ledger.novelty(other, [picture(1)])[0].times_seen == 1
    bench.ledger.close()


def test_what_one_recipient_was_told_is_new_to_another(tmp_path: Path) -> None:
    """Nobody is told less because somebody else knows."""
    _, other = new_identity()
    bench = Bench(tmp_path, replace(KEYS, recipients=(RECIPIENT, other)))
    bench.ledger.conclude(bench.claim(), [], bench.told(picture(1)))
    (mine,) = bench.ledger.undelivered(RECIPIENT)
    bench.ledger.mark_delivered(RECIPIENT, [mine.record_id], "referral-1")
    assert bench.ledger.novelty(RECIPIENT, [picture(1)])[0].referred_before
    assert not bench.ledger.novelty(other, [picture(1)])[0].referred_before
    assert bench.ledger.how_many_wait() == {other: 1}
    bench.ledger.close()


def test_nothing_is_sealed_to_somebody_who_is_no_recipient(bench: Bench) -> None:
    _, stranger = new_identity()
    claim = bench.claim()
    with pytest.raises(ValueError, match="own recipients only"):
        bench.ledger.conclude(claim, [], (Addressed(stranger, RECORD),))
    assert not bench.ledger.how_many_wait()
