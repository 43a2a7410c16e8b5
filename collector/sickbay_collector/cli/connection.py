"""Which collector to talk to, and with which token.

In this order: the options `--url` and `--token-file`; SICKBAY_URL with SICKBAY_TOKEN or
SICKBAY_TOKEN_FILE; `cli.toml` in `--dir`, where the quick start puts one; the profile that
`sickbay login` wrote.
"""

import json
import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from sickbay_collector.core.errors import ConfigError

DEFAULT_URL = "http://127.0.0.1:8080"
TOKEN_LIMIT = 256
"""Characters that a token may have."""
# A file of settings is short; a wrong path may lead anywhere.
_FILE_LIMIT = 64 * 1024
_PROFILE_NAME = re.compile(r"[A-Za-z0-9_-]{1,32}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Connection:
    """A collector's address and the token for it."""

    url: str
    token: str
    ca_file: str = ""
    """File with the authority of the collector's certificate; "" for the system's authorities."""
    source: str = ""
    """Where address and token come from, in words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What the options of a command say; None where one was not given."""

    url: str | None = None
    token_file: Path | None = None
    ca_file: Path | None = None
    directory: Path | None = None
    profile: str = "default"


def find_connection(asked: Asked, environ: Mapping[str, str]) -> Connection:
    """Return the collector to talk to.

    Raises:
        ConfigError: None is known, or what is known is not valid.
    """
    token = _token_asked(asked, environ)
    url = asked.url or environ.get("SICKBAY_URL")
    stored = None if token and url else _stored(asked, environ)
    if stored is None and not token:
        raise ConfigError(
            "no collector is known: start one with `sickbay quickstart`, or keep one with "
            "`sickbay login`, or give --url and --token-file"
        )
    found = Connection(
        url=checked_url(url or (stored.url if stored else DEFAULT_URL)),
        token=token or (stored.token if stored else ""),
        ca_file=_ca_file(asked, environ, stored),
        source=stored.source if stored else "options and environment",
    )
    if stored and url and not token and found.url != stored.url:
        # A token is for one collector: never hand it to another.
        raise ConfigError(f"no token is known for {found.url}: give --token-file")
    return found


def read_connection(path: Path) -> Connection:
    """Return what `save_connection` wrote.

    Raises:
        ConfigError: The file cannot be read or lacks something.
    """
    return _connection(_table(path), path)


def save_connection(path: Path, connection: Connection) -> None:
    """Write a connection to a file like the quick start's `cli.toml`, readable by its owner."""
    _write_private(path, _toml(connection))


def save_profile(path: Path, name: str, connection: Connection) -> None:
    """Write a connection as a profile, keeping the others.

    Raises:
        ConfigError: The name is not valid, or the file that is there cannot be read.
    """
    if not _PROFILE_NAME.fullmatch(name):
        raise ConfigError(f"profile: 1 to 32 letters, digits, _ and -, not {name!r}")
    profiles = _profiles(path) if path.exists() else {}
    profiles[name] = connection
    parts = [f"[{each}]\n{_toml(kept)}" for each, kept in sorted(profiles.items())]
    _write_private(path, "\n".join(parts))


def checked_url(url: str) -> str:
    """Return the address without a slash at its end.

    Raises:
        ConfigError: It is not an http or https address.
    """
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.username:
        raise ConfigError(f"url: http://HOST:PORT or https://HOST:PORT, not {url!r}")
    return url.rstrip("/")


def read_token(path: Path) -> str:
    """Return the token in a file.

    Raises:
        ConfigError: There is none that could be one.
    """
    token = _read(path).strip()
    if not token or len(token) > TOKEN_LIMIT or not token.isascii() or not token.isprintable():
        raise ConfigError(f"{path}: holds no token: 1 to {TOKEN_LIMIT} characters on one line")
    return token


def quickstart_directory(environ: Mapping[str, str]) -> Path:
    """Return where the quick start keeps its files unless told otherwise."""
    return _base(environ, "XDG_STATE_HOME", ".local/state") / "sickbay" / "quickstart"


def profiles_path(environ: Mapping[str, str]) -> Path:
    """Return where `sickbay login` keeps profiles."""
    return _base(environ, "XDG_CONFIG_HOME", ".config") / "sickbay" / "profiles.toml"


def _base(environ: Mapping[str, str], name: str, default: str) -> Path:
    said = Path(environ.get(name, ""))
    # Source: XDG Base Directory Specification: relative paths are ignored.
    return said if said.is_absolute() else Path(environ.get("HOME") or Path.home()) / default


def _token_asked(asked: Asked, environ: Mapping[str, str]) -> str:
    if asked.token_file is not None:
        return read_token(asked.token_file)
    if token := environ.get("SICKBAY_TOKEN", "").strip():
        return token
    if path := environ.get("SICKBAY_TOKEN_FILE"):
        return read_token(Path(path))
    return ""


def _ca_file(asked: Asked, environ: Mapping[str, str], stored: Connection | None) -> str:
    if asked.ca_file is not None:
        return str(asked.ca_file)
    return environ.get("SICKBAY_CA_FILE") or (stored.ca_file if stored else "")


def _stored(asked: Asked, environ: Mapping[str, str]) -> Connection | None:
    path = (asked.directory or quickstart_directory(environ)) / "cli.toml"
    if path.exists() and asked.profile == "default":
        return read_connection(path)
    if asked.directory is not None:
        raise ConfigError(f"{path}: is not there; `sickbay quickstart --dir` writes it")
    kept = profiles_path(environ)
    profiles = _profiles(kept) if kept.exists() else {}
    if asked.profile != "default" and asked.profile not in profiles:
        raise ConfigError(f"{kept}: has no profile {asked.profile!r}; `sickbay login` writes one")
    return profiles.get(asked.profile)


def _profiles(path: Path) -> dict[str, Connection]:
    table = _table(path)
    return {
        name: _connection(profile, path)
        for name, profile in table.items()
        if isinstance(profile, dict)
    }


def _connection(table: Mapping[str, object], path: Path) -> Connection:
    url, token = table.get("url"), table.get("token")
    if not isinstance(url, str) or not isinstance(token, str):
        raise ConfigError(f"{path}: url and token must be there, as text")
    ca_file = table.get("ca_file", "")
    return Connection(url=url, token=token, ca_file=str(ca_file), source=str(path))


def _table(path: Path) -> Mapping[str, object]:
    try:
        return tomllib.loads(_read(path))
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{path}: is not TOML: {error}") from error


def _read(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return file.read(_FILE_LIMIT).decode()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "is not text"
        raise ConfigError(f"{path}: {reason}") from error


def _toml(connection: Connection) -> str:
    # A JSON string is a TOML basic string.
    lines = [f"url = {json.dumps(connection.url)}", f"token = {json.dumps(connection.token)}"]
    if connection.ca_file:
        lines.append(f"ca_file = {json.dumps(connection.ca_file)}")
    return "\n".join(lines) + "\n"


def _write_private(path: Path, text: str) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        scratch = path.with_name(f".{path.name}.{os.getpid()}")
        descriptor = os.open(scratch, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(text)
        scratch.replace(path)
    except OSError as error:
        raise ConfigError(f"{path}: cannot be written: {error.strerror}") from error
