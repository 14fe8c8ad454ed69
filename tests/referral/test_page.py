"""The page for reading: whatever a site wrote, it is text there, and nothing acts, loads, links or hides."""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reports.bundle.checks import Check, CheckState
from reports.bundle.verify import VerifiedReferral, open_bundle
from reports.formats.html.markup import TAGS, tag
from reports.formats.html.page import page as html_page
from reports.referral.assemble import assemble
from reports.referral.model import Referral
from reports.safe_text import HIDDEN, defanged, shown
from reports.sighting import Hop, Lead, LeadKind, NotFetched, NotFetchedReason, Place, Relation
from tests.referral.examples import (
    ADDRESS,
    LEADS,
    MATCHED,
    NAMED,
    NO_MATCH,
    UNDECIDED,
    failed_page,
    fingerprint,
    match,
    page,
    sighting,
)
from tests.referral.ledgers import Desk

HOSTILE = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "' onmouseover='alert(1)",
    "</code></td></tr></table><a href=http://evil.example>here</a>",
    "</style><style>*{display:none}</style>",
    "javascript:alert(1)",
    "\u202egnp.exe",
    "&lt;b&gt; &#x3c;i&#x3e;",
    "<!--",
    "]]>",
    "\x00\x1b[31mred\x07",
    "http://evil.example/?u=http://other.example",
]
FORBIDDEN = (
    "a",
    "img",
    "script",
    "link",
    "iframe",
    "form",
    "object",
    "embed",
    "svg",
    "base",
    "video",
    "audio",
    "input",
    "button",
)

untrusted = st.one_of(
    st.sampled_from(HOSTILE),
    st.text(max_size=60),
    st.lists(
        st.sampled_from(["<", ">", '"', "'", "&", "=", "/", "on", "load", "script", "\u202e", "\u200b", "`"]),
        max_size=20,
    ).map("".join),
)


def referral_with(desk: Desk, text: str) -> Referral:
    """A referral in which a site wrote `text` wherever a site can write."""
    url = f"http://{ADDRESS}/{text}"
    hostile = Place(url, url, text, Relation.HOSTED_HERE)
    known = replace(
        sighting("known.jpg", MATCHED), place=hostile, declared_type=text, redirects=(Hop(url, 302), Hop(url, 200))
    )
    new = replace(sighting("new.jpg", NO_MATCH), place=hostile)
    broken = replace(
        sighting("broken.jpg", UNDECIDED), place=hostile, fingerprint=replace(fingerprint("b"), media_type=text)
    )
    seen = page(known, new, broken, url=url)
    elsewhere = NotFetched(replace(hostile, url=f"http://{text}.example/"), NotFetchedReason.OFF_LIST)
    leads = (Lead(LeadKind.HOST, text), *LEADS)
    named = replace(seen, not_fetched=(elsewhere,), notes=(text,), identifiers=(NAMED,), leads=leads)
    desk.visit(named, failed_page(url))
    (made,) = desk.dispatched()
    opened = open_bundle(made.path.read_bytes(), desk.identity, desk.key.public)
    assert isinstance(opened, VerifiedReferral), str(opened)
    return assemble([opened], "0.1.0")


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    made = Desk(tmp_path_factory.mktemp("desk"))
    yield made
    made.ledger.close()


def assert_inert(document: bytes) -> BeautifulSoup:
    soup = BeautifulSoup(document, "html.parser")
    assert soup.find_all(FORBIDDEN) == []
    assert {element.name for element in soup.main.find_all(True)} <= TAGS  # type: ignore[union-attr]
    attributes = {name for element in soup.find_all(True) for name in element.attrs}
    assert not {name for name in attributes if name.startswith("on")}
    assert not attributes & {"href", "src", "srcset", "style", "action", "background", "poster"}
    assert not re.search(r"https?:", soup.main.get_text(), re.IGNORECASE)  # type: ignore[union-attr]
    return soup


@given(untrusted)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_a_site_writes_is_text(desk: Desk, text: str) -> None:
    assert_inert(html_page(referral_with(desk, text)))


def test_hostile_text_is_there_to_be_read(desk: Desk) -> None:
    soup = assert_inert(html_page(referral_with(desk, "<script>alert(1)</script>")))
    assert "<script>alert(1)</script>" in soup.get_text()


def test_the_page_forbids_everything_but_its_own_style(desk: Desk) -> None:
    soup = BeautifulSoup(html_page(referral_with(desk, "x")), "html.parser")
    (policy,) = [
        meta["content"] for meta in soup.find_all("meta") if meta.get("http-equiv") == "Content-Security-Policy"
    ]
    assert str(policy).startswith("default-src 'none'; style-src 'sha256-")
    assert "unsafe" not in str(policy)


def test_the_mandate_stands_before_the_findings_and_each_match_with_what_it_rests_on(tmp_path: Path) -> None:
    own = Desk(tmp_path)
    text = BeautifulSoup(html_page(referral_with(own, "x")), "html.parser").get_text(" ")
    own.ledger.close()
    order = [
        text.index(words)
        for words in ("Mandate", "New findings", "What was checked", "What this referral cannot say", "Proof")
    ]
    assert order == sorted(order)
    for words in (
        "EX-2026-17",
        match().entry_id,
        "Example Issuer, example",
        "A test, made in a rehearsal",
        "no list knows it",
    ):
        assert words in text


def test_tables_name_their_rows_and_columns(desk: Desk) -> None:
    soup = BeautifulSoup(html_page(referral_with(desk, "x")), "html.parser")
    assert soup.find_all("table")
    for one in soup.find_all("table"):
        assert one.caption is not None
        assert all(cell.get("scope") for cell in one.find_all("th"))


def test_the_page_claims_no_check_that_was_not_made(desk: Desk) -> None:
    referral = referral_with(desk, "x")
    text = BeautifulSoup(html_page(referral), "html.parser").get_text(" ")
    left = [result.check for result in referral.integrity.results if result.state is CheckState.NOT_CHECKED]
    assert {Check.AUTHORITY_LIST, Check.TIMESTAMP} <= set(left)
    assert f"{len(left)} could not be made" in text
    assert "every check holds" not in text


@pytest.mark.parametrize("name", ["a", "img", "script", "style", "iframe"])
def test_no_such_element_can_be_made(name: str) -> None:
    with pytest.raises(ValueError, match="may not stand"):
        tag(name, "x")


@pytest.mark.parametrize("name", ["onclick", "href", "style", "src"])
def test_no_such_attribute_can_be_made(name: str) -> None:
    with pytest.raises(ValueError, match="may not stand"):
        tag("p", "x", **{name: "y"})


@given(st.text(max_size=400))
def test_nothing_hidden_is_shown(text: str) -> None:
    assert not {unicodedata.category(character) for character in shown(text)} & HIDDEN


@given(st.text(max_size=100))
def test_a_defanged_address_is_no_link(text: str) -> None:
    assert "http" not in defanged(f"http://{text}").lower()


def test_a_defanged_address_can_still_be_read() -> None:
    assert defanged("http://abc.onion/a.jpg?b=c") == "hxxp://abc[.]onion/a.jpg?b=c"


def test_isolation_that_was_not_whole_is_told_in_plain_words(desk: Desk) -> None:
    whole = referral_with(desk, "isolated")
    (site,) = whole.sites
    visits = tuple(replace(visit, confinement_absent=("namespaces",)) for visit in site.visits)
    less = replace(whole, sites=(replace(site, visits=visits),))
    words = "isolated from the scanning machine without namespaces"
    assert words not in html_page(whole).decode()
    assert words in html_page(less).decode()
