"""Arrays as bytes: the same again, and nobody is held up while many are copied."""

from threading import Event, Thread
from time import thread_time

import numpy as np

from matcher.hash_lists.array_codec import Arrays, pack, unpack

MAGIC = b"sightline-test-1"


def test_what_is_packed_comes_out_again() -> None:
    arrays: Arrays = {
        "a": np.arange(3, dtype=np.uint8),
        "none": np.zeros(0, np.uint64),
        "b": np.arange(5, dtype=np.uint32),
    }
    described, again = unpack(MAGIC, bytes(pack(MAGIC, {"of": "ü"}, arrays)))
    assert described["of"] == "ü"
    assert {name: one.tolist() for name, one in again.items()} == {name: one.tolist() for name, one in arrays.items()}


def test_other_threads_go_on_while_much_is_packed() -> None:
    """Held up, a thread that only counts uses next to no processor time while this one copies."""
    much: Arrays = {"a": np.ones(100 * 2**20, np.uint8)}
    over, used = Event(), list[float]()

    def count() -> None:
        while not over.is_set():
            pass
        used.append(thread_time())

    other, began = Thread(target=count), thread_time()
    other.start()
    for _ in range(3):
        pack(MAGIC, {}, much)
    ours = thread_time() - began
    over.set()
    other.join()
    assert used[0] > ours / 2
