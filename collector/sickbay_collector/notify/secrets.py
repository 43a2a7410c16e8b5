"""Secrets of channels, read from file or variable each time: a changed one is used at once."""

from collections.abc import Mapping
from pathlib import Path

from sickbay_collector.core.desk.channel_spec import Secret
from sickbay_collector.core.errors import ConfigError

_LIMIT = 8192


def read_secret(secret: Secret, environ: Mapping[str, str]) -> str:
    """Return a secret without the line break at its end.

    Raises:
        ConfigError: It is not there, empty or too long; the message never holds it.
    """
    if secret.env:
        found = environ.get(secret.env, "")
        where = f"variable {secret.env}"
    else:
        found, where = _from_file(secret.file), secret.file
    found = found.strip()
    if not found:
        raise ConfigError(f"{where}: no secret is there")
    if len(found) > _LIMIT or not found.isprintable():
        raise ConfigError(f"{where}: must be one line of at most {_LIMIT} characters")
    return found


def _from_file(path: str) -> str:
    try:
        with Path(path).open(encoding="utf-8") as stream:
            return stream.read(_LIMIT + 2)
    except OSError as error:
        raise ConfigError(f"{path}: {error.strerror}") from None
    except UnicodeDecodeError:
        raise ConfigError(f"{path}: not UTF-8 text") from None
