"""The hash lists for a check: the installed lists of a configuration, or files on a workstation without one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import ceil
from pathlib import Path

from config.faults import Fault, Refused
from config.layout import Layout
from config.settings import Settings
from matcher.hash_lists import photodna
from matcher.hash_lists.entry import ListHeader
from matcher.hash_lists.importing import Imported, ListFormat, import_list
from matcher.limits import ExaminationLimits
from matcher.matching.judge import IndexJudge
from scanner.hash_lists import store as hash_store
from scanner.hash_lists.index_cache import judge_of
from scanner.keys.keyring import hash_lists_identity


@dataclass(frozen=True, slots=True)
class Compared:
    """A judge, the limits of a picture, and the time of the newest change of a list (UTC seconds)."""

    judge: IndexJudge
    limits: ExaminationLimits
    changed: float
    faults: tuple[Fault, ...] = ()
    """Rejected records."""
    confinement_without: tuple[str, ...] = ()
    """Confinement layers that the configuration accepts as missing."""


def at_rest(settings: Settings) -> Compared | Refused:
    """Return the installed hash lists of a scanner, with its limits for pictures."""
    layout = Layout.of(settings)
    identity = hash_lists_identity(layout)
    if isinstance(identity, Refused):
        return identity
    loaded = hash_store.load(layout, identity)
    if isinstance(loaded, Refused):
        return loaded
    if not loaded.lists:
        fix = "Import one with `sightline hashes import`, or name a file with --hashes."
        return Refused((Fault("hash lists", "there is none, and every picture would end as `no match`", fix),))
    newest = _newest(list(layout.hash_lists.iterdir()))
    without = settings.host.confinement_without
    licensed = photodna.plug_in()
    if isinstance(licensed, Refused):
        return licensed
    judge = judge_of(layout, identity, loaded.lists, licensed)
    return Compared(judge, _limits(settings), newest, confinement_without=without)


@dataclass(frozen=True, slots=True)
class Meaning:
    """Options for files of hashes: format, categories that count (None for all), PDQ threshold."""

    reader: ListFormat
    categories: tuple[str, ...] | None
    threshold_bits: int


def of_files(files: Sequence[Path], meaning: Meaning) -> Compared | Refused:
    """Read hash lists from files for this run, as `sightline hashes import` does. Each has the name of its file.

    Refused if a file cannot be read, is truncated, or holds no entry.
    """
    read = {name: _of_file(name, path, meaning) for name, path in _names(files).items()}
    refused = {name: result for name, result in read.items() if isinstance(result, Refused)}
    if refused:
        return Refused(_named(refused))
    lists = {name: result for name, result in read.items() if isinstance(result, Imported)}
    licensed = photodna.plug_in()
    if isinstance(licensed, Refused):
        return licensed
    judge = IndexJudge([imported.hash_list for imported in lists.values()], licensed=licensed)
    return Compared(judge, ExaminationLimits(), _newest(files), _named(lists))


def _of_file(name: str, path: Path, meaning: Meaning) -> Imported | Refused:
    header = ListHeader(name, "", "", "", "", meaning.threshold_bits)
    try:
        with path.open("rb") as untrusted_file:
            imported = import_list(untrusted_file, meaning.reader, header, meaning.categories)
    except OSError as error:
        return Refused((Fault("", f"cannot be read ({error.strerror})", "Check the path and permissions."),))
    if isinstance(imported, Imported) and not len(imported.hash_list.entries):
        return Refused((Fault("", "holds no entry", "Name a list with entries: nothing could match."),))
    return imported


def _names(files: Sequence[Path]) -> dict[str, Path]:
    """Return a unique name for each file: two lists of one name would count as a list and its update."""
    once = {path.resolve(): path for path in files}.values()
    short = [path.name for path in once]
    return {path.name if short.count(path.name) == 1 else str(path): path for path in once}


def _named(read: Mapping[str, Imported | Refused]) -> tuple[Fault, ...]:
    """Return every fault with the name of its file."""
    return tuple(
        replace(fault, where=f"{name}, {fault.where}" if fault.where else name)
        for name, result in read.items()
        for fault in result.faults
    )


def _newest(files: Sequence[Path]) -> float:
    return max(path.stat().st_mtime for path in files)


def _limits(settings: Settings) -> ExaminationLimits:
    """Return the limits of the scanner, except for bytes: that limit is for fetched pictures."""
    matcher = settings.matcher
    return ExaminationLimits(
        max_pixels=matcher.picture_pixels_max,
        max_frames=matcher.frames_max,
        max_scans=matcher.scans_max,
        seconds_per_picture=ceil(matcher.seconds_per_picture),
        worker_memory_bytes=matcher.worker_memory_bytes,
    )
