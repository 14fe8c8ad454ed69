"""The operator's settings: frozen values with their units in their names.

Rules: unknown keys are refused; types are strict (a number in quotes is not a number); a value that cannot work is
refused here and not where it is used. Paths are absolute once loaded: a relative one starts from the folder of the
configuration file. No value is a secret; secrets are files, and the settings hold only their paths.

docs/configuration.md explains every key for operators; `config.template` writes them all, commented, with defaults.
"""

import hashlib
import re
from pathlib import Path
from typing import Annotated, Literal, Self, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationInfo,
    model_validator,
)

from config.keys import checked_age_key, checked_minisign_key
from config.text import Line, NamedLine


def _anchored(value: object, info: ValidationInfo) -> object:
    """Resolve a relative path from the configuration file's folder, which the loader passes as context."""
    if not isinstance(value, str | Path):
        return value
    if "\0" in str(value):
        msg = "a path cannot hold a zero byte"
        raise ValueError(msg)
    folder: Path = (info.context or {}).get("folder", Path())
    return folder / Path(value).expanduser()


def _anchored_or_none(value: object, info: ValidationInfo) -> object:
    return None if value == "" else _anchored(value, info)


def _none_if_empty(value: object) -> object:
    return None if value == "" else value


def _endpoint(text: str) -> str:
    """HOST:PORT on this machine. Tor's ports are never spoken to across a network."""
    matched = re.fullmatch(r"(127\.0\.0\.1|\[::1\]):([0-9]{1,5})", text)
    if matched is None or not 0 < int(matched[2]) < 2**16:
        msg = "not an address and port of this machine, such as 127.0.0.1:9050"
        raise ValueError(msg)
    return text


def _category(text: str) -> str:
    _, slash, name = text.partition("/")
    if not slash or not name or "/" in name:
        msg = "must be of the form SCHEME/category, with one slash, as the lists name it"
        raise ValueError(msg)
    return text


def _sqlite_only(url: str) -> str:
    if url:
        msg = "must be empty: this version knows no other database than the SQLite in the state directory"
        raise ValueError(msg)
    return url


FilePath = Annotated[Path, BeforeValidator(_anchored)]
OptionalFilePath = Annotated[Path | None, BeforeValidator(_anchored_or_none)]
"""`""` in the file, None here: not set."""
Endpoint = Annotated[str, AfterValidator(_endpoint)]
Keyed = TypeVar("Keyed", "Authority", "Recipient")
Tier = Literal["exact", "near and confirmed", "near", "wide"]
"""The values of `matcher.verdict.Tier`."""


class Section(BaseModel):
    """One table of the configuration file."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, validate_default=False)


class Organisation(Section):
    """The organisation that runs this scanner: the sender of every referral."""

    name: Line = ""
    contact: Line = ""


class StateSettings(Section):
    """Where the scanner keeps its state."""

    directory: Annotated[FilePath, Field(validate_default=True)] = Path("state")
    store_url: Annotated[Line, AfterValidator(_sqlite_only)] = ""
    """Empty: SQLite in the state directory. Reserved for a later version; no other value is accepted yet."""


class Authority(Section):
    """An authority whose signed lists are obeyed. `name` is the issuer that its lists must state.

    The same name may appear twice with different keys, while an authority changes its key.
    """

    name: NamedLine
    public_key: Annotated[str, AfterValidator(checked_minisign_key)]
    """The base64 line of its minisign public key."""

    @property
    def keys(self) -> tuple[str, ...]:
        """All keys in this table."""
        return (self.public_key,)


class Recipient(Section):
    """A recipient whom findings are sealed to."""

    name: NamedLine
    organisation: Line = ""
    contact: Line = ""
    public_key: Annotated[str, AfterValidator(checked_age_key)]
    """An age public key: `age1...`."""
    earlier_keys: Annotated[tuple[Annotated[str, AfterValidator(checked_age_key)], ...], Field(strict=False)] = ()
    """Its keys before `public_key`, oldest first: it stays the same recipient when its key changes."""
    jurisdiction: Line = ""
    case_number: Line = ""
    """The recipient's own number for this work."""
    receives_jurisdictions: Annotated[tuple[NamedLine, ...], Field(strict=False)] = ()
    """Receives only mandates that name one of these, or none; empty: every mandate."""
    receives_categories: Annotated[
        tuple[Annotated[NamedLine, AfterValidator(_category)], ...], Field(strict=False)
    ] = ()
    """Receives only matches in these categories (`SCHEME/category`), or in none; empty: every match."""

    @property
    def keys(self) -> tuple[str, ...]:
        """All keys it has had, oldest first."""
        return (*self.earlier_keys, self.public_key)

    @property
    def first_key(self) -> str:
        """The key that identifies it, whatever its present key is."""
        return self.keys[0]


