"""No list, no permit: nothing outside a list in force is ever fetched."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.clock import Reckoning
from scanner.authority.permit import ListPermits, Permit, PermitPurpose, mint
from scanner.authority.refusal import Refusal, RefusalReason
from scanner.urls.url import Url, read_url
from tests.authority.making import NOW, a_target, address, verified

FORUM = {"depth": 2, "pages": 10, "path_prefixes": ["/forum"]}
LIST = verified(targets=[a_target(1), a_target(2, scope=FORUM, start_paths=["/forum/"], ports=[8080])])
SAME_SITE = verified(list_id="narrow", targets=[a_target(1, scope=FORUM, start_paths=["/forum"])])
PERMITS = ListPermits([LIST], None)
ONE, TWO, UNLISTED = address(1), address(2), address(3)


def permit(url: str, purpose: PermitPurpose = PermitPurpose.PAGE) -> Permit:
    answer = PERMITS.permit(url, NOW, purpose)
    assert isinstance(answer, Permit), answer
    return answer


def refusal(url: str, purpose: PermitPurpose = PermitPurpose.PAGE) -> RefusalReason:
    answer = PERMITS.permit(url, NOW, purpose)
    assert isinstance(answer, Refusal), answer
    return answer.reason


def test_a_listed_page_gets_its_permit_in_parts() -> None:
    made = permit(f"HTTP://www.{ONE.upper()}/a/../b?c#d")
    assert (made.scheme, made.host, made.port, made.target) == ("http", f"www.{ONE}", 80, "/b?c")
    assert made.url == f"http://www.{ONE}/b?c"
    assert (made.address, made.list_id, made.minted) == (ONE, "examples", NOW)


def test_a_permit_cannot_be_built_directly() -> None:
    made = permit(f"http://{ONE}/")
    with pytest.raises(TypeError, match="mint alone"):
        Permit("u", "http", "h", 80, "/", "a", "l", PermitPurpose.PAGE, NOW, None)
    with pytest.raises((TypeError, ValueError), match="by"):
        replace(made, host=UNLISTED)  # type: ignore[call-arg] # mypy refuses it too


@pytest.mark.parametrize(
    ("url", "cause"),
    [
        (f"http://{UNLISTED}/", RefusalReason.NOT_LISTED),
        (f"http://www.{UNLISTED}/", RefusalReason.NOT_LISTED),
        ("http://example.com/", RefusalReason.NOT_LISTED),
        ("http://127.0.0.1/", RefusalReason.NOT_LISTED),
        ("http://localhost/", RefusalReason.NOT_LISTED),
        (f"http://{ONE}.example.com/", RefusalReason.NOT_LISTED),
        (f"http://example.com/{ONE}", RefusalReason.NOT_LISTED),
        (f"http://example.com/?http://{ONE}/", RefusalReason.NOT_LISTED),
        (f"http://{ONE}./", RefusalReason.NOT_LISTED),
        (f"http://{ONE[:-7]}e.onion/", RefusalReason.MALFORMED),
        (f"http://{ONE}\\@example.com/", RefusalReason.MALFORMED),
        (f"http://{ONE}@example.com/", RefusalReason.MALFORMED),
        (f"http://example.com@{ONE}/", RefusalReason.MALFORMED),
        (f"http://{ONE}%2eexample.com/", RefusalReason.MALFORMED),
        (f"http://{ONE}\n/", RefusalReason.MALFORMED),
        (f"ftp://{ONE}/", RefusalReason.MALFORMED),
        (f"//{ONE}/", RefusalReason.MALFORMED),
        (f"http://{ONE}:8080/", RefusalReason.OUT_OF_SCOPE),
        (f"http://{TWO}:80/forum", RefusalReason.OUT_OF_SCOPE),
        (f"http://{TWO}:8080/", RefusalReason.OUT_OF_SCOPE),
        (f"http://{TWO}:8080/forum/../admin", RefusalReason.OUT_OF_SCOPE),
        (f"http://{TWO}:8080/forum/..%2fadmin", RefusalReason.OUT_OF_SCOPE),
        (f"http://{TWO}:8080/forums", RefusalReason.OUT_OF_SCOPE),
    ],
)
def test_everything_else_is_refused_with_its_cause(url: str, cause: RefusalReason) -> None:
    assert refusal(url) is cause


def test_a_refusal_never_repeats_the_url() -> None:
    answer = PERMITS.permit("http://secret.example.com/secret", NOW)
    assert isinstance(answer, Refusal)
    assert "secret" not in answer.why


def test_a_picture_may_lie_outside_of_the_prefixes_and_nowhere_else() -> None:
    picture = f"http://{TWO}:8080/images/a.jpg"
    assert refusal(picture) is RefusalReason.OUT_OF_SCOPE
    assert permit(picture, PermitPurpose.PICTURE).purpose is PermitPurpose.PICTURE
    assert refusal(f"http://{TWO}/images/a.jpg", PermitPurpose.PICTURE) is RefusalReason.OUT_OF_SCOPE
    assert refusal(f"http://{UNLISTED}/a.jpg", PermitPurpose.PICTURE) is RefusalReason.NOT_LISTED


def test_a_permit_is_minted_at_its_instant_alone() -> None:
    url = f"http://{ONE}/"
    late = PERMITS.permit(url, LIST.form.valid_until)
    early = PERMITS.permit(url, LIST.form.valid_from - timedelta(microseconds=1))
    assert isinstance(late, Refusal)
    assert isinstance(early, Refusal)
    assert late.reason is early.reason is RefusalReason.NOT_LISTED
    assert "valid from" in late.why
    assert not PERMITS.listed(ONE, LIST.form.valid_until)
    assert PERMITS.listed(ONE, NOW)
    assert not PERMITS.listed(UNLISTED, NOW)


@dataclass
class Watch:
    """A clock that can be set, and one that nobody sets."""

    says: datetime
    seconds: float = 0.0

    def passes(self, time: timedelta) -> None:
        self.says += time
        self.seconds += time.total_seconds()


def test_a_clock_that_is_set_back_makes_no_list_last_longer() -> None:
    watch = Watch(LIST.form.valid_until - timedelta(minutes=30))
    permits = ListPermits([LIST], Reckoning(lambda: watch.says, lambda: watch.seconds))
    url, careless, minted = f"http://{ONE}/", ListPermits([LIST], None), []
    watch.says -= timedelta(hours=1)
    for _ in range(2):
        asked = permits.permit(url, watch.says), permits.listed(ONE, watch.says), permits.count(LIST, watch.says)
        minted.append([isinstance(asked[0], Permit), *asked[1:]])
        watch.passes(timedelta(minutes=30))
    assert minted == [[True] * 3, [False] * 3]
    assert careless.listed(ONE, watch.says), "by the clock alone it would be in force still"


def test_a_clock_that_is_set_ahead_and_back_again_ends_no_list_for_good() -> None:
    watch = Watch(NOW)
    permits = ListPermits([LIST], Reckoning(lambda: watch.says, lambda: watch.seconds))
    listed = []
    for said in (NOW, NOW + timedelta(days=30), NOW):
        watch.says = said
        listed.append(permits.listed(ONE, said))
    assert listed == [True, False, True]


def test_mint_itself_refuses_what_its_list_does_not_name() -> None:
    url = read_url(f"http://{UNLISTED}/")
    assert isinstance(url, Url)
    assert isinstance(mint(LIST, url, NOW, PermitPurpose.PAGE), Refusal)
    clear = read_url("http://example.com/")
    assert isinstance(clear, Url)
    assert isinstance(mint(LIST, clear, NOW, PermitPurpose.PAGE), Refusal)


def test_no_list_no_permit() -> None:
    assert isinstance(ListPermits([], None).permit(f"http://{ONE}/", NOW), Refusal)


def test_lists_that_are_taken_away_end_permits_of_visits_under_way() -> None:
    permits = ListPermits([LIST], None)
    visit = permits.under("examples")
    assert isinstance(visit.permit(f"http://{ONE}/", NOW), Permit)
    permits.replace([])
    assert isinstance(visit.permit(f"http://{ONE}/", NOW), Refusal)


def test_a_visit_under_one_list_keeps_to_that_lists_scope() -> None:
    permits = ListPermits([LIST, SAME_SITE], None)
    url = f"http://{ONE}/admin"
    assert isinstance(permits.permit(url, NOW), Permit)
    assert isinstance(permits.under("examples").permit(url, NOW), Permit)
    narrow = permits.under("narrow").permit(url, NOW)
    assert isinstance(narrow, Refusal)
    assert narrow.reason is RefusalReason.OUT_OF_SCOPE
    elsewhere = permits.under("narrow").permit(f"http://{TWO}:8080/forum", NOW)
    assert isinstance(elsewhere, Permit)
    assert elsewhere.list_id == "examples"


HOSTS = st.sampled_from(
    [
        ONE,
        TWO,
        UNLISTED,
        f"www.{ONE}",
        f"{ONE}.",
        f"{ONE}.com",
        f"{ONE}@{UNLISTED}",
        f"{UNLISTED}\\{ONE}",
        "example.com",
    ]
)
TRICKS = st.text(st.sampled_from("/\\@:%#?.;&=a2eF0 \n\t\0\u3002\uff0f" + ONE[0]), max_size=8)
URLS = st.one_of(
    st.text(max_size=80),
    st.builds(
        "{}{}{}{}{}".format, st.sampled_from(["http://", "https://", "HTTP:", "//"]), TRICKS, HOSTS, TRICKS, HOSTS
    ),
    st.builds("http://{}{}".format, HOSTS, TRICKS),
)


@given(URLS, st.sampled_from(PermitPurpose))
def test_no_url_outside_of_the_list_ever_gets_a_permit(url: str, purpose: PermitPurpose) -> None:
    made = PERMITS.permit(url, NOW, purpose)
    if isinstance(made, Refusal):
        return
    target = LIST.target(made.address)
    assert target is not None
    assert made.host == made.address or made.host.endswith(f".{made.address}")
    assert made.port in target.ports
    anywhere = {PermitPurpose.PICTURE, PermitPurpose.SUBRESOURCE}
    assert purpose in anywhere or target.scope.covers(made.target.partition("?")[0])
    other_parser = urlsplit(made.url)
    assert (other_parser.scheme, other_parser.hostname) == (made.scheme, made.host)
    assert (other_parser.port or {"http": 80, "https": 443}[made.scheme]) == made.port
    assert f"{other_parser.path}{'?' if '?' in made.url else ''}{other_parser.query}" == made.target


@given(st.sampled_from([ONE, TWO]), st.integers(0, 55), st.sampled_from("abcdefghijklmnopqrstuvwxyz234567"))
def test_no_neighbour_of_a_listed_address_gets_a_permit(listed: str, place: int, character: str) -> None:
    neighbour = listed[:place] + character + listed[place + 1 :]
    answer = PERMITS.permit(f"http://{neighbour}:8080/forum", NOW, PermitPurpose.PICTURE)
    assert isinstance(answer, Refusal) or neighbour == listed
