"""An operator's desk: a real installation in a folder of the test, its commands, and a daemon over simulated sites."""

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from threading import Event
from time import monotonic
from typing import Any
from uuid import uuid4
from weakref import finalize

from click.testing import CliRunner, Result

from config.clock import Reckoning, utc_now
from config.faults import Fault, Refused
from config.layout import Layout
from config.load import load
from config.settings import Settings
from matcher.hash_lists.hash_list import HashList
from matcher.matching.judge import IndexJudge
from matcher.verdict import Examination, ListInForce, Tier
from reports.crypto.seal import new_identity
from reports.ledger.ledger import Ledger
from reports.record.build import Policy
from scanner.authority.active_lists import ListsInForce
from scanner.authority.permit import ListPermits
from scanner.background.task import PATIENCE_SECONDS
from scanner.cli.main import main
from scanner.daemon.daemon import Daemon
from scanner.daemon.events import Events
from scanner.exchange.failure import FailureCause
from scanner.hash_lists import store as hash_store
from scanner.hash_lists.active_lists import HashListsInForce
from scanner.hash_lists.noisy_entries import Held
from scanner.keys.keyring import hash_lists_identity, ledger_keys
from scanner.referrals.recipients import RecipientRule, Recipients
from scanner.schedule.policy import RetryPolicy
from tests.authority.making import KEY, a_list, a_target, address, signed
from tests.simulators.onions import Reply, SimulatedExaminer, SimulatedOnions, SimulatedTor, page_of
from tests.visit.scene import Scene

PACE = RetryPolicy(timedelta(minutes=10), timedelta(hours=10))
SETTINGS = "\n[schedule]\ntick_seconds = 0.1\n"


class Desk:
    """An installation whose list names the first `sites` made-up addresses."""

    def __init__(self, folder: Path, sites: int = 2, settings: str = SETTINGS) -> None:
        self.folder, self.configuration = folder, folder / "sightline.toml"
        self.sequence = 0
        self.run("init", "--directory", str(folder))
        self.configuration.write_text(
            f'[[authorities]]\nname = "Office of Examples"\npublic_key = "{KEY.public.line()}"\n'
            f'[[recipients]]\nname = "Desk"\npublic_key = "{new_identity()[1]}"\n{settings}'
        )
        self.list_sites([a_target(number, requests_per_minute=6_000) for number in range(1, sites + 1)])

    def list_sites(self, targets: list[dict[str, Any]]) -> None:
        """Bring a new edition of the list into force."""
        now, self.sequence = utc_now(), self.sequence + 1
        window = {"valid_from": now.isoformat(), "valid_until": (now + timedelta(days=90)).isoformat()}
        content, signature = signed(a_list(**window, sequence=self.sequence, targets=targets))
        path = self.folder / "list.json"
        path.write_bytes(content)
        path.with_name("list.json.minisig").write_bytes(signature)
        brought_in = self.run("targets", "import", str(path))
        assert brought_in.exit_code == 0, brought_in.output

    def identity(self) -> str:
        """What the hash lists are sealed to."""
        identity = hash_lists_identity(Layout.of(self.settings()))
        assert not isinstance(identity, Refused), identity
        return identity

    def keep_hashes(self, hash_list: HashList) -> None:
        """Bring a new edition of a hash list to rest."""
        kept = hash_store.keep(Layout.of(self.settings()), self.identity(), hash_list, lambda: None)
        assert kept is None, kept

    def change_hashes(self, name: str, **said: list[str]) -> None:
        """Bring a change to a hash list to rest: what is withdrawn, held, released."""
        layout = Layout.of(self.settings())
        changed = hash_store.append(
            layout, self.identity(), name, lambda one: HashList.saying(one, **said), lambda: None
        )
        assert not isinstance(changed, Refused), changed

    def run(self, *words: str) -> Result:
        return CliRunner().invoke(main, ["--config", str(self.configuration), *words], catch_exceptions=False)

    def json(self, *words: str) -> Any:  # noqa: ANN401 - whatever the command says
        return json.loads(self.run(*words, "--json").stdout)

    def settings(self) -> Settings:
        settings = load(self.configuration)
        assert not isinstance(settings, Refused), settings
        return settings

    def scanner(self, replies: Mapping[str, Reply | FailureCause] | None = None) -> "SimulatedScanner":
        """What a daemon drives, over this installation. Sites answer with an empty page unless told otherwise."""
        everywhere = {f"http://{address(number)}/": page_of() for number in range(1, 10)}
        return SimulatedScanner(self.settings(), {**everywhere, **(replies or {})})


