"""Archives that are damaged or made to do harm: nothing is put in place, nothing outside."""

import gzip
import hashlib
import io
import json
import tarfile
import zlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from sickbay_collector.backup.manifest import allowed_name, decode
from sickbay_collector.backup.restore import restore_backup
from sickbay_collector.backup.write import make_backup
from sickbay_collector.core.errors import InvalidError, SickbayError
from tests.collector.backup.conftest import NOW, Site

Change = Callable[[tarfile.TarInfo], None]


def _quiet(_work: str, _done: int, _total: int) -> None:
    """Show nothing."""


def _member(name: str, data: bytes) -> dict[str, object]:
    return {"name": name, "size_bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}


def _manifest(members: list[dict[str, object]], **changed: object) -> bytes:
    fields: dict[str, object] = {
        "format": 1,
        "version": "0.1.0",
        "schema_revision": None,
        "created_at": "2026-11-20T12:30:00+00:00",
        "members": members,
    }
    return json.dumps(fields | changed).encode()


def _archive(files: Mapping[str, bytes], changed: Mapping[str, Change] | None = None) -> bytes:
    """Return an archive; `changed` alters the headers of some files."""
    plain = io.BytesIO()
    with tarfile.open(fileobj=plain, mode="w", format=tarfile.GNU_FORMAT) as tar:
        for name, data in files.items():
            header = tarfile.TarInfo(name)
            header.size = len(data)
            if changed is not None and name in changed:
                changed[name](header)
            tar.addfile(header, io.BytesIO(data))
    return gzip.compress(plain.getvalue(), 1, mtime=0)


def _backup_of(name: str, data: bytes = b"x") -> bytes:
    return _archive({"manifest.json": _manifest([_member(name, data)]), name: data})


def _set(**values: Any) -> Change:
    def change(header: tarfile.TarInfo) -> None:
        for name, value in values.items():
            setattr(header, name, value)

    return change


def _restore(data: bytes, folder: Path) -> str:
    """Return why it is refused; nothing may be anywhere but the archive."""
    (folder / "b.tgz").write_bytes(data)
    with pytest.raises(SickbayError) as raised:
        restore_backup(folder / "b.tgz", folder / "deep" / "new", progress=_quiet)

    left = [path for path in folder.rglob("*") if path.is_file() or path.is_symlink()]
    assert left == [folder / "b.tgz"]
    assert not (folder / "deep" / "new").exists()
    assert "\n" not in str(raised.value)
    return str(raised.value)


@pytest.mark.parametrize(
    "name",
    [
        pytest.param("../evil", id="out of it"),
        pytest.param("ca/../../evil", id="out of it from a folder"),
        pytest.param("/tmp/evil", id="absolute"),  # noqa: S108 - refused
        pytest.param("ca/sub/ca.key", id="deeper"),
        pytest.param("ca/..", id="parent"),
        pytest.param("ca/", id="folder"),
        pytest.param("ca", id="folder's name"),
        pytest.param("ca/.hidden", id="hidden"),
        pytest.param("agent/agent.toml", id="other folder"),
        pytest.param("collector.db-wal", id="log of the database"),
        pytest.param("ca\\evil", id="backslash"),
        pytest.param("ca/a\nb", id="line break"),
        pytest.param("", id="nothing"),
    ],
)
def test_a_member_with_another_name_is_refused(name: str, tmp_path: Path) -> None:
    """Also when the manifest names it."""
    assert not allowed_name(name)
    assert "may not be in a backup" in _restore(_backup_of(name), tmp_path)


@pytest.mark.parametrize("name", ["collector.db", "ca/ca.key", "rules.d/Größe 2.yaml"])
def test_what_a_backup_holds_is_allowed(name: str) -> None:
    assert allowed_name(name)


@pytest.mark.parametrize(
    ("length", "fits"), [pytest.param(100, True, id="at"), pytest.param(101, False, id="past")]
)
def test_a_name_has_a_limit(length: int, *, fits: bool) -> None:
    assert allowed_name("ca/".ljust(length, "x")) is fits


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(_set(type=tarfile.SYMTYPE, linkname="/etc/passwd", size=0), id="symlink"),
        pytest.param(_set(type=tarfile.LNKTYPE, linkname="b.tgz", size=0), id="hard link"),
        pytest.param(_set(type=tarfile.DIRTYPE, size=0), id="directory"),
        pytest.param(_set(type=tarfile.CHRTYPE, size=0), id="device"),
        pytest.param(_set(type=tarfile.FIFOTYPE, size=0), id="pipe"),
        pytest.param(_set(type=tarfile.XHDTYPE), id="extension header"),
        pytest.param(_set(type=tarfile.GNUTYPE_LONGNAME), id="long name"),
        pytest.param(_set(type=tarfile.GNUTYPE_SPARSE), id="sparse file"),
    ],
)
def test_only_plain_files_are_unpacked(change: Change, tmp_path: Path) -> None:
    files = {"manifest.json": _manifest([_member("ca/ca.key", b"x")]), "ca/ca.key": b"x"}

    assert "is no plain file" in _restore(_archive(files, {"ca/ca.key": change}), tmp_path)


