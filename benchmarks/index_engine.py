"""One index in a process of its own: built from codes in shared memory, then timed whenever it is asked to.

    python -m benchmarks.index_engine NAME FD COUNT QUERIES

The codes and, after them, the queries lie in the memory that the descriptor FD names. Each line on standard input asks
for a round; each answer is a line of JSON. CPU time of one thread; memory is what the process holds beyond the codes.
"""

import gc
import json
import mmap
import sys
import time
from collections.abc import Callable
from pathlib import Path

import faiss
import numpy as np
from threatexchange.signal_type.pdq.pdq_index import PDQIndex

from matcher.index.codes import Codes
from matcher.index.multi import MultiIndex

RADIUS = 31

Search = Callable[[int], int]
"""The number of hits of the query with this number."""


def sightline(codes: Codes, queries: Codes) -> Search:
    """This project's index; it owns a copy of the codes, as the others do."""
    index = MultiIndex(codes.copy())
    return lambda number: len(index.search(queries[number : number + 1], RADIUS))


def faiss_flat(codes: Codes, queries: Codes) -> Search:
    """Compare every code, in compiled and vectorised code."""
    return _faiss(faiss.IndexBinaryFlat(256), codes, queries)


def faiss_multihash_16(codes: Codes, queries: Codes) -> Search:
    """16 keys of 16 bits, one flip."""
    return _multihash(16, 16, 1, codes, queries)


def faiss_multihash_11(codes: Codes, queries: Codes) -> Search:
    """11 keys of 23 bits, two flips."""
    return _multihash(11, 23, 2, codes, queries)


def threatexchange(codes: Codes, queries: Codes) -> Search:
    """Return the index of PyPI's `threatexchange`, with a number as each entry's metadata."""
    hashes = [code.tobytes().hex() for code in queries]
    index: PDQIndex[int] = PDQIndex((code.tobytes().hex(), number) for number, code in enumerate(codes))
    return lambda number: len(index.query(hashes[number]))


ENGINES = {
    "sightline": sightline,
    "faiss Flat": faiss_flat,
    "faiss MultiHash 16 x 16": faiss_multihash_16,
    "faiss MultiHash 11 x 23": faiss_multihash_11,
    "threatexchange": threatexchange,
}


def _multihash(keys: int, key_bits: int, flips: int, codes: Codes, queries: Codes) -> Search:
    index = faiss.IndexBinaryMultiHash(256, keys, key_bits)
    index.nflip = flips
    return _faiss(index, codes, queries)


def _faiss(index: "faiss.IndexBinary", codes: Codes, queries: Codes) -> Search:
    index.add(codes.view(np.uint8).reshape(-1, 32))
    rows = queries.view(np.uint8).reshape(-1, 32)
    return lambda number: len(index.range_search(rows[number : number + 1], RADIUS + 1)[2])


def main() -> None:
    """Build, say so, and answer rounds until standard input ends."""
    name, descriptor, count, asked = sys.argv[1], *map(int, sys.argv[2:])
    faiss.omp_set_num_threads(1)
    shared = np.frombuffer(mmap.mmap(descriptor, 0, prot=mmap.PROT_READ), dtype="<u8").reshape(-1, 4)
    codes, queries = shared[:count], shared[count : count + asked].copy()
    before, started = _private_bytes(), time.process_time()
    search = ENGINES[name](codes, queries)
    seconds = time.process_time() - started
    gc.collect()
    _say({"build_s": seconds, "bytes_per_entry": (_private_bytes() - before) / count})
    for _ in sys.stdin:
        _say(_round(search, asked))


def _round(search: Search, asked: int) -> dict[str, object]:
    times, hits = [], 0
    for number in range(asked):
        started = time.perf_counter_ns()
        hits += search(number)
        times.append((time.perf_counter_ns() - started) / 1e6)
    return {"times_ms": times, "hits": hits}


def _private_bytes() -> int:
    """Return the process's own memory, without what it shares (the codes)."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return 1024 * int(status.split("RssAnon:")[1].split()[0])


def _say(answer: dict[str, object]) -> None:
    print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
