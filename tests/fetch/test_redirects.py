"""Redirects: a permit for every hop, none sent to a host without one, and one budget for the whole chain."""

from datetime import timedelta

import pytest

from scanner.authority.permit import Permit
from scanner.exchange.cookies import Jar
from scanner.exchange.failure import FailureCause
from scanner.exchange.port import Budget, Failed, Response
from scanner.exchange.validators import NO_VALIDATORS, Validators
from scanner.fetch.visit_fetches import ChainLimits, FetchResult
from tests.authority.making import NOW
from tests.fetch.permits import OTHER, SITE, UNLISTED, permit_for
from tests.fetch.unlogged import UnloggedFetches, fetch
from tests.simulators.onions import MovedClock, Reply, SimulatedOnions

HOME, ELSEWHERE = f"http://{SITE}/", f"http://{OTHER}/"
BUDGET = Budget(30, 10_000)


class Chain:
    """One chain over simulated sites, with its intents and conclusions."""

    def __init__(self, replies: dict[str, Reply | FailureCause], seconds_each: float = 0.0) -> None:
        self.now = 0.0
        self.log = UnloggedFetches()
        self.onions = SimulatedOnions(
            replies, MovedClock(NOW, timedelta(0)), before=lambda _url: self.wait(seconds_each)
        )
        self.budgets: list[Budget] = []

    def wait(self, seconds: float) -> None:
        self.now += seconds

    def get(
        self, permit: Permit, budget: Budget, jar: Jar | None = None, known: Validators = NO_VALIDATORS
    ) -> Response | Failed:
        self.budgets.append(budget)
        return self.onions.get(permit, budget, jar, known)

    def forget(self, address: str) -> None:
        self.onions.forget(address)

    def follow(self, redirects_most: int = 5) -> FetchResult:
        limits, clock = ChainLimits(redirects_most, BUDGET, BUDGET), MovedClock(NOW, timedelta(0))
        return fetch(self, permit_for("/"), limits, self.log, clock, lambda: self.now)


def to(location: str, status: int = 302) -> Reply:
    return Reply(location=location, status=status)


def cause(followed: FetchResult) -> FailureCause:
    assert isinstance(followed.result, Failed)
    return followed.result.cause


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_listed_hop_is_followed(status: int) -> None:
    chain = Chain({HOME: to(f"{ELSEWHERE}x", status), f"{ELSEWHERE}x": Reply(b"there")})
    followed = chain.follow()
    assert isinstance(followed.result, Response)
    assert followed.result.untrusted_body == b"there"
    assert [(hop.url, hop.status) for hop in followed.redirects] == [(HOME, status), (f"{ELSEWHERE}x", 200)]
    assert followed.permit.url == f"{ELSEWHERE}x"


@pytest.mark.parametrize("status", [200, 300, 304, 305, 404])
def test_other_statuses_lead_nowhere(status: int) -> None:
    chain = Chain({HOME: to(ELSEWHERE, status)})
    assert isinstance(chain.follow().result, Response)
    assert chain.onions.asked == [HOME]


def test_a_redirect_without_location_is_an_answer() -> None:
    assert isinstance(Chain({HOME: to("")}).follow().result, Response)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize(
    ("location", "expected"),
    [
        (f"http://{UNLISTED}/", FailureCause.REDIRECT_OFF_LIST),
        (f"https://{UNLISTED}/", FailureCause.REDIRECT_OFF_LIST),
        (f"//{UNLISTED}/", FailureCause.REDIRECT_OFF_LIST),
        (f"\\\\{UNLISTED}\\", FailureCause.REDIRECT_OFF_LIST),
        ("http://example.com/", FailureCause.REDIRECT_OFF_LIST),
        ("https://example.com/", FailureCause.REDIRECT_OFF_LIST),
        ("http://127.0.0.1/", FailureCause.REDIRECT_OFF_LIST),
        ("http://localhost/", FailureCause.REDIRECT_OFF_LIST),
        ("http://2130706433/", FailureCause.REDIRECT_OFF_LIST),
        ("http://[::1]/", FailureCause.REDIRECT_MALFORMED),
        (f"http://{SITE}@{UNLISTED}/", FailureCause.REDIRECT_MALFORMED),
        (f"http://{SITE}%2e{UNLISTED}/", FailureCause.REDIRECT_MALFORMED),
        (f"http://{SITE}.example.com/", FailureCause.REDIRECT_OFF_LIST),
        (f"http://{SITE}:9999/", FailureCause.OUT_OF_SCOPE),
        (f"ftp://{SITE}/", FailureCause.REDIRECT_MALFORMED),
        ("data:image/png;base64,AAAA", FailureCause.REDIRECT_MALFORMED),
        ("javascript:0", FailureCause.REDIRECT_MALFORMED),
        ("file:///etc/passwd", FailureCause.REDIRECT_MALFORMED),
    ],
)
def test_a_hop_without_permit_is_never_asked(status: int, location: str, expected: FailureCause) -> None:
    chain = Chain({HOME: to(location, status)})
    followed = chain.follow()
    assert cause(followed) is expected
    assert chain.onions.asked == [HOME]
    assert followed.permit.url == HOME
    assert [hop.url for hop in followed.redirects] == [HOME]


def test_every_exchange_is_announced_before_and_told_after() -> None:
    chain = Chain({HOME: to("/a"), f"{HOME}a": to("/b"), f"{HOME}b": FailureCause.CIRCUIT_LOST})
    assert cause(chain.follow()) is FailureCause.CIRCUIT_LOST
    urls = [HOME, f"{HOME}a", f"{HOME}b"]
    ends = ["answered", "answered", FailureCause.CIRCUIT_LOST.value]
    expected = [step for url, end in zip(urls, ends, strict=True) for step in (("intended", url), (end, url))]
    assert chain.log.record == expected


def test_no_url_is_asked_twice() -> None:
    chain = Chain({HOME: to("/a"), f"{HOME}a": to("/")})
    assert cause(chain.follow()) is FailureCause.REDIRECT_LOOP
    assert chain.onions.asked == [HOME, f"{HOME}a"]


def test_a_cookie_that_sends_its_visitor_back_is_one_more_exchange_of_the_same_url() -> None:
    home = Reply(b"there", without_cookie=Reply(location="/", status=302, set_cookie="seen=1"))
    followed = Chain({HOME: home}).follow()
    assert isinstance(followed.result, Response)
    assert [(hop.url, hop.status) for hop in followed.redirects] == [(HOME, 302), (HOME, 200)]
    assert len(followed.fetches) == len(followed.redirects)


@pytest.mark.parametrize("most", [0, 1, 5])
def test_redirects_are_counted(most: int) -> None:
    replies: dict[str, Reply | FailureCause] = {f"{HOME}{number}": to(f"/{number + 1}") for number in range(20)}
    replies[HOME] = to("/0")
    chain = Chain(replies)
    assert cause(chain.follow(most)) is FailureCause.REDIRECT_LOOP
    assert len(chain.onions.asked) == most + 1


def test_the_chain_has_one_budget() -> None:
    body = b"x" * 1_000
    replies: dict[str, Reply | FailureCause] = {
        HOME: Reply(body, status=302, location="/a"),
        f"{HOME}a": Reply(body, status=302, location="/b"),
        f"{HOME}b": Reply(body),
    }
    chain = Chain(replies, seconds_each=2.0)
    assert isinstance(chain.follow().result, Response)
    assert chain.budgets == [Budget(30, 10_000), Budget(28, 9_000), Budget(26, 8_000)]
