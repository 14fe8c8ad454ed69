"""The lists to compare with: those at rest under a configuration, or files for a workstation without one."""

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
    """A judge, how much a picture may cost, and when the newest of the lists was last changed (UTC seconds)."""

    judge: IndexJudge
    limits: ExaminationLimits
    changed: float
    faults: tuple[Fault, ...] = ()
    """Records that were kept out."""
    confinement_without: tuple[str, ...] = ()
    """Layers of the workers' confinement that the configuration accepts as absent."""


def at_rest(settings: Settings) -> Compared | Refused:
    """The hash lists of a configured scanner, with its limits for pictures."""
    layout = Layout.of(settings)
    identity = hash_lists_identity(layout)
    if isinstance(identity, Refused):
        return identity
    loaded = hash_store.load(layout, identity)
    if isinstance(loaded, Refused):
        return loaded
    if not loaded.lists:
        mend = "Import one with `sightline hashes import`, or name a file with --hashes."
        return Refused((Fault("hash lists", "there is none, and every picture would end as `no match`", mend),))
    newest = _newest(list(layout.hash_lists.iterdir()))
    without = settings.host.confinement_without
    licensed = photodna.plug_in()
    if isinstance(licensed, Refused):
        return licensed
    judge = judge_of(layout, identity, loaded.lists, licensed)
    return Compared(judge, _limits(settings), newest, confinement_without=without)


@dataclass(frozen=True, slots=True)
class Meaning:
    """What files of known hashes are: their format, the categories that accuse (None for all), the PDQ threshold."""

    reader: ListFormat
    categories: tuple[str, ...] | None
    threshold_bits: int


def of_files(files: Sequence[Path], meaning: Meaning) -> Compared | Refused:
    """Hash lists in files as for `sightline hashes import`, held in memory for this run. Each is named as its file.

    Refused when a file cannot be read, is truncated, or holds no entry.
    """
    read = {name: _of_file(name, path, meaning) for name, path in _names(files).items()}
    refused = {name: one for name, one in read.items() if isinstance(one, Refused)}
    if refused:
        return Refused(_named(refused))
    lists = {name: one for name, one in read.items() if isinstance(one, Imported)}
    licensed = photodna.plug_in()
    if isinstance(licensed, Refused):
        return licensed
    judge = IndexJudge([one.hash_list for one in lists.values()], licensed=licensed)
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
    """A name for each file that no other has: two lists of one name would be taken for a list and its change."""
    once = {path.resolve(): path for path in files}.values()
    short = [path.name for path in once]
    return {path.name if short.count(path.name) == 1 else str(path): path for path in once}


def _named(read: Mapping[str, Imported | Refused]) -> tuple[Fault, ...]:
    """Every fault, with the file that it lies in."""
    return tuple(
        replace(fault, where=f"{name}, {fault.where}" if fault.where else name)
        for name, one in read.items()
        for fault in one.faults
    )


def _newest(files: Sequence[Path]) -> float:
    return max(path.stat().st_mtime for path in files)


def _limits(settings: Settings) -> ExaminationLimits:
    """The scanner's own, but for the bytes of a picture: that limit is for what is fetched."""
    matcher = settings.matcher
    return ExaminationLimits(
        max_pixels=matcher.picture_pixels_max,
        max_frames=matcher.frames_max,
        max_scans=matcher.scans_max,
        seconds_per_picture=ceil(matcher.seconds_per_picture),
        worker_memory_bytes=matcher.worker_memory_bytes,
    )
