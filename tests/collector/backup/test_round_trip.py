"""What was backed up comes back: while rows are written, and at another schema."""

import json
import os
import sqlite3
import stat
import tarfile
import threading
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import text

from sickbay_collector.backup.restore import restore_backup
from sickbay_collector.backup.write import Sources, make_backup, sources
from sickbay_collector.core.errors import ConfigError, ConflictError, InvalidError, StoreError
from sickbay_collector.db import migrate
from sickbay_collector.db.engine import open_engine
from sickbay_collector.db.snapshot import check_copy, copy_database
from tests.collector.backup.conftest import PROMISE, RULE, SKILL, Site

NOW = datetime(2026, 11, 20, 12, 30, tzinfo=UTC)
# Pages of 8 KiB: each commit changes some, and a copy of them takes many steps.
_ROW_BYTES = 20_000


def _quiet(work: str, done: int, total: int) -> None:
    assert work
    assert 0 <= done <= total


def _back_up(what: Sources, file: Path, *, overwrite: bool = False) -> None:
    make_backup(what, file, now=NOW, overwrite=overwrite, progress=_quiet)


def _numbers(database: Path) -> list[int]:
    with closing(sqlite3.connect(database)) as connection:
        return [row[0] for row in connection.execute("SELECT number FROM written ORDER BY number")]


class _Writer(threading.Thread):
    """Commits row after row on a connection of its own, as another process would."""

    def __init__(self, database: Path) -> None:
        super().__init__()
        self._database = database
        self.stop = threading.Event()
        self.committed = 0
        self.many = threading.Event()
        self.wrote = threading.Event()

    def run(self) -> None:
        with closing(sqlite3.connect(self._database, timeout=10, isolation_level=None)) as writer:
            while not self.stop.is_set() and self.committed < 5000:
                writer.execute(
                    "INSERT INTO written VALUES (?, zeroblob(?))", (self.committed, _ROW_BYTES)
                )
                self.committed += 1
                self.wrote.set()
                if self.committed == 50:
                    self.many.set()


@pytest.fixture
def writer(site: Site) -> _Writer:
    """A writer whose table is there."""
    with site.engine.begin() as connection:
        connection.execute(text("CREATE TABLE written (number INTEGER PRIMARY KEY, filler BLOB)"))
    return _Writer(site.folder / "collector.db")


def test_a_backup_under_writes_holds_a_prefix_of_the_commits(
    site: Site, writer: _Writer, tmp_path: Path
) -> None:
    """All that was committed when it began, in order, and the database is whole."""
    writer.start()
    assert writer.many.wait(60)
    before = writer.committed

    def while_it_is_written(work: str, done: int, total: int) -> None:
        _quiet(work, done, total)
        while writer.committed <= before:
            assert writer.wrote.wait(60)
            writer.wrote.clear()

    make_backup(
        site.sources, tmp_path / "b.tgz", now=NOW, overwrite=False, progress=while_it_is_written
    )
    after = writer.committed
    writer.stop.set()
    writer.join()
    restore_backup(tmp_path / "b.tgz", tmp_path / "new", progress=_quiet)

    numbers = _numbers(tmp_path / "new" / "collector.db")
    check_copy(tmp_path / "new" / "collector.db")
    assert numbers == list(range(len(numbers)))
    assert before <= len(numbers) <= after + 1
    assert before < after


def test_a_commit_between_two_steps_stays_out_of_the_copy(
    site: Site, writer: _Writer, tmp_path: Path
) -> None:
    """The copy is of one moment, and no writer makes it begin anew."""
    steps: list[int] = []
    with closing(sqlite3.connect(site.folder / "collector.db", isolation_level=None)) as other:
        other.execute("INSERT INTO written VALUES (0, zeroblob(?))", (_ROW_BYTES,))

        def commit_one(done: int, total: int) -> None:
            assert done <= total
            steps.append(done)
            other.execute("INSERT INTO written VALUES (?, zeroblob(?))", (len(steps), _ROW_BYTES))

        copy_database(
            site.folder / "collector.db", tmp_path / "copy.db", commit_one, pages_a_step=10
        )

    assert len(steps) > 3
    assert steps == sorted(set(steps))
    assert _numbers(tmp_path / "copy.db") == [0]
    assert writer.committed == 0