def _no_key_twice(people: tuple[Keyed, ...]) -> tuple[Keyed, ...]:
    keys = [key for person in people for key in person.keys]
    twice = next((key for key in keys if keys.count(key) > 1), None)
    if twice is not None:
        msg = f"the public key {twice} stands twice"
        raise ValueError(msg)
    return people


def _no_name_twice(people: tuple[Recipient, ...]) -> tuple[Recipient, ...]:
    names = [person.name.casefold() for person in people]
    if len(set(names)) != len(names):
        msg = "the same name stands twice: a recipient is asked for by name"
        raise ValueError(msg)
    return people


class TorSettings(Section):
    """The tor process: our own, or one that runs already."""

    mode: Literal["own", "running"] = "own"
    program: OptionalFilePath = None
    """None: found on PATH. Used in mode `own`."""
    torrc_extra: OptionalFilePath = None
    """A file whose lines are appended to our torrc (bridges, a private network). Used in mode `own`."""
    socks: Endpoint = "127.0.0.1:9050"
    """Used in mode `running`; our own tor picks free ports."""
    control: Endpoint = "127.0.0.1:9051"
    """Used in mode `running`."""
    control_cookie: OptionalFilePath = None
    """The cookie file of the running tor; None: the place that tor itself names."""
    control_password_file: OptionalFilePath = None
    """A file with the control password of the running tor, for a tor without cookie."""
    seconds_to_bootstrap: Annotated[int, Field(ge=5, le=3600)] = 300
    gate: bool = True
    """Whether tor itself refuses every stream to an address that is not listed."""
    processes: Annotated[int, Field(ge=1, le=64)] = 1
    """How many tors of our own share the sites. Used in mode `own`."""
    canary: Annotated[str, StringConstraints(pattern=r"\A(?:[a-z2-7]{56}\.onion)?\z")] = ""
    """An onion service that is known to be up; it must be on a signed list. Empty: none."""

    @model_validator(mode="after")
    def _running_is_one(self) -> Self:
        if self.mode == "running" and self.processes != 1:
            msg = "processes is for tors of our own (mode `own`)"
            raise ValueError(msg)
        return self


class Fetch(Section):
    """The limits of one exchange and of one visit."""

    seconds_per_exchange: Annotated[float, Field(ge=1, le=3600, allow_inf_nan=False)] = 120.0
    page_bytes_max: Annotated[int, Field(ge=1_024, le=64 * 2**20)] = 4 * 2**20
    picture_bytes_max: Annotated[int, Field(ge=1_024, le=512 * 2**20)] = 32 * 2**20
    redirects_max: Annotated[int, Field(ge=0, le=20)] = 5
    pages_per_visit_max: Annotated[int, Field(ge=1, le=1_000_000)] = 500
    pictures_per_visit_max: Annotated[int, Field(ge=1, le=10_000_000)] = 5_000
    bytes_per_visit_max: Annotated[int, Field(ge=1_024, le=2**40)] = 4 * 2**30
    """All bytes received during one visit, headers included."""
    seconds_per_visit_max: Annotated[int, Field(ge=1, le=7 * 86_400)] = 3_600
    cookies: bool = True
    """Whether a visit keeps cookies, in memory and until it ends."""
    user_agent: Annotated[str, StringConstraints(pattern=r"\A[\x20-\x7e]{1,400}\z")] = (
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0"
    )
    """Tor Browser's own, so as not to stand out."""

    conditional: Literal["confirmed", "at once", "never"] = "confirmed"
    """When a site is asked only for changes since the last visit (docs/adr/0016)."""
    full_visit_days: Annotated[int, Field(ge=1, le=365)] = 7
    """How often a visit asks for everything, as a visitor that the site does not know."""
    remembered_days: Annotated[int, Field(ge=1, le=365)] = 90
    """How long after its description a page may be reported as unchanged."""

    @model_validator(mode="after")
    def _deadlines_fit(self) -> Self:
        if self.seconds_per_exchange > self.seconds_per_visit_max:
            msg = "seconds_per_exchange is longer than seconds_per_visit_max"
            raise ValueError(msg)
        return self