class Blocked:
    """The ledger, one of whose methods waits until somebody lets it go on."""

    def __init__(self, ledger: object, method: str) -> None:
        self._ledger, self._method = ledger, method
        self.begun, self.goes_on = Event(), Event()

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever the ledger has
        method = getattr(self._ledger, name)

        def waits(*args: Any) -> Any:  # noqa: ANN401 - passed on
            self.begun.set()
            assert self.goes_on.wait(30)
            return method(*args)

        return waits if name == self._method else method


class NothingHeld:
    def told(self) -> tuple[Held, ...]:
        return ()


class JudgingExaminer(SimulatedExaminer):
    """A simulated one whose verdicts are a real judge's."""

    def __init__(self, judge: IndexJudge) -> None:
        super().__init__()
        self._judge = judge

    def _true(self, body: bytes) -> Examination:
        fingerprint = super()._true(body).fingerprint
        return Examination(fingerprint, self._judge.judge(fingerprint))

    def lists(self) -> tuple[ListInForce, ...]:
        return self._judge.lists()


@dataclass
class SimulatedScanner:
    """`scanner.daemon.daemon.Scanner` over a real ledger, real lists, hash lists if any, and simulated sites."""

    settings: Settings
    replies: Mapping[str, Reply | FailureCause]
    run_id: str = "run"
    stop: Event = field(default_factory=Event)
    patience_seconds: float = PATIENCE_SECONDS
    refused: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self.layout = Layout.of(self.settings)
        keys = ledger_keys(self.settings, self.layout)
        assert not isinstance(keys, Refused), keys
        ledger = Ledger.open(self.layout.store, keys, utc_now)
        assert not isinstance(ledger, Refused), ledger
        finalize(self, ledger.close)
        self.ledger, self.tor, self.flood = ledger, SimulatedTor(), NothingHeld()
        self.onions = SimulatedOnions(self.replies, utc_now)
        audience = Recipients((RecipientRule(self.settings.recipients[0].public_key, Policy((Tier.EXACT,))),))
        self.lists = ListsInForce(
            self.layout.lists, self.settings.authorities, ledger, audience, PACE, ListPermits((), Reckoning(utc_now))
        )
        self.lists.refresh(utc_now())
        aside = self.layout.directory / f"scene-{uuid4()}"
        aside.mkdir()
        rehearsed = Scene(aside, {}).services()
        self.world = replace(
            rehearsed,
            permits=self.lists.permits,
            fetcher=self.onions,
            ledger=ledger,
            tor=self.tor,
            clock=utc_now,
            seconds=monotonic,
            recipients=audience,
        )
        self.hash_lists: HashListsInForce | None = None
        if any(self.layout.hash_lists.glob(f"*{hash_store.SUFFIX}")):
            self._open_hash_lists()

    def _open_hash_lists(self) -> None:
        identity = hash_lists_identity(self.layout)
        assert not isinstance(identity, Refused), identity
        hash_lists = HashListsInForce.opened(self.layout, identity, self.ledger)
        assert not isinstance(hash_lists, Refused), hash_lists
        self.hash_lists = hash_lists
        self.world = replace(self.world, examiner=JudgingExaminer(hash_lists.judge))

    @property
    def withdrawing(self) -> bool:
        return self.hash_lists is not None and self.hash_lists.withdrawing

    def refused_streams(self) -> dict[str, int]:
        return dict(self.refused)

    def refresh(self) -> tuple[Fault, ...]:
        self.lists.follow(utc_now())
        if self.hash_lists is None:
            return self.lists.faults
        if self.hash_lists.follow(self.patience_seconds):
            self.world = replace(self.world, examiner=JudgingExaminer(self.hash_lists.judge))
        return (*self.lists.faults, *self.hash_lists.faults)

    def daemon(self) -> Daemon:
        return Daemon(self, Events(), self.stop)


def refer(daemon: Daemon) -> None:
    """Have what is due referred, and wait for it."""
    daemon._referring.tell(daemon._events, None)
    daemon._referring.follow(daemon._events, destroys=True)
    daemon._referring.tell(daemon._events, None)