def test_everything_comes_back_and_is_its_owners(site: Site, tmp_path: Path) -> None:
    _back_up(site.sources, tmp_path / "b.tgz")
    restored = restore_backup(tmp_path / "b.tgz", tmp_path / "new" / "state", progress=_quiet)
    state = tmp_path / "new" / "state"
    files = {path.relative_to(state).as_posix(): path for path in state.rglob("*")}

    assert sorted(files) == [
        "ca", "ca/ca.crt", "ca/ca.key", "collector.db", "desk.d", "desk.d/site.yaml",
        "rules.d", "rules.d/site.yaml", "sla.d", "sla.d/site.yaml"
    ]  # fmt: skip
    assert files["rules.d/site.yaml"].read_text() == RULE
    assert files["sla.d/site.yaml"].read_text() == PROMISE
    assert files["desk.d/site.yaml"].read_text() == SKILL
    for name in ("ca/ca.key", "ca/ca.crt"):
        assert files[name].read_bytes() == (site.folder / name).read_bytes()
    modes = {stat.S_IMODE(path.stat().st_mode) for path in files.values() if path.is_file()}
    assert modes == {0o600}
    assert stat.S_IMODE(state.stat().st_mode) == 0o700
    assert stat.S_IMODE((tmp_path / "b.tgz").stat().st_mode) == 0o600
    assert not restored.needs_migration
    assert restored.manifest.schema_revision == migrate.head()
    engine = open_engine(f"sqlite:///{state}/collector.db")
    migrate.check(engine)
    engine.dispose()


def test_tar_can_read_it_too(site: Site, tmp_path: Path) -> None:
    """Whoever has no Sickbay at hand; the manifest comes first."""
    _back_up(site.sources, tmp_path / "b.tgz")
    with tarfile.open(tmp_path / "b.tgz") as tar:
        names = tar.getnames()
        stream = tar.extractfile("manifest.json")
        assert stream is not None
        manifest = json.load(stream)

    assert names[0] == "manifest.json"
    assert names[1:] == [member["name"] for member in manifest["members"]]
    assert manifest["created_at"] == "2026-11-20T12:30:00+00:00"


