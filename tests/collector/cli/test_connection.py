import json
import stat
import tomllib
from collections.abc import Mapping
from pathlib import Path

import pytest

from sickbay_collector.cli.connection import (
    TOKEN_LIMIT,
    Asked,
    Connection,
    checked_url,
    find_connection,
    profiles_path,
    quickstart_directory,
    read_connection,
    read_token,
    save_connection,
    save_profile,
)
from sickbay_collector.core.errors import ConfigError
from sickbay_collector.services.access import Role
from tests.collector.cli.conftest import Run
from tests.collector.clinic import Clinic

QUICK = Connection(url="http://127.0.0.1:1111", token="quick")
LOGIN = Connection(url="https://sickbay.example.org", token="login", ca_file="/etc/ca.pem")


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """Return a home with a quick start, a profile, and a token in a file."""
    environ = {"HOME": str(tmp_path)}
    save_connection(quickstart_directory(environ) / "cli.toml", QUICK)
    save_connection(tmp_path / "other" / "cli.toml", Connection(url="http://h:2", token="other"))
    save_profile(profiles_path(environ), "default", LOGIN)
    save_profile(profiles_path(environ), "work", Connection(url="http://h:3", token="work"))
    (tmp_path / "token.txt").write_text("from-file\n")
    return tmp_path


@pytest.mark.parametrize(
    ("options", "environ", "url", "token"),
    [
        pytest.param({}, {}, QUICK.url, "quick", id="quick start"),
        pytest.param({"directory": "other"}, {}, "http://h:2", "other", id="its folder"),
        pytest.param({"profile": "work"}, {}, "http://h:3", "work", id="profile by name"),
        pytest.param(
            {"url": "http://h:4", "token_file": "token.txt"},
            {"SICKBAY_URL": "http://h:5", "SICKBAY_TOKEN": "env"},
            "http://h:4",
            "from-file",
            id="options before environment",
        ),
        pytest.param(
            {},
            {"SICKBAY_URL": "http://h:5", "SICKBAY_TOKEN": "env"},
            "http://h:5",
            "env",
            id="environment before files",
        ),
        pytest.param(
            {},
            {"SICKBAY_URL": "http://h:5/", "SICKBAY_TOKEN_FILE": "token.txt"},
            "http://h:5",
            "from-file",
            id="token file of the environment",
        ),
        pytest.param(
            {}, {"SICKBAY_TOKEN": "env"}, QUICK.url, "env", id="other token, same collector"
        ),
        pytest.param(
            {"url": QUICK.url}, {}, QUICK.url, "quick", id="the address that the token is for"
        ),
    ],
)
def test_where_address_and_token_come_from(
    home: Path, options: Mapping[str, str], environ: Mapping[str, str], url: str, token: str
) -> None:
    paths = ("directory", "token_file")
    asked = Asked(**{k: home / v if k in paths else v for k, v in options.items()})  # type: ignore[arg-type]
    said = {k: str(home / v) if k.endswith("_FILE") else v for k, v in environ.items()}

    found = find_connection(asked, {"HOME": str(home), **said})

    assert (found.url, found.token) == (url, token)


def test_login_counts_where_there_is_no_quick_start(home: Path) -> None:
    (quickstart_directory({"HOME": str(home)}) / "cli.toml").unlink()

    found = find_connection(Asked(), {"HOME": str(home)})

    assert (found.url, found.token, found.ca_file) == (LOGIN.url, "login", "/etc/ca.pem")


def test_token_is_never_sent_to_another_collector(home: Path) -> None:
    with pytest.raises(ConfigError, match="no token is known for http"):
        find_connection(Asked(url="http://evil.example"), {"HOME": str(home)})


