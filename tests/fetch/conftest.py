"""A fetcher over a SOCKS server on the loopback."""

from collections.abc import Iterator

import pytest

from scanner.exchange.onion_fetcher import OnionFetcher
from scanner.exchange.route import FixedRoute
from tests.simulators.socks import SocksServer


@pytest.fixture
def tor() -> Iterator[SocksServer]:
    with SocksServer() as server:
        yield server


@pytest.fixture
def fetcher(tor: SocksServer) -> OnionFetcher:
    return OnionFetcher(FixedRoute(*tor.address), bytes(32), "Mozilla/5.0 (test)")
