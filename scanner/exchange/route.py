"""The route to tor, as the fetcher sees it: the SocksPort's address, and why a stream failed."""

from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Protocol

from scanner.exchange.failure import FailureCause
from scanner.exchange.socks import Credentials


class Route(Protocol):
    """A tor that may end and come back at another port. Thread-safe."""

    def socks_address(self) -> tuple[str, int] | None:
        """Return the numeric address and port of tor's SocksPort, or None while tor is down."""
        ...

    def registered(self, address: str, credentials: Credentials) -> AbstractContextManager[None]:
        """Let these credentials through tor's gate (if it has one) to this address while the block lasts."""
        ...

    def stream_cause(self, source_port: int) -> FailureCause | None:
        """Return the cause that tor's events gave for the end of a stream from this local port; None if unknown."""
        ...

    def ready(self) -> bool:
        """Return True if tor can build circuits now. Called only after a failure."""
        ...


class Routes(Protocol):
    """The way to each onion service: several tors may share them."""

    def of(self, address: str) -> Route:
        """Return the tor that serves this address."""
        ...


@dataclass(frozen=True, slots=True)
class FixedRoute:
    """A fixed SocksPort of a tor that reports nothing else."""

    host: str
    port: int

    def of(self, address: str) -> "FixedRoute":  # noqa: ARG002 - the port's signature
        """There is one for all."""
        return self

    def socks_address(self) -> tuple[str, int] | None:
        """Always the same."""
        return self.host, self.port

    def registered(self, address: str, credentials: Credentials) -> AbstractContextManager[None]:  # noqa: ARG002 - the port's
        """Do nothing: there is no gate."""
        return nullcontext()

    def stream_cause(self, source_port: int) -> FailureCause | None:  # noqa: ARG002 - the port's signature
        """Unknown."""
        return None

    def ready(self) -> bool:
        """Taken for granted."""
        return True
