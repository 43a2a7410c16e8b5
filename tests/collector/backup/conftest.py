"""A collector's files: a database with the schema, an authority, a rule of the site."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine

from sickbay_collector.backup.write import Sources
from sickbay_collector.db.engine import open_engine
from sickbay_collector.db.migrate import upgrade
from sickbay_collector.pki.folder import open_authority

NOW = datetime(2026, 11, 20, 12, 30, tzinfo=UTC)
RULE = "- id: disk.full.warn\n  enabled: false\n"

SKILL = "skills: [{id: sap}]\n"
PROMISE = "policies: [{id: low, enabled: false}]\n"


@dataclass(frozen=True, slots=True)
class Site:
    """A state directory."""

    folder: Path
    engine: Engine

    @property
    def sources(self) -> Sources:
        """What a backup of it takes."""
        return Sources(
            database=self.folder / "collector.db",
            ca=self.folder / "ca",
            rules=self.folder / "rules.d",
            sla=self.folder / "sla.d",
            desk=self.folder / "desk.d",
        )


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    """Make one; its database stays open, as the collector's would."""
    folder = tmp_path / "site"
    (folder / "rules.d").mkdir(parents=True)
    (folder / "rules.d" / "site.yaml").write_text(RULE)
    (folder / "sla.d").mkdir()
    (folder / "sla.d" / "site.yaml").write_text(PROMISE)
    (folder / "desk.d").mkdir()
    (folder / "desk.d" / "site.yaml").write_text(SKILL)
    open_authority(folder / "ca", now=NOW)
    engine = open_engine(f"sqlite:///{folder}/collector.db")
    upgrade(engine)
    yield Site(folder, engine)
    engine.dispose()