class Schedule(Section):
    """When sites are visited. Each list sets how often its sites are due; these are the other rules."""

    tick_seconds: Annotated[float, Field(ge=0.1, le=3600, allow_inf_nan=False)] = 10.0
    sites_in_parallel: Annotated[int, Field(ge=1, le=512)] = 16
    pictures_in_parallel: Annotated[int, Field(ge=1, le=64)] = 4
    """Of one site at once."""
    retry_first_minutes: Annotated[int, Field(ge=1, le=1_440)] = 60
    """How soon after its first failure a site is tried again."""
    retry_most_hours: Annotated[int, Field(ge=1, le=8_760)] = 96
    """The longest wait between two tries of a site that keeps failing."""

    @model_validator(mode="after")
    def _waits_fit(self) -> Self:
        if self.retry_first_minutes > self.retry_most_hours * 60:
            msg = "retry_first_minutes is longer than retry_most_hours"
            raise ValueError(msg)
        return self


class Matcher(Section):
    """The limits of the confined workers, and which matches are referred."""

    workers: Annotated[int, Field(ge=1, le=256)] = 2
    picture_pixels_max: Annotated[int, Field(ge=65_536, le=1_000_000_000)] = 25_000_000
    frames_max: Annotated[int, Field(ge=1, le=10_000)] = 64
    scans_max: Annotated[int, Field(ge=1, le=10_000)] = 64
    """Scans of a progressive JPEG."""
    seconds_per_picture: Annotated[float, Field(ge=0.5, le=600, allow_inf_nan=False)] = 15.0
    worker_memory_bytes: Annotated[int, Field(ge=256 * 2**20, le=64 * 2**30)] = 2**30
    hold_beyond_sites: Annotated[int, Field(ge=1, le=1_000_000)] = 100
    """An entry that hits on more unrelated sites than this is put on hold until a person has reviewed it."""
    keep_fingerprints: bool = False
    """Whether the hashes of every picture are kept, to be judged again when a hash list changes (docs/adr/0016)."""
    referred_tiers: Annotated[tuple[Tier, ...], Field(strict=False, min_length=1)] = (
        "exact",
        "near and confirmed",
        "near",
    )


class ReportSettings(Section):
    """The fields of every record and referral."""

    test: bool = False
    """Marks everything as a test and not production."""
    handling: Line = ""
    """A handling caveat; a list's own caveat takes precedence."""
    outbox: OptionalFilePath = None
    """Where referrals are written; None: `outbox` in the state directory."""
    referral_minutes: Annotated[int, Field(ge=1, le=44_640)] = 60
    """How often `sightline run` makes referrals of new records."""


class Log(Section):
    """Structured log lines on standard error: never a URL of a finding, never bytes of an answer."""

    level: Literal["debug", "info", "warning", "error"] = "info"
    form: Literal["auto", "plain", "json"] = "auto"
    """`auto`: plain on a terminal, JSON otherwise."""


ConfinementLayer = Literal["namespaces", "landlock", "seccomp"]
"""Those of `matcher.worker.layers.Layer` that a machine may lack and others cover in part."""


def _some_remain(layers: tuple[ConfinementLayer, ...]) -> tuple[ConfinementLayer, ...]:
    if {"landlock", "seccomp"} <= set(layers):
        msg = "landlock and seccomp cannot both be given up: nothing else keeps a worker from opening files"
        raise ValueError(msg)
    return layers


class MetricsSettings(Section):
    """Figures for a monitoring system on this machine. No address, nothing of what was found."""

    endpoint: Annotated[Endpoint | None, BeforeValidator(_none_if_empty)] = None
    """Where Prometheus may ask; None: nowhere."""


class Host(Section):
    """What is accepted of the machine itself."""

    unencrypted_swap_accepted: bool = False
    """Swap without encryption can keep bytes from a site; unless accepted, the doctor calls it a fault."""
    confinement_without: Annotated[tuple[ConfinementLayer, ...], Field(strict=False), AfterValidator(_some_remain)] = ()
    """Layers of the workers' confinement that may be absent here. Every report states those that are."""


class Settings(Section):
    """The whole configuration. Every section may be left out."""

    organisation: Organisation = Organisation()
    state: StateSettings = StateSettings()
    authorities: Annotated[tuple[Authority, ...], Field(strict=False), AfterValidator(_no_key_twice)] = ()
    recipients: Annotated[
        tuple[Recipient, ...], Field(strict=False), AfterValidator(_no_key_twice), AfterValidator(_no_name_twice)
    ] = ()
    tor: TorSettings = TorSettings()
    fetch: Fetch = Fetch()
    schedule: Schedule = Schedule()
    matcher: Matcher = Matcher()
    report: ReportSettings = ReportSettings()
    log: Log = Log()
    metrics: MetricsSettings = MetricsSettings()
    host: Host = Host()

    def sha256(self) -> str:
        """Hex over the effective values: which configuration a record was made under."""
        return hashlib.sha256(self.model_dump_json().encode()).hexdigest()
