"""Worth of each tier of a match: how many edited pictures it finds, and how many others it accuses.

    python -m benchmarks.tiers [--quick] [--known 200] [--others 2000] [--json]
    python -m benchmarks.tiers --atlas (see `benchmarks/atlas.py`)

A list holds the PDQ and pHash of generated pictures. Every edit of each is decoded, hashed in all its readings and
judged. Recall is the share of edited pictures whose match with their own entry is of a tier; the rest is missed or
undecided. False positives are matches with another picture's entry: of the edits, and of pictures on no list.
"""

import argparse
import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from rich.console import Console
from rich.progress import track
from rich.table import Table

from benchmarks import atlas
from benchmarks.atlas import in_process
from benchmarks.edits import EVERY, png
from benchmarks.pictures import KINDS, picture
from matcher.fingerprint import Fingerprint
from matcher.hash_lists.entry import Entry, ListHeader
from matcher.hash_lists.hash_list import HashList
from matcher.matching.judge import IndexJudge
from matcher.verdict import Outcome, Tier

NEAR_TIERS = tuple(tier for tier in Tier if tier is not Tier.EXACT)
_OTHERS_SEED = 1_000_000
"""Seeds of the pictures that are on no list start here."""
_PROGRESS = Console(stderr=True)


@dataclass(frozen=True)
class Recall:
    """One edit of one kind: the number of `pictures` matched with their own entry, by surest tier."""

    kind: str
    edit: str
    pictures: int
    tiers: dict[str, int]
    undecided: int
    missed: int


@dataclass(frozen=True)
class FalsePositives:
    """Pictures matched with an entry that is not theirs, by tier, and the number of comparisons."""

    what: str
    pictures: int
    comparisons: int
    tiers: dict[str, int]


class Trial:
    """List of known pictures, and the judge that holds it."""

    def __init__(self, seeds: range) -> None:
        self.known = [(kind, seed) for kind in KINDS for seed in seeds]
        entries = [
            self._entry(kind, seed) for kind, seed in track(self.known, "listing", transient=True, console=_PROGRESS)
        ]
        header = ListHeader("generated", "A benchmark", "1", "scheme", "00" * 32)
        self._judge = IndexJudge([HashList.of(header, entries)])

    def recalls(self) -> Iterator[tuple[Recall, FalsePositives]]:
        """Yield, for each edit and kind, the recall and the false positives."""
        for edit, make in track(EVERY.items(), "editing", transient=True, console=_PROGRESS):
            for kind in KINDS:
                own, others, comparisons = Counter[str](), Counter[str](), 0
                seeds = [seed for known_kind, seed in self.known if known_kind == kind]
                for seed in seeds:
                    found = in_process(make(picture(kind, seed)))
                    comparisons += len(found.readings) * len(self.known)
                    own[self._own(found, _name(kind, seed), others)] += 1
                tiers = {tier.value: own[tier.value] for tier in NEAR_TIERS}
                recall = Recall(kind, edit, len(seeds), tiers, own[Outcome.UNDECIDED], own[Outcome.NO_MATCH])
                yield recall, FalsePositives("edits", len(seeds), comparisons, dict(others))

    def accused(self, seeds: range) -> Iterator[FalsePositives]:
        """Yield, for each kind, the false positives of pictures on no list."""
        for kind in KINDS:
            others, comparisons = Counter[str](), 0
            for seed in track(seeds, f"others: {kind}", transient=True, console=_PROGRESS):
                found = in_process(png(picture(kind, seed)))
                comparisons += len(found.readings) * len(self.known)
                self._own(found, "", others)
            yield FalsePositives(f"unlisted: {kind}", len(seeds), comparisons, dict(others))

    def _own(self, found: Fingerprint, name: str, others: Counter[str]) -> str:
        """Return the tier of the match with the entry of this name, or the outcome; count other entries in `others`."""
        verdict = self._judge.judge(found)
        tiers = {match.entry_id: match.tier.value for match in verdict.matches}
        others.update({tier for entry_id, tier in tiers.items() if entry_id != name})
        missed = Outcome.UNDECIDED if verdict.outcome is Outcome.UNDECIDED else Outcome.NO_MATCH
        return tiers.get(name, missed)

    @staticmethod
    def _entry(kind: str, seed: int) -> Entry:
        plain = in_process(png(picture(kind, seed))).readings[0]
        return Entry(_name(kind, seed), pdq=plain.pdq, phash=plain.phash)


def _name(kind: str, seed: int) -> str:
    return f"{kind}-{seed}"


def show(recalls: list[Recall], false: list[FalsePositives]) -> None:
    """Print the shares of recall by kind, and the counts of false positives."""
    table = Table(
        "edit", *(f"{kind}: near & confirmed / near / wide / undecided / missed, %" for kind in KINDS), box=None
    )
    for edit in EVERY:
        of_kind = {recall.kind: recall for recall in recalls if recall.edit == edit}
        table.add_row(edit, *(_shares(of_kind[kind]) for kind in KINDS))
    Console(width=150).print(table)
    counts = Table("false positives", "pictures", "comparisons", *NEAR_TIERS, box=None)
    for what in dict.fromkeys(positives.what for positives in false):
        same = [positives for positives in false if positives.what == what]
        tiers = [sum(positives.tiers.get(tier, 0) for positives in same) for tier in NEAR_TIERS]
        totals = sum(positives.pictures for positives in same), sum(positives.comparisons for positives in same)
        counts.add_row(what, *(f"{value:,}" for value in (*totals, *tiers)))
    Console(width=150).print(counts)


def _shares(recall: Recall) -> str:
    values = (*recall.tiers.values(), recall.undecided, recall.missed)
    return " / ".join(f"{100 * value / recall.pictures:.0f}" for value in values)


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="a few pictures of each kind")
    parser.add_argument("--known", type=int, default=200, help="pictures on the list")
    parser.add_argument("--others", type=int, default=2000, help="pictures on no list")
    parser.add_argument("--json", action="store_true", help="everything as JSON")
    parser.add_argument("--atlas", action="store_true", help="the atlas of false positives instead")
    parser.add_argument("--each", type=int, default=1300, help="atlas: pictures of each family")
    parser.add_argument("--fonts", type=Path, help="atlas: a folder with Noto fonts, for ten scripts")
    parser.add_argument("--pictures", type=Path, help="atlas: a folder of pictures to add")
    arguments = parser.parse_args()
    if arguments.atlas:
        atlas.run(arguments)
        return
    known, others = (12, 40) if arguments.quick else (arguments.known, arguments.others)
    trial = Trial(range(known // len(KINDS)))
    found = list(trial.recalls())
    recalls = [recall for recall, _ in found]
    false = [positives for _, positives in found]
    false += trial.accused(range(_OTHERS_SEED, _OTHERS_SEED + others // len(KINDS)))
    if arguments.json:
        print(
            json.dumps(
                {"recall": [asdict(r) for r in recalls], "false_positives": [asdict(f) for f in false]}, indent=2
            )
        )
    else:
        show(recalls, false)


if __name__ == "__main__":
    main()
