"""An opened referral's report, in the phrases of `expectations`. Reads the published form (referral-1.schema.json).

Deliberately without the classes that wrote it: a recipient has the file and its schema, and nothing else.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import permutations
from typing import Any

from scanner.rehearsal.expectations import (
    FILE,
    LEAD,
    LINKS,
    MIRROR,
    PAGE,
    PICTURE,
    SITE,
    Place,
    failed,
    lead,
    links_left,
    matched,
    no_match,
    not_fetched,
    read,
    same_pictures,
    undecided,
)

Json = Mapping[str, Any]
Told = tuple[Place, tuple[str, ...]]


def told(referrals: Iterable[Json]) -> dict[Place, list[str]]:
    """Return, for each place, every phrase that these referrals report: one, unless something is reported twice."""
    phrases: dict[Place, list[str]] = defaultdict(list)
    for referral in referrals:
        for place, phrase in (*_pictures(referral), *_sites(referral), *_beyond(referral)):
            phrases[place].extend(phrase)
    return phrases


def new_findings(referral: Json) -> int:
    """Return how many pictures it refers as new."""
    return len(referral["images"])


def _pictures(referral: Json) -> Iterator[Told]:
    for image in (*referral["images"], *referral["updates"], *referral["others"]):
        for sighting in image["sightings"]:
            where = sighting["place"]
            yield (where["page_url"], where["url"], PICTURE), _fate(sighting["standing"], image)


def _fate(standing: str, image: Json) -> tuple[str, ...]:
    kind, _, beside = standing.partition(" beside ")
    if kind == "undecided":
        return undecided(image["reason"])
    if kind == "unknown":
        return no_match(beside_known=bool(beside))
    surest = image["matches"][0]
    return matched(surest["entry_id"], (surest["tier"],))


def _sites(referral: Json) -> Iterator[Told]:
    for site in referral["sites"]:
        for visit in site["visits"]:
            yield (f"http://{site['address']}", "", SITE), (visit["outcome"],)
            for reason, count in visit["links_left"].items():
                yield (f"http://{site['address']}", reason, LINKS), links_left(count)
        for page in site["pages"]:
            yield _page(page)
            yield from _left(page["page"]["url"], page["failed"], page["not_fetched"])


def _beyond(referral: Json) -> Iterator[Told]:
    """Listed files that pages name, leads, and sites that show the same pictures."""
    for named in referral["identifiers"]:
        phrase = matched(named["matches"][0]["entry_id"], (named["matches"][0]["tier"],))
        yield from (((seen["page_url"], named["value"], FILE), phrase) for seen in named["sightings"])
    for item in referral["leads"]:
        yield from (((page, item["value"], LEAD), lead(item["kind"])) for page in item["pages"])
    for group in referral["mirrors"]:
        yield from (((f"http://{a}", b, MIRROR), same_pictures()) for a, b in permutations(group["addresses"], 2))


def _page(page: Json) -> Told:
    facts, counts = page["page"], page["counts"]
    phrase = failed(facts["cause"]) if facts["cause"] else read(counts["pictures"], counts["no_match"], facts["notes"])
    return (facts["url"], "", PAGE), phrase


def _left(page_url: str, failures: Sequence[Json], refused: Sequence[Json]) -> Iterator[Told]:
    """Yield the pictures that were not examined."""
    for failure in failures:
        yield (page_url, failure["place"]["url"], PICTURE), failed(failure["cause"])
    for item in refused:
        yield (page_url, item["place"]["url"], PICTURE), not_fetched(item["reason"])
