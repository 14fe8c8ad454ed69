"""The way to tor, as the fetcher sees it: where its SocksPort is now, and what tor says of a stream that failed."""

from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Protocol

from scanner.exchange.failure import FailureCause
from scanner.exchange.socks import Credentials


class Route(Protocol):
    """A tor that may end and come back at another port. Thread-safe."""

    def socks_address(self) -> tuple[str, int] | None:
        """The numeric address and port of tor's SocksPort, or None while tor is down."""
        ...

    def asking(self, address: str, credentials: Credentials) -> AbstractContextManager[None]:
        """For as long as the block lasts, its gate (if it has one) lets these credentials through to this address."""
        ...

    def stream_cause(self, source_port: int) -> FailureCause | None:
        """What tor's events said of the end of the stream that came from this local port; None when unknown."""
        ...

    def ready(self) -> bool:
        """Whether tor itself is able to build circuits now. Asked only after a failure."""
        ...


class Routes(Protocol):
    """The way to each onion service: several tors may share them."""

    def of(self, address: str) -> Route:
        """The tor that this address belongs to."""
        ...


@dataclass(frozen=True, slots=True)
class FixedRoute:
    """A SocksPort that never moves, of a tor that tells nothing more."""

    host: str
    port: int

    def of(self, address: str) -> "FixedRoute":  # noqa: ARG002 - the port's signature
        """There is one for all."""
        return self

    def socks_address(self) -> tuple[str, int] | None:
        """Always the same."""
        return self.host, self.port

    def asking(self, address: str, credentials: Credentials) -> AbstractContextManager[None]:  # noqa: ARG002 - the port's
        """It has no gate."""
        return nullcontext()

    def stream_cause(self, source_port: int) -> FailureCause | None:  # noqa: ARG002 - the port's signature
        """Unknown."""
        return None

    def ready(self) -> bool:
        """Taken for granted."""
        return True
