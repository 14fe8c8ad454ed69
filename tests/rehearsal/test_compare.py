"""The comparison notices everything: what is missing, what is told wrongly, told twice, or was never planted."""

import socket

from scanner.rehearsal.compare import compare
from scanner.rehearsal.expectations import (
    EXACT,
    LINKS,
    PAGE,
    PICTURE,
    Place,
    Planted,
    SitePlan,
    links_left,
    matched,
    no_match,
    read,
)
from scanner.rehearsal.network.onion_services import OnionKey
from scanner.rehearsal.site_logs import Breach, breaches, requests_to_unlisted
from scanner.rehearsal.sites import CannedResponse, OnionSite

PLANTED = (
    Planted("http://a/", "", PAGE, read(2, 1)),
    Planted("http://a/", "http://a/1.jpg", "img src", matched("R-01", EXACT)),
    Planted("http://a/", "http://a/2.jpg", "poster", no_match(beside_known=True)),
)
TOLD: dict[Place, list[str]] = {
    ("http://a/", "", PAGE): ["read: 2 pictures, 1 without a match"],
    ("http://a/", "http://a/1.jpg", PICTURE): ["matched R-01: exact"],
    ("http://a/", "http://a/2.jpg", PICTURE): ["no match, beside known"],
}
SECOND = ("http://a/", "http://a/2.jpg", PICTURE)


def test_what_was_planted_and_told_holds() -> None:
    assert [row.holds for row in compare(PLANTED, TOLD)] == [True, True, True]


def test_a_row_of_links_says_why_they_were_not_followed() -> None:
    left = Planted("http://a/", "its path repeats itself", LINKS, links_left(2))
    (row,) = compare([left], {("http://a/", "its path repeats itself", LINKS): ["not followed: 2"]})
    assert row.holds
    assert row.kind == "links not followed: 2, its path repeats itself"


def test_a_silent_miss_is_noticed() -> None:
    rows = compare(PLANTED, {place: found for place, found in TOLD.items() if place != SECOND})
    assert [row.holds for row in rows] == [True, True, False]
    assert rows[2].found == ()


def test_a_wrong_fate_is_noticed() -> None:
    assert not compare(PLANTED, {**TOLD, SECOND: ["matched R-01: near"]})[2].holds


def test_a_finding_told_twice_is_noticed() -> None:
    assert not compare(PLANTED, {**TOLD, SECOND: [*TOLD[SECOND], *TOLD[SECOND]]})[2].holds


def test_what_nobody_planted_is_noticed() -> None:
    invented = ("http://a/", "http://a/3.jpg", PICTURE)
    rows = compare(PLANTED, {**TOLD, invented: ["matched R-02: exact"]})
    assert [row.holds for row in rows] == [True, True, True, False]
    assert rows[3].expected == ()


def test_a_reached_unlisted_site_is_counted_even_without_a_request() -> None:
    plan = SitePlan("not listed", OnionKey.new(), {}, listed=False)
    with OnionSite({}) as site:
        assert requests_to_unlisted([(plan, site)]) == 0
        visit(site, b"")
        visit(site, b"GET /x HTTP/1.0\r\n\r\n")
        assert requests_to_unlisted([(plan, site)]) == 2


def test_forbidden_requests_are_named() -> None:
    plan = SitePlan("login", OnionKey.new(), {}, forbidden_paths=frozenset({"/enter"}))
    with OnionSite({"/": CannedResponse(b"page"), "/enter": CannedResponse(b"in")}) as site:
        visit(site, b"GET / HTTP/1.0\r\n\r\n")
        assert breaches([(plan, site)]) == ()
        visit(site, b"GET /enter?name=x HTTP/1.0\r\n\r\n")
        visit(site, b"POST / HTTP/1.0\r\nContent-Length: 0\r\n\r\n")
        assert breaches([(plan, site)]) == (Breach("login", "GET", "/enter?name=x"), Breach("login", "POST", "/"))


def visit(site: OnionSite, request: bytes) -> None:
    """Send a request, and wait until the site has ended the connection."""
    with socket.create_connection(("127.0.0.1", site.port), timeout=5) as connection:
        connection.sendall(request)
        connection.shutdown(socket.SHUT_WR)
        while connection.recv(65536):
            pass
