"""The private network: real onion services, reached through a real tor, and nothing off the loopback."""

import http.server
import socket
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from scanner.rehearsal.network.loopback import free_ports, sockets_of
from scanner.rehearsal.network.onion_services import ClientKey, OnionKey, OnionService
from scanner.rehearsal.network.private_network import PrivateNetwork
from scanner.rehearsal.network.programs import TorPrograms
from scanner.rehearsal.network.tor_node import Node
from scanner.rehearsal.network.waiting import NetworkFailed

pytestmark = pytest.mark.network
BODY = b"from an onion service"
NO_SUCH_SERVICE = 97
"""curl's exit status for a refusal by the SOCKS proxy."""


class OneAnswer(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", str(len(BODY)))
        self.end_headers()
        self.wfile.write(BODY)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
        pass


@pytest.fixture(scope="module")
def http_port() -> Iterator[int]:
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), OneAnswer) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_port
        server.shutdown()


@pytest.fixture(scope="module")
def socks_port(network: PrivateNetwork) -> int:
    return network.start_client("curl").socks_port


def fetch(socks_port: int, address: str, seconds: int = 60) -> "subprocess.CompletedProcess[bytes]":
    proxy = ["--socks5-hostname", f"127.0.0.1:{socks_port}", "--noproxy", "", "--max-time", str(seconds)]
    command = ["/usr/bin/curl", "--silent", *proxy, f"http://{address}/"]
    return subprocess.run(command, capture_output=True, check=False)


def test_published_services_answer_at_once(network: PrivateNetwork, http_port: int, socks_port: int) -> None:
    services = [OnionService(http_port, OnionKey.new()) for _ in range(12)]
    network.add_onion_services(services)
    assert [fetch(socks_port, service.key.address).stdout for service in services] == [BODY] * 12


def test_a_removed_service_answers_no_more(network: PrivateNetwork, http_port: int, socks_port: int) -> None:
    service = OnionService(http_port, OnionKey.new())
    network.add_onion_services([service])
    network.remove_onion_service(service)
    assert fetch(socks_port, service.key.address, seconds=4).stdout == b""


def test_an_unpublished_address_is_not_reached(network: PrivateNetwork, socks_port: int) -> None:
    assert network.host.bootstrapped()
    assert fetch(socks_port, OnionKey.new().address).returncode == NO_SUCH_SERVICE


def test_client_authorisation_keeps_others_out(network: PrivateNetwork, http_port: int, socks_port: int) -> None:
    service = OnionService(http_port, OnionKey.new(), clients=(ClientKey.new(),))
    network.add_onion_services([service])
    assert fetch(socks_port, service.key.address).returncode == NO_SUCH_SERVICE


def test_a_frozen_host_answers_only_when_thawed(network: PrivateNetwork, http_port: int, socks_port: int) -> None:
    host = network.start_host("frozen")
    service = OnionService(http_port, OnionKey.new())
    network.add_onion_services([service], host)
    assert fetch(socks_port, service.key.address).stdout == BODY
    host.freeze()
    assert fetch(socks_port, service.key.address, seconds=2).stdout == b""
    host.thaw()
    assert fetch(socks_port, service.key.address).stdout == BODY
    host.kill()
    assert fetch(socks_port, service.key.address, seconds=4).stdout == b""


def test_no_socket_leaves_the_loopback(network: PrivateNetwork) -> None:
    assert len(network.pids) >= 6
    assert len(sockets_of(network.pids)) > len(network.pids)
    assert network.sockets_off_loopback() == []


def test_a_socket_off_the_loopback_is_noticed(network: PrivateNetwork) -> None:
    """The control: a listener on every address, in a process of its own."""
    program = "import socket, sys; s = socket.create_server(('', 0)); print('open', flush=True); sys.stdin.read()"
    command = ["/usr/bin/env", "python3", "-c", program]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"open\n"
        found = network.sockets_off_loopback(also=[process.pid])
        process.communicate()
    assert [open_socket.pid for open_socket in found] == [process.pid]


def test_a_tor_that_ends_at_once_is_named(tor_programs: TorPrograms, tmp_path: Path) -> None:
    with pytest.raises(NetworkFailed, match=r"tor of mistaken: ended.*NoSuchOption"):
        Node("mistaken", tmp_path, tor_programs.tor).start("NoSuchOption 1\n")


def test_a_network_is_never_built_over_something_else(tor_programs: TorPrograms, tmp_path: Path) -> None:
    (tmp_path / "somebody's file").touch()
    with pytest.raises(NetworkFailed, match="not empty"), PrivateNetwork(tmp_path, tor_programs):
        pass
    assert (tmp_path / "somebody's file").exists()


def test_free_ports_can_be_bound() -> None:
    for port in free_ports(5):
        with socket.socket() as listener:
            listener.bind(("127.0.0.1", port))
