"""Where each thing lies in the state directory. The only place that knows its file names."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

from config.settings import Settings

FILE_NAME: Final = "sightline.toml"


@dataclass(frozen=True, slots=True)
class Layout:
    """The paths below one state directory; `outbox` may lie elsewhere."""

    directory: Path
    outbox: Path

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """Return the layout that the settings name."""
        directory = settings.state.directory
        return cls(directory, settings.report.outbox or directory / "outbox")

    @property
    def lock(self) -> Path:
        """Held by the one Sightline that works in this state directory."""
        return self.directory / "lock"

    @property
    def store(self) -> Path:
        """The SQLite database: log, sealed records, schedule."""
        return self.directory / "sightline.sqlite3"

    @property
    def timestamps(self) -> Path:
        """Checkpoints of the log with an outside authority's stamp, and those that wait for one."""
        return self.directory / "timestamps"

    @property
    def lists(self) -> Path:
        """Authority lists, each with its signature."""
        return self.directory / "lists"

    @property
    def hash_lists(self) -> Path:
        """Hash lists, encrypted at rest."""
        return self.directory / "hash-lists"

    @property
    def index_snapshot(self) -> Path:
        """The index of large hash lists, encrypted at rest; may be removed at any time."""
        return self.directory / "hash-lists.index.age"

    @property
    def tor(self) -> Path:
        """Tor's data directory: its guards persist here."""
        return self.directory / "tor"

    def tors(self, processes: int) -> tuple[Path, ...]:
        """Return a data directory for each of `count` tors."""
        return (self.tor, *(self.directory / f"tor-{number}" for number in range(2, processes + 1)))

    @property
    def second_tor(self) -> Path:
        """The data directory of the second tor: emptied each time that it is started."""
        return self.directory / "tor-second"

    @property
    def keys(self) -> Path:
        """The scanner's own keys: a folder that only its user may read."""
        return self.directory / "keys"

    @property
    def signing_key(self) -> Path:
        """Signs records and tree heads (Ed25519)."""
        return self.keys / "signing.key"

    @property
    def next_signing_key(self) -> Path:
        """The signing key that is about to take the other's place; there only while keys are being changed."""
        return self.keys / "signing.key.next"

    @property
    def hash_lists_key(self) -> Path:
        """Opens the hash lists (an age identity)."""
        return self.keys / "hash-lists.key"

    @property
    def token_key(self) -> Path:
        """The key of the tokens by which the scanner recognises what it saw."""
        return self.keys / "tokens.key"
