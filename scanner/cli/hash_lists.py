"""Hash lists, shown to people and to programs."""

from collections.abc import Iterator, Mapping
from typing import Final

from rich.table import Table

from matcher.hash_lists.entry import HASH_BYTES
from matcher.hash_lists.hash_list import HashList
from matcher.hash_lists.photodna_value import PHOTODNA, count_carried


def described(hash_list: HashList) -> dict[str, object]:
    """Return a list in force, for programs."""
    header = hash_list.header
    return {
        "list": header.name,
        "issuer": header.issuer,
        "version": header.version,
        "kind": header.kind,
        "category_scheme": header.category_scheme,
        "sha256": header.sha256,
        "checkpoint": header.checkpoint,
        "harmless": header.harmless,
        "pdq_threshold_bits": header.pdq_threshold_bits,
        "entries": len(hash_list),
        "carrying": count_hashes(hash_list),
        "withdrawn": len(hash_list.withdrawn),
        "held": sorted(hash_list.held),
    }


def table(lists: tuple[HashList, ...]) -> Table:
    """Show the lists in force, for people."""
    heads = ("list", "issuer", "version", "kind", "entries", "carrying", "threshold", "withdrawn", "on hold")
    shown = Table(*heads, box=None)
    for entry_list in lists:
        header = entry_list.header
        carried = ", ".join(f"{count:,} {kind}" for kind, count in count_hashes(entry_list).items())
        name = f"{header.name} (harmless)" if header.harmless else header.name
        counts = (f"{header.pdq_threshold_bits} bits", f"{len(entry_list.withdrawn):,}", f"{len(entry_list.held):,}")
        shown.add_row(name, header.issuer, header.version, header.kind, f"{len(entry_list):,}", carried, *counts)
    return shown


PICTURE_HASHES: Final = ("md5", "sha1", "sha256", "pdq", "phash", PHOTODNA)


def carrying_line(carried: Mapping[str, int]) -> str:
    """Return which hashes an import brings, and which not: a column that was not understood shows here."""
    counts = ", ".join(f"{count:,} {name}" for name, count in carried.items()) or "nothing"
    missing = ", ".join(name for name in PICTURE_HASHES if name not in carried)
    return f"carrying: {counts}" + (f"; nothing of: {missing}" if missing else "")


def count_hashes(hash_list: HashList) -> dict[str, int]:
    """Return how many entries carry each kind of hash."""
    counts = {kind: len(hash_list.entries.having(kind)) for kind in HASH_BYTES}
    counts[PHOTODNA] = count_carried(hash_list.entries.attributes)
    return {kind: count for kind, count in counts.items() if count}


_SHOWN_HELD = 20


def held_lines(lists: tuple[HashList, ...]) -> Iterator[str]:
    """Yield the entries on hold, and how a hold ends."""
    for entry_list in lists:
        if entry_list.held:
            more = f" and {len(entry_list.held) - _SHOWN_HELD:,} more" if len(entry_list.held) > _SHOWN_HELD else ""
            ids = ", ".join(entry_list.held[:_SHOWN_HELD]) + more
            yield f"On hold in {entry_list.header.name}, until a person has reviewed it: {ids}"
            yield f"  `sightline hashes hold --release {entry_list.header.name} ENTRY` ends a hold."