def test_nothing_else_is_left_beside_it(site: Site, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    _back_up(site.sources, tmp_path / "out" / "b.tgz")

    assert [path.name for path in (tmp_path / "out").iterdir()] == ["b.tgz"]


def test_an_older_schema_is_backed_up_and_has_to_be_migrated(site: Site, tmp_path: Path) -> None:
    """A backup is what `sickbay migrate` asks for first."""
    migrate.downgrade(site.engine, "-1")
    older = migrate.current(site.engine)
    _back_up(site.sources, tmp_path / "b.tgz")
    restored = restore_backup(tmp_path / "b.tgz", tmp_path / "new", progress=_quiet)
    engine = open_engine(f"sqlite:///{tmp_path}/new/collector.db")
    found = migrate.current(engine)
    migrate.upgrade(engine)
    migrate.check(engine)
    engine.dispose()

    assert restored.needs_migration
    assert restored.manifest.schema_revision == older == found != migrate.head()


def test_a_newer_schema_is_not_restored(site: Site, tmp_path: Path) -> None:
    with site.engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    _back_up(site.sources, tmp_path / "b.tgz")

    with pytest.raises(StoreError, match="9999, newer than this program"):
        restore_backup(tmp_path / "b.tgz", tmp_path / "new", progress=_quiet)
    assert not (tmp_path / "new").exists()


def test_a_file_is_replaced_only_when_told(site: Site, tmp_path: Path) -> None:
    (tmp_path / "b.tgz").write_text("precious")
    with pytest.raises(ConflictError, match=r"b\.tgz is there already: .*--force"):
        _back_up(site.sources, tmp_path / "b.tgz")
    assert (tmp_path / "b.tgz").read_text() == "precious"
    _back_up(site.sources, tmp_path / "b.tgz", overwrite=True)

    assert tarfile.is_tarfile(tmp_path / "b.tgz")


def test_a_target_that_is_not_empty_is_left_alone(site: Site, tmp_path: Path) -> None:
    _back_up(site.sources, tmp_path / "b.tgz")
    (tmp_path / "new").mkdir()
    (tmp_path / "new" / "note").write_text("mine")

    with pytest.raises(ConflictError, match="new is not empty"):
        restore_backup(tmp_path / "b.tgz", tmp_path / "new", progress=_quiet)
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["note"]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
def test_root_restores_for_the_owner_of_the_directory(site: Site, tmp_path: Path) -> None:
    """Else the collector's own user could not read what root unpacked."""
    _back_up(site.sources, tmp_path / "b.tgz")
    (tmp_path / "new").mkdir(mode=0o700)
    os.chown(tmp_path / "new", 65534, 65534)
    restore_backup(tmp_path / "b.tgz", tmp_path / "new", progress=_quiet)

    assert {path.stat().st_uid for path in (tmp_path / "new").rglob("*")} == {65534}


def test_a_full_disk_is_told_before_it_is_full(site: Site, tmp_path: Path) -> None:
    _back_up(site.sources, tmp_path / "b.tgz")

    with pytest.raises(StoreError, match=r"the backup needs \d+ bytes, 1000 are free here"):
        restore_backup(
            tmp_path / "b.tgz", tmp_path / "new", progress=_quiet, free=lambda _folder: 1000
        )
    assert not (tmp_path / "new").exists()


def test_postgresql_is_left_to_its_own_tool(site: Site, tmp_path: Path) -> None:
    """What is beside the database can be backed up here."""
    folders = [site.folder / name for name in ("ca", "rules.d", "sla.d", "desk.d")]
    with pytest.raises(ConfigError, match=r"pg_dump.*--without-database"):
        sources(None, *folders, with_database=True)
    _back_up(sources(None, *folders, with_database=False), tmp_path / "b.tgz")
    restored = restore_backup(tmp_path / "b.tgz", tmp_path / "new", progress=_quiet)

    assert not restored.manifest.has_database
    assert not restored.needs_migration
    assert sorted(path.name for path in (tmp_path / "new").iterdir()) == [
        "ca",
        "desk.d",
        "rules.d",
        "sla.d",
    ]


def test_a_damaged_database_makes_no_backup(site: Site, tmp_path: Path) -> None:
    """Rather none than one that cannot be restored."""
    site.engine.dispose()
    database = site.folder / "collector.db"
    data = bytearray(database.read_bytes())
    data[8192 * 2 : 8192 * 12] = b"\xff" * 8192 * 10
    database.write_bytes(data)

    with pytest.raises(StoreError, match=r"database .*(damaged|malformed)") as raised:
        _back_up(site.sources, tmp_path / "b.tgz")
    assert "\n" not in str(raised.value)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["site"]


@pytest.mark.parametrize(
    ("missing", "says"),
    [
        pytest.param("collector.db", r"database .*collector\.db is not there", id="database"),
        pytest.param("ca/ca.key", r"ca\.key is not there: devices trust", id="key"),
        pytest.param("ca/ca.crt", r"ca\.crt is not there: devices trust", id="certificate"),
    ],
)
def test_what_is_missing_is_named(site: Site, tmp_path: Path, missing: str, says: str) -> None:
    site.engine.dispose()
    (site.folder / missing).unlink()

    with pytest.raises(StoreError, match=says):
        _back_up(site.sources, tmp_path / "b.tgz")
    assert not (site.folder / missing).exists()


def test_a_place_that_cannot_be_written_is_named(site: Site, tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="no is no directory: make it first"):
        _back_up(site.sources, tmp_path / "no" / "b.tgz")
    with pytest.raises(ConflictError, match="is a directory: name a file in it"):
        _back_up(site.sources, tmp_path)


@pytest.mark.parametrize(
    ("letters", "fits"), [pytest.param(87, True, id="at"), pytest.param(88, False, id="past")]
)
def test_the_name_of_a_rule_file_has_a_limit(
    site: Site, tmp_path: Path, letters: int, *, fits: bool
) -> None:
    """100 bytes with its folder, which is what the header of an archive holds."""
    name = f"{'x' * letters}.yaml"
    (site.folder / "rules.d" / name).write_text(RULE)
    if not fits:
        with pytest.raises(InvalidError, match="must be plain and have at most 92 bytes"):
            _back_up(site.sources, tmp_path / "b.tgz")
        return
    _back_up(site.sources, tmp_path / "b.tgz")
    restore_backup(tmp_path / "b.tgz", tmp_path / "new", progress=_quiet)

    assert (tmp_path / "new" / "rules.d" / name).read_text() == RULE


@pytest.mark.parametrize(
    ("size_bytes", "fits"),
    [pytest.param(1024**2, True, id="at"), pytest.param(1024**2 + 1, False, id="past")],
)
def test_a_rule_file_has_a_limit(
    site: Site, tmp_path: Path, size_bytes: int, *, fits: bool
) -> None:
    (site.folder / "rules.d" / "large.yaml").write_bytes(b"#" * size_bytes)
    if not fits:
        with pytest.raises(InvalidError, match=r"large\.yaml: is larger than 1048576 bytes"):
            _back_up(site.sources, tmp_path / "b.tgz")
        return
    _back_up(site.sources, tmp_path / "b.tgz")

    assert (tmp_path / "b.tgz").exists()
