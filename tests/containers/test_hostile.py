"""No hostile container costs a worker: each ends with its files, or with reasons."""

from collections.abc import Iterator
from contextlib import closing

import pytest

from benchmarks.hostile_containers import containers
from matcher.worker.layers import Layer
from scanner.local.open_container import ContainerOpener, OpenedContainer

CONTAINERS = containers(1)


@pytest.fixture(scope="module")
def opener() -> Iterator[ContainerOpener]:
    with closing(ContainerOpener(1, 64 * 2**20, Layer.NAMESPACES)) as opener:
        yield opener


@pytest.mark.parametrize("name", CONTAINERS)
def test_it_ends_within_the_bounds(name: str, opener: ContainerOpener) -> None:
    result = opener.contents(CONTAINERS[name])
    assert isinstance(result, OpenedContainer)
    unread = {picture.unread.value for _, picture in result.files if picture.unread}
    if "bomb" in name:
        assert unread == {"archive entry: more bytes than the limit"}
    if "many gzip streams" in name or "mail folder" in name:
        assert unread == {"archive entry: damaged"}