def test_state_folder_of_the_desktop_standard(tmp_path: Path) -> None:
    environ = {"HOME": "/home/x", "XDG_STATE_HOME": str(tmp_path)}

    assert quickstart_directory(environ) == tmp_path / "sickbay" / "quickstart"
    assert quickstart_directory({"HOME": "/h", "XDG_STATE_HOME": "relative"}) == Path(
        "/h/.local/state/sickbay/quickstart"
    )


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        pytest.param(Asked(), "sickbay quickstart", id="nothing known"),
        pytest.param(Asked(directory=Path("nowhere")), "is not there", id="no such folder"),
        pytest.param(Asked(token_file=Path("nowhere")), "No such file", id="no such token file"),
        pytest.param(Asked(profile="nobody"), "has no profile", id="no such profile"),
    ],
)
def test_what_is_missing_is_named(tmp_path: Path, asked: Asked, said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        find_connection(asked, {"HOME": str(tmp_path)})


@pytest.mark.parametrize(
    "url",
    ["", "127.0.0.1:8080", "ftp://h", "http://", "http://user:secret@h", "file:///etc/passwd"],
)
def test_only_http_addresses_are_taken(url: str) -> None:
    with pytest.raises(ConfigError, match="url"):
        checked_url(url)


@pytest.mark.parametrize(
    ("text", "ok"),
    [
        pytest.param("t" * TOKEN_LIMIT, True, id="at its limit"),
        pytest.param("t" * (TOKEN_LIMIT + 1), False, id="past its limit"),
        pytest.param("", False, id="empty"),
        pytest.param("a\nb", False, id="two lines"),
        pytest.param("schlüssel", False, id="not ASCII"),
    ],
)
def test_token_file(tmp_path: Path, text: str, *, ok: bool) -> None:
    path = tmp_path / "token"
    path.write_text(text)
    if ok:
        assert read_token(path) == text
        return

    with pytest.raises(ConfigError, match="holds no token"):
        read_token(path)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        pytest.param("url = ", "is not TOML", id="broken"),
        pytest.param("url = 1", "url and token", id="wrong type"),
        pytest.param('url = "http://h"', "url and token", id="no token"),
    ],
)
def test_broken_file_is_named(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "cli.toml"
    path.write_text(text)

    with pytest.raises(ConfigError, match=said):
        read_connection(path)


def test_what_is_saved_is_read_back_and_private(tmp_path: Path) -> None:
    path = tmp_path / "new" / "cli.toml"
    odd = Connection(url="http://h:1", token='q"\\', ca_file="/a b/c")

    save_connection(path, odd)

    found = read_connection(path)
    assert (found.url, found.token, found.ca_file) == (odd.url, odd.token, odd.ca_file)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.parametrize("name", ["", "a b", "[x]", "x" * 33])
def test_profile_names_are_plain(tmp_path: Path, name: str) -> None:
    with pytest.raises(ConfigError, match="profile"):
        save_profile(tmp_path / "profiles.toml", name, QUICK)


def test_login_tries_the_token_and_keeps_it(
    bare_run: Run, clinic: Clinic, url: str, tmp_path: Path
) -> None:
    result = bare_run("login", "--url", url, stdin=clinic.tokens[Role.READER] + "\n")

    assert result.exit_code == 0, result.stderr
    assert "reader.doe (reader)" in result.stdout
    path = tmp_path / ".config" / "sickbay" / "profiles.toml"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert tomllib.loads(path.read_text())["default"]["url"] == url
    assert len(json.loads(bare_run("device", "ls", "-o", "json").stdout)) == 3


def test_login_keeps_nothing_that_does_not_work(bare_run: Run, url: str, tmp_path: Path) -> None:
    result = bare_run("login", "--url", url, stdin="wrong\n")

    assert result.exit_code == 1
    assert "does not accept the token" in result.stderr
    assert not (tmp_path / ".config").exists()


def test_reader_may_not_write(bare_run: Run, clinic: Clinic, url: str) -> None:
    token = clinic.tokens[Role.READER]

    result = bare_run("ticket", "take", "1", SICKBAY_URL=url, SICKBAY_TOKEN=token)

    assert result.exit_code == 1
    assert "needs the right tickets.work, which reader lacks" in result.stderr


def test_collector_that_is_not_there(bare_run: Run) -> None:
    # Port 1 is reserved; nothing listens on it.
    result = bare_run("device", "ls", SICKBAY_URL="http://127.0.0.1:1", SICKBAY_TOKEN="x")

    assert result.exit_code == 1
    assert result.stderr.startswith("Error: cannot reach the collector at http://127.0.0.1:1")
    assert len(result.stderr.splitlines()) == 1