@pytest.mark.parametrize(
    ("files", "says"),
    [
        pytest.param({}, "manifest.json does not come first", id="empty"),
        pytest.param({"ca/ca.key": b"x"}, "manifest.json does not come first", id="no manifest"),
        pytest.param(
            {"manifest.json": _manifest([]), "ca/ca.key": b"x"},
            "its manifest does not name",
            id="a member more",
        ),
        pytest.param(
            {"manifest.json": _manifest([_member("ca/ca.key", b"x")])},
            "lacks ca/ca.key",
            id="a member less",
        ),
        pytest.param(
            {"manifest.json": _manifest([_member("ca/ca.key", b"x")]), "ca/ca.key": b"xx"},
            "has 2 bytes, its manifest says 1",
            id="larger than it says",
        ),
        pytest.param(
            {"manifest.json": _manifest([_member("ca/ca.key", b"x")]), "ca/ca.key": b"y"},
            "ca/ca.key is damaged: its hash",
            id="other content",
        ),
        pytest.param(
            {"manifest.json": b" " * (1024**2 + 1)},
            "manifest.json has 1048577 bytes; at most 1048576",
            id="manifest too large",
        ),
        pytest.param(
            {
                "manifest.json": _manifest([_member("collector.db", b"x" * 4096)]),
                "collector.db": b"x" * 4096,
            },
            "file is not a database",
            id="no database",
        ),
    ],
)
def test_members_and_manifest_must_agree(
    files: dict[str, bytes], says: str, tmp_path: Path
) -> None:
    assert says in _restore(_archive(files), tmp_path)


@pytest.mark.parametrize(
    ("data", "says"),
    [
        pytest.param(b"", "manifest.json: not JSON", id="empty"),
        pytest.param(b"[]", "manifest.json: not JSON", id="a list"),
        pytest.param(_manifest([], format=2), "format 2, this program knows 1", id="later format"),
        pytest.param(_manifest([], version="x\n"), "manifest.json: version", id="bad version"),
        pytest.param(
            _manifest([]).replace(b"[]", b"null"), "manifest.json: members", id="no members"
        ),
        pytest.param(
            _manifest([_member("ca/ca.key", b"")] * 2), "ca/ca.key is there twice", id="twice"
        ),
        pytest.param(
            _manifest([_member("ca/ca.key", b"") | {"size_bytes": 1024**2 + 1}]),
            "has 1048577 bytes; at most 1048576",
            id="file past its limit",
        ),
        pytest.param(
            _manifest([_member("collector.db", b"") | {"size_bytes": 1024**4 + 1}]),
            "has 1099511627777 bytes; at most 1099511627776",
            id="database past its limit",
        ),
        pytest.param(
            _manifest([_member("ca/ca.key", b"") | {"size_bytes": -1}]), "size_bytes", id="negative"
        ),
        pytest.param(
            _manifest([_member("ca/ca.key", b"") | {"sha256": "../../x"}]), "sha256", id="no hash"
        ),
        pytest.param(
            _manifest([_member(f"ca/{number}", b"") for number in range(501)]),
            "members",
            id="501 members",
        ),
    ],
)
def test_a_wrong_manifest_is_named(data: bytes, says: str) -> None:
    with pytest.raises(InvalidError) as raised:
        decode(data)

    assert says in str(raised.value)


def test_a_manifest_at_its_limits_is_read() -> None:
    members = [_member(f"ca/{number}", b"") for number in range(498)]
    members.append(_member("ca/x", b"") | {"size_bytes": 1024**2})
    members.append(_member("collector.db", b"") | {"size_bytes": 1024**4})

    assert decode(_manifest(members)).size_bytes == 1024**2 + 1024**4


def test_an_archive_that_was_cut_off_or_changed_is_refused(site: Site, tmp_path: Path) -> None:
    """At any place, the checksum at its end included."""
    make_backup(site.sources, tmp_path / "good", now=NOW, overwrite=False, progress=_quiet)
    good = (tmp_path / "good").read_bytes()
    folder = tmp_path / "target"
    folder.mkdir()
    for cut in (0, 1, 20, len(good) // 2, len(good) - 8, len(good) - 1):
        assert _restore(good[:cut], folder)
    for place in (0, 200, len(good) // 2, len(good) - 6):
        changed = bytearray(good)
        changed[place] ^= 0x40
        # In a run of zeros another distance says the same, and then nothing is damaged.
        assert _says_the_same(bytes(changed), good) or _restore(bytes(changed), folder)
    assert "not a backup, or damaged" in _restore(good + b"more", folder)


def _says_the_same(changed: bytes, good: bytes) -> bool:
    try:
        return gzip.decompress(changed) == gzip.decompress(good)
    except (OSError, EOFError, zlib.error):
        return False


def test_nothing_may_follow_the_end(tmp_path: Path) -> None:
    """Neither content nor more zeros than tar pads with."""
    plain = gzip.decompress(_archive({"manifest.json": _manifest([])}))

    assert "goes on behind its end" in _restore(gzip.compress(plain + b"x"), tmp_path)
    assert "goes on behind its end" in _restore(gzip.compress(plain + bytes(1 << 20)), tmp_path)


def test_a_missing_archive_is_named(tmp_path: Path) -> None:
    with pytest.raises(SickbayError, match=r"no\.tgz: No such file or directory"):
        restore_backup(tmp_path / "no.tgz", tmp_path / "new", progress=_quiet)
    assert not (tmp_path / "new").exists()
