"""A hash list changes between two scans: what was seen is a finding of the next referral, and no site is asked.

By the real command line over the private network, with a site's key handed to nobody: the site counts who asked.
"""

import json
from dataclasses import dataclass
from typing import Any

import pytest

from matcher.worker.hasher import WorkerHasher
from matcher.worker.layers import Layer
from scanner.rehearsal.cli_runner import Sightline
from scanner.rehearsal.expectations import SitePlan
from scanner.rehearsal.network.onion_services import OnionKey, OnionService
from scanner.rehearsal.network.private_network import PrivateNetwork
from scanner.rehearsal.network.programs import TorPrograms
from scanner.rehearsal.onboarding import own_tor, prepare
from scanner.rehearsal.pictures import jpeg, paint
from scanner.rehearsal.sites import CannedResponse, OnionSite

pytestmark = pytest.mark.network

NEW, BESIDE = jpeg(paint(77_001)), jpeg(paint(77_002))
ANSWERS = {
    "/": CannedResponse(b'<!doctype html><title>Page</title><img src="/new.jpg"><img src="/beside.jpg">'),
    "/new.jpg": CannedResponse(NEW, "image/jpeg"),
    "/beside.jpg": CannedResponse(BESIDE, "image/jpeg"),
}
BITS = 9


@dataclass(frozen=True)
class Told:
    """What came of it."""

    asked_again: int
    visited_again: int
    first: Any
    both: Any
    audit: Any
    address: str


@pytest.fixture(scope="module")
def told(network: PrivateNetwork, tor_programs: TorPrograms, tmp_path_factory: pytest.TempPathFactory) -> Told:
    ground = tmp_path_factory.mktemp("rejudged")
    plan = SitePlan("a site", OnionKey.new(), ANSWERS)
    (ground / "network.torrc").write_text(network.torrc_extra_for_client())
    hasher = WorkerHasher(workers=1, accepted=Layer.NAMESPACES)
    prepared = prepare(ground, [plan], hasher, own_tor(tor_programs.tor, ground / "network.torrc"))
    pdq = hasher.fingerprint(NEW, full=True).readings[0].pdq
    hasher.close()
    settings = prepared.configuration.read_text() + "\n[matcher]\nkeep_fingerprints = true\n"
    prepared.configuration.write_text(settings)
    scanner = Sightline(prepared.configuration)
    keys = ("--identity", str(prepared.identity), "--public-key", str(prepared.scanner_public_key))
    with OnionSite(ANSWERS) as site:
        network.add_onion_services([OnionService(site.port, plan.key)])
        first = scanner.run("scan", "--once", seconds=200)["referrals"][0]["file"]
        asked = len(site.asked)
        assert "/new.jpg" in [one.path for one in site.asked]
        near = (int.from_bytes(pdq) ^ ((1 << BITS) - 1)).to_bytes(32)
        (ground / "later.csv").write_text(f"entry_id,pdq\nlater-1,{near.hex()}\n")
        named = ("--format", "csv", "--kind", "child-abuse", "--list", "later", "--issuer", "A later issuer")
        scanner.run("hashes", "import", str(ground / "later.csv"), *named)
        scanner.run("sites", "pause", plan.key.address)
        again = scanner.run("scan", "--once", seconds=200)
        asked_again = len(site.asked) - asked
    second = again["referrals"][0]["file"]
    return Told(
        asked_again=asked_again,
        visited_again=len(again["visits"]),
        first=Sightline().run("reports", "open", first, *keys),
        both=Sightline().run("reports", "open", first, second, *keys),
        audit=scanner.run("audit", "verify"),
        address=plan.key.address,
    )


def test_nothing_is_fetched_again(told: Told) -> None:
    assert (told.asked_again, told.visited_again) == (0, 0)


def test_it_is_a_finding_of_the_next_referral_with_its_place(told: Told) -> None:
    """The control: the first referral has none."""
    assert told.first["images"] == []
    images = {one["sightings"][0]["place"]["url"]: one for one in told.both["images"]}
    found, beside = (images[f"http://{told.address}/{name}.jpg"] for name in ("new", "beside"))
    assert (found["standing"], found["matches"][0]["entry_id"]) == ("known", "later-1")
    assert found["matches"][0]["distance_bits"] == BITS
    assert beside["standing"] == "unknown beside known"
    (batch,) = told.both["rejudgements"]
    assert batch["joined"] == [found["sightings"][0]["record_id"]]
    assert (batch["pages_judged"], batch["pictures_judged"], batch["pictures_open"]) == (1, 2, 0)
    assert "later" not in json.dumps(batch["lists_before"])


def test_the_log_holds(told: Told) -> None:
    assert told.audit["holds"] is True
