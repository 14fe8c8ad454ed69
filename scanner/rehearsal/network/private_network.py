"""A private Tor network on the loopback: a directory authority, relays, and a host of onion services.

It is a real Tor network, with the distribution's own tor, and nothing of it can leave 127.0.0.1 (`torrc` says why).
Everything lives in one folder; nothing outlives the process that started it. For one thread.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from reports.files import write
from scanner.rehearsal.network import torrc
from scanner.rehearsal.network.directory_authority import DirectoryAuthority
from scanner.rehearsal.network.loopback import OpenSocket, free_ports, sockets_of
from scanner.rehearsal.network.onion_services import OnionService, Publication
from scanner.rehearsal.network.programs import TorPrograms
from scanner.rehearsal.network.tor_node import Node
from scanner.rehearsal.network.waiting import NetworkFailed, until
from scanner.rehearsal.workspace import clear, make_ground

Progress = Callable[[str, int], None]
"""Callback with the present step and the percentage of the start."""


def unheard(_step: str, _percent: int) -> None:
    """Ignore progress."""


@dataclass(frozen=True, slots=True)
class Client:
    """A plain client of the network, with its SOCKS port on 127.0.0.1."""

    node: Node
    socks_port: int


class PrivateNetwork:
    """A context manager: inside the block the network runs and onion services can be published.

    `directory` must not exist or be empty; it is removed at the end unless `keep`. `of_each_relay` are further torrc
    lines.
    Raise NetworkFailed, with the Fault, if a part does not start.
    """

    def __init__(
        self,
        directory: Path,
        programs: TorPrograms,
        *,
        relays: int = 4,
        of_each_relay: str = "",
        progress: Progress = unheard,
        keep: bool = False,
    ) -> None:
        self.directory = directory.absolute()
        self._programs = programs
        self._progress = progress
        self._keep = keep
        self._of_each_relay = of_each_relay
        self._authority = DirectoryAuthority(self.directory, programs)
        self._relays = [self._node(f"relay{number}") for number in range(relays)]
        self._guests: list[Node] = []
        self.host: Node
        """The tor that serves the onion services."""

    def __enter__(self) -> Self:
        self._progress("a folder of its own", 0)
        refused = make_ground(self.directory)
        if refused is not None:
            raise NetworkFailed(refused.faults[0])
        try:
            self._start()
        except BaseException:
            self._end()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end()

    def _start(self) -> None:
        """Keys, relays, vote, consensus, host: in this order, for each needs the one before."""
        self._progress("keys of the directory authority", 5)
        self._authority.make_keys()
        self._progress("relays", 10)
        self._start_relays()
        self._progress("first consensus", 40)
        self._authority.vote_now()
        self._authority.await_consensus(self._size)
        self._progress("host of onion services", 80)
        self.host = self.start_host("host")
        self._progress("private network ready", 100)

    @property
    def _size(self) -> int:
        return len(self._relays) + 1

    def _start_relays(self) -> None:
        self._authority.start_voting()
        for relay, or_port in zip(self._relays, free_ports(len(self._relays)), strict=True):
            relay.launch(self._authority.membership() + torrc.relay(or_port) + self._of_each_relay)
        for relay in self._relays:
            relay.own()
        until(lambda: self._authority.knows(self._size), 60, "descriptors of the relays at the directory authority")

    def start_host(self, name: str) -> Node:
        """Start a further host of onion services, which may be frozen or killed without harm to the others."""
        return self._start_guest(name, torrc.onion_host())

    def start_client(self, name: str, more: Iterable[str] = ()) -> Client:
        """Start a plain client, in addition to the scanner's own tor. `more` are further torrc lines."""
        (socks_port,) = free_ports(1)
        return Client(self._start_guest(name, torrc.client(socks_port, more)), socks_port)

    def _start_guest(self, name: str, lines: str) -> Node:
        guest = self._node(name)
        self._guests.append(guest)
        self.seed_client(guest.directory)
        guest.start(self.torrc_extra_for_client() + lines)
        until(guest.bootstrapped, 60, f"bootstrap of {name}")
        return guest

    def torrc_extra_for_client(self) -> str:
        """Return the lines that make another tor part of this network alone: for `[tor] torrc_extra`."""
        return self._authority.membership()

    def seed_client(self, data_directory: Path) -> None:
        """Give a client, before it starts, another client's cache: it is ready a second sooner."""
        data_directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        for name, content in self._authority.client_cache().items():
            write(data_directory / name, content)

    def add_onion_services(self, services: Sequence[OnionService], host: Node | None = None) -> None:
        """Publish these services on `host`; each can be reached when this returns. Bounded by three seconds each."""
        Publication((host or self.host).control, services).finish(30 + 3 * len(services))

    def remove_onion_service(self, service: OnionService, host: Node | None = None) -> None:
        """End one service. Its descriptor stays with the directories, as in the real network."""
        (host or self.host).control.ask(f"DEL_ONION {service.service_id}")

    @property
    def pids(self) -> list[int]:
        """Of all tors of the network that run now."""
        nodes = [self._authority, *self._relays, *self._guests]
        return [node.pid for node in nodes if node.pid is not None]

    def sockets_off_loopback(self, also: Iterable[int] = ()) -> list[OpenSocket]:
        """Sockets of the network's tors, and of the processes in `also`, that do not end on the loopback: none."""
        return [open_socket for open_socket in sockets_of([*self.pids, *also]) if not open_socket.on_loopback]

    def _node(self, name: str) -> Node:
        return Node(name, self.directory, self._programs.tor)

    def _end(self) -> None:
        nodes = [*self._guests, *self._relays, self._authority]
        for node in nodes:
            node.ask_to_stop()
        for node in nodes:
            node.stop()
        if not self._keep:
            clear(self.directory)
