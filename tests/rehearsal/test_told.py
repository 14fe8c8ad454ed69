"""The reading of an opened referral: every kind of fate, and nothing lost on the way."""

from scanner.rehearsal.expectations import FILE, LEAD, LINKS, MIRROR, PAGE, PICTURE, SITE
from scanner.rehearsal.referral_reader import Json, new_findings, told

PAGE_URL = "http://a.onion/"


def image(standing: str, url: str, **more: object) -> Json:
    return {"matches": [], "reason": None, "sightings": [seen(standing, url)], **more}


def seen(standing: str, url: str) -> Json:
    return {"standing": standing, "place": {"page_url": PAGE_URL, "url": url}}


KNOWN = {
    **image("known", "1.jpg"),
    "matches": [{"entry_id": "R-01", "tier": "exact"}, {"entry_id": "R-02", "tier": "near"}],
    "sightings": [seen("known", "1.jpg"), seen("known", "1b.jpg")],
}
REFERRAL: Json = {
    "identifiers": [
        {"value": "00ff", "matches": [{"entry_id": "R-file", "tier": "exact"}], "sightings": [{"page_url": PAGE_URL}]}
    ],
    "leads": [{"value": "b.onion", "kind": "onion address", "pages": [PAGE_URL]}],
    "mirrors": [{"addresses": ["a.onion", "b.onion"]}],
    "images": [KNOWN, image("unknown beside known", "2.jpg")],
    "updates": [image("undecided beside known", "3.jpg", reason="truncated: hashed as far as it goes")],
    "others": [image("unknown", "4.jpg"), image("undecided", "5.jpg", reason="could not be decoded")],
    "sites": [
        {
            "address": "a.onion",
            "visits": [{"outcome": "visited", "links_left": {"its path repeats itself": 2}}],
            "pages": [
                {
                    "page": {"url": PAGE_URL, "cause": "", "notes": ["login form"]},
                    "counts": {"pictures": 8, "no_match": 2},
                    "failed": [{"place": {"url": "6.jpg"}, "cause": "deadline passed"}],
                    "not_fetched": [{"place": {"url": "7.jpg"}, "reason": "its host is not on the list"}],
                },
                {
                    "page": {"url": "http://a.onion/x", "cause": "deadline passed", "notes": []},
                    "counts": {"pictures": 0, "no_match": 0},
                    "failed": [],
                    "not_fetched": [],
                },
            ],
        }
    ],
}


def test_every_fate_is_read() -> None:
    assert told([REFERRAL]) == {
        (PAGE_URL, "1.jpg", PICTURE): ["matched R-01: exact"],
        (PAGE_URL, "1b.jpg", PICTURE): ["matched R-01: exact"],
        (PAGE_URL, "2.jpg", PICTURE): ["no match, beside known"],
        (PAGE_URL, "3.jpg", PICTURE): ["undecided: truncated: hashed as far as it goes"],
        (PAGE_URL, "4.jpg", PICTURE): ["no match"],
        (PAGE_URL, "5.jpg", PICTURE): ["undecided: could not be decoded"],
        (PAGE_URL, "6.jpg", PICTURE): ["failed: deadline passed"],
        (PAGE_URL, "7.jpg", PICTURE): ["not fetched: its host is not on the list"],
        (PAGE_URL, "", PAGE): ["read: 8 pictures, 2 without a match, login form"],
        ("http://a.onion/x", "", PAGE): ["failed: deadline passed"],
        ("http://a.onion", "its path repeats itself", LINKS): ["not followed: 2"],
        (PAGE_URL, "00ff", FILE): ["matched R-file: exact"],
        (PAGE_URL, "b.onion", LEAD): ["onion address, not fetched"],
        ("http://a.onion", "b.onion", MIRROR): ["grouped with it"],
        ("http://b.onion", "a.onion", MIRROR): ["grouped with it"],
        ("http://a.onion", "", SITE): ["visited"],
    }


def test_what_two_referrals_tell_is_told_twice() -> None:
    assert told([REFERRAL, REFERRAL])["http://a.onion", "", SITE] == ["visited", "visited"]


def test_only_new_findings_count_as_new() -> None:
    assert new_findings(REFERRAL) == 2
    assert new_findings({**REFERRAL, "images": []}) == 0
