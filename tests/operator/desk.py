"""An operator's desk: a real installation in a folder of the test, its commands, and a daemon over simulated sites."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from threading import Event
from typing import Any
from uuid import uuid4

from click.testing import CliRunner, Result

from config.clock import utc_now
from config.faults import Fault, Refused
from config.layout import Layout
from config.load import load
from config.settings import Settings
from matcher.verdict import Tier
from reports.ledger import Ledger
from reports.record import Policy
from reports.seal import new_identity
from scanner.audience import Audience, Told
from scanner.cli.main import main
from scanner.daemon import Daemon
from scanner.fetch.causes import Cause
from scanner.flood_hold import Held
from scanner.keyring import ledger_keys
from scanner.lists_in_force import ListsInForce
from scanner.logs import Events
from tests.authority.making import KEY, a_list, a_target, address, signed
from tests.simulators.onions import Reply, SimulatedOnions, SimulatedTor, page_of
from tests.visit.scene import Scene

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

    def run(self, *words: str) -> Result:
        return CliRunner().invoke(main, ["--config", str(self.configuration), *words], catch_exceptions=False)

    def json(self, *words: str) -> Any:  # noqa: ANN401 - whatever the command says
        return json.loads(self.run(*words, "--json").stdout)

    def settings(self) -> Settings:
        settings = load(self.configuration)
        assert not isinstance(settings, Refused), settings
        return settings

    def scanner(self, replies: Mapping[str, Reply | Cause] | None = None) -> "SimulatedScanner":
        """What a daemon drives, over this installation. Sites answer with an empty page unless told otherwise."""
        everywhere = {f"http://{address(number)}/": page_of() for number in range(1, 10)}
        return SimulatedScanner(self.settings(), {**everywhere, **(replies or {})})


class NothingHeld:
    def told(self) -> tuple[Held, ...]:
        return ()


@dataclass
class SimulatedScanner:
    """`scanner.daemon.Scanner` over a real ledger and real lists, and simulated sites."""

    settings: Settings
    replies: Mapping[str, Reply | Cause]
    run_id: str = "run"
    stop: Event = field(default_factory=Event)

    def __post_init__(self) -> None:
        self.layout = Layout.of(self.settings)
        keys = ledger_keys(self.settings, self.layout)
        assert not isinstance(keys, Refused), keys
        ledger = Ledger.open(self.layout.store, keys, utc_now)
        assert not isinstance(ledger, Refused), ledger
        self.ledger, self.tor, self.flood = ledger, SimulatedTor(), NothingHeld()
        self.onions = SimulatedOnions(self.replies, utc_now)
        audience = Audience((Told(self.settings.recipients[0].public_key, Policy((Tier.EXACT,))),))
        self.lists = ListsInForce(self.layout.lists, self.settings.authorities, ledger, audience)
        self.lists.refresh(utc_now())
        aside = self.layout.directory / f"scene-{uuid4()}"
        aside.mkdir()
        rehearsed = Scene(aside, {}).world()
        self.world = replace(
            rehearsed,
            permits=self.lists.permits,
            fetcher=self.onions,
            ledger=ledger,
            tor=self.tor,
            clock=utc_now,
            audience=audience,
        )

    def refresh(self) -> tuple[Fault, ...]:
        self.lists.follow(utc_now())
        return self.lists.faults

    def daemon(self) -> Daemon:
        return Daemon(self, Events(), self.stop)
