"""The agent's settings: a TOML file, then the environment over it.

Every key has one line in `_KEYS`: how it is read and what it allows. What is not there is an
error, so that a misspelt key cannot be ignored. `SICKBAY_AGENT_SPOOL_MAX_BYTES` is `max_bytes` in
the table `[spool]`.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from types import MappingProxyType
from typing import TypeVar, cast

from sickbay_agent.errors import ConfigError
from sickbay_agent.probes.contract import Roots
from sickbay_agent.spool.spool import SpoolLimits

DEFAULT_FILE = Path("/etc/sickbay/agent.toml")
DEFAULT_STATE_DIR = Path("/var/lib/sickbay-agent")
ENVIRONMENT_PREFIX = "SICKBAY_AGENT_"
# Names a configuration file, so it is read before any key.
CONFIG_VARIABLE = "SICKBAY_AGENT_CONFIG"
ENROLLMENT_PORT = 7444

# Nothing that a person writes is longer; more is the wrong file.
FILE_LIMIT_BYTES = 64 << 10
ADDRESS_LIMIT = 8
_ADDRESS = re.compile(r"(?P<name>[A-Za-z0-9._-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\]):(?P<port>\d{1,5})")
_ROOTS = ("proc", "sys", "etc", "var", "run", "dev", "usr")

_NO_OPTIONS: Mapping[str, str] = MappingProxyType({})

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentConfig:
    """All settings."""

    collector: tuple[str, ...] = ()
    """Addresses "name:port" of the agents' port; the next is tried when one fails."""
    enrollment: str | None = None
    """Address of the enrollment port; None is port 7444 beside the first collector."""
    server_name: str | None = None
    """Name in the collector's certificate; None is the name in the address."""
    ca_file: Path | None = None
    """The authority to trust at enrollment, PEM."""
    token: str | None = field(default=None, repr=False)
    """The enrollment token."""
    state_dir: Path = DEFAULT_STATE_DIR
    sample_interval_s: float = 60.0
    report_interval_s: float = 60.0
    slow_interval_s: float = 3600.0
    process_names: bool = True
    """Whether names of killed or crashed programs may be reported."""
    roots: Roots = field(default_factory=Roots)
    spool: SpoolLimits = field(default_factory=SpoolLimits)

    @property
    def enrollment_address(self) -> str | None:
        """Where to enroll; None without any collector."""
        if self.enrollment is not None or not self.collector:
            return self.enrollment
        return f"{self.collector[0].rpartition(':')[0]}:{ENROLLMENT_PORT}"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Key:
    """How a setting is read from TOML and from text, and what it allows, in words."""

    read: Callable[[object], object]
    allowed: str


def _text(value: object) -> str:
    if not isinstance(value, str) or not 1 <= len(value) <= 1024 or not value.isprintable():
        raise ValueError
    return value.strip()


def _path(value: object) -> Path:
    path = Path(_text(value))
    if not path.is_absolute():
        raise ValueError
    return path


def _address(value: object) -> str:
    match = _ADDRESS.fullmatch(_text(value))
    if match is None or not 1 <= int(match["port"]) <= 65535:
        raise ValueError
    return match[0]


def _addresses(value: object) -> tuple[str, ...]:
    items = value.split(",") if isinstance(value, str) else value
    if not isinstance(items, list) or not 1 <= len(items) <= ADDRESS_LIMIT:
        raise ValueError
    return tuple(_address(item) for item in items)


def _number(low: float, high: float) -> Callable[[object], float]:
    def read(value: object) -> float:
        if isinstance(value, bool) or not isinstance(value, int | float | str):
            raise ValueError  # noqa: TRY004 - the caller turns it into a ConfigError
        number = float(value)
        if not low <= number <= high:
            raise ValueError
        return number

    return read


def _flag(value: object) -> bool:
    words = {"true": True, "false": False}
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value in words:
        return words[value]
    raise ValueError


def _seconds(low: int, high: int) -> _Key:
    return _Key(read=_number(low, high), allowed=f"a number of seconds from {low} to {high}")


_PATH = _Key(read=_path, allowed="an absolute path")
_KEYS: Mapping[str, _Key] = MappingProxyType(
    {
        "collector": _Key(
            read=_addresses, allowed=f'"name:port", or a list of 1 to {ADDRESS_LIMIT} of them'
        ),
        "enrollment": _Key(read=_address, allowed='"name:port"'),
        "server_name": _Key(read=_text, allowed="a host name"),
        "ca_file": _PATH,
        "token": _Key(read=_text, allowed="the text that `sickbay token` printed"),
        "token_file": _PATH,
        "state_dir": _PATH,
        "sample_interval_s": _seconds(5, 3600),
        "report_interval_s": _seconds(5, 3600),
        "slow_interval_s": _seconds(60, 86400),
        "evidence.process_names": _Key(read=_flag, allowed="true or false"),
        "spool.max_bytes": _Key(
            read=_number(4 << 20, 4 << 30), allowed="a number from 4194304 to 4294967296"
        ),
        "spool.max_age_s": _seconds(3600, 30 * 86400),
        **{f"roots.{name}": _PATH for name in _ROOTS},
    }
)


def load_config(
    path: Path | None, environment: Mapping[str, str], options: Mapping[str, str] = _NO_OPTIONS
) -> AgentConfig:
    """Return the settings: the file, over it the environment, over both the options.

    Args:
        path: The file; None reads the default file, which may be missing.
        environment: Variables of the process.
        options: Values of the command line, by key.

    Raises:
        ConfigError: A file, key or value is wrong; one line says which and what is allowed.
    """
    named = environment.get(CONFIG_VARIABLE)
    if path is None and named:
        path = Path(named)
    given = {
        name: _value("command line", f"--{name.replace('_', '-')}", name, value)
        for name, value in options.items()
    }
    settings = {**_from_file(path), **_from_environment(environment), **given}
    if "token_file" in given or ("token" not in settings and "token_file" in settings):
        settings["token"] = _token_from(cast("Path", settings["token_file"]))
    return _config(settings)


def _from_file(path: Path | None) -> dict[str, object]:
    file = path or DEFAULT_FILE
    try:
        with file.open("rb") as opened:
            data = opened.read(FILE_LIMIT_BYTES + 1)
    except FileNotFoundError:
        if path is None:
            return {}
        raise ConfigError(f"{file}: no such file; give another with --config") from None
    except OSError as error:
        raise ConfigError(f"{file}: cannot be read: {error.strerror}") from None
    if len(data) > FILE_LIMIT_BYTES:
        raise ConfigError(f"{file}: larger than {FILE_LIMIT_BYTES} bytes, not a configuration")
    import tomllib  # noqa: PLC0415 - only where there is a file

    try:
        document = tomllib.loads(data.decode())
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{file}: not TOML: {error}") from None
    return {name: _value(str(file), name, name, value) for name, value in _flat(document).items()}


def _flat(document: Mapping[str, object]) -> dict[str, object]:
    """Return the keys of a document with their table in front: "spool.max_bytes"."""
    flat: dict[str, object] = {}
    for name, value in document.items():
        if isinstance(value, dict) and value:
            flat |= {f"{name}.{inner}": item for inner, item in value.items()}
        else:
            flat[name] = value
    return flat


def _from_environment(environment: Mapping[str, str]) -> dict[str, object]:
    names = {_variable(name): name for name in _KEYS}
    settings: dict[str, object] = {}
    for variable, value in environment.items():
        if variable.startswith(ENVIRONMENT_PREFIX) and variable != CONFIG_VARIABLE:
            name = names.get(variable, variable)
            settings[name] = _value("environment", variable, name, value)
    return settings


def _variable(name: str) -> str:
    return ENVIRONMENT_PREFIX + name.replace(".", "_").upper()


def _value(source: str, shown: str, name: str, value: object) -> object:
    key = _KEYS.get(name)
    if key is None:
        is_variable = source == "environment"
        known = ", ".join(_variable(known) if is_variable else known for known in _KEYS)
        raise ConfigError(f"{source}: unknown key {shown}; known are {known}")
    try:
        return key.read(value)
    except ValueError:
        secret = name == "token"
        said = "its value" if secret else repr(value)[:80]
        raise ConfigError(f"{source}: {shown}: {said} is not {key.allowed}") from None


def _token_from(path: Path) -> str:
    try:
        with path.open(encoding="utf-8") as file:
            return _text(file.read(1025).strip())
    except OSError as error:
        raise ConfigError(f"{path}: token_file cannot be read: {error.strerror}") from None
    except ValueError:
        raise ConfigError(f"{path}: token_file holds no token of at most 1024 letters") from None


def _config(settings: Mapping[str, object]) -> AgentConfig:
    def get(name: str, default: T) -> T:
        return cast("T", settings.get(name, default))

    base = AgentConfig()
    limits = SpoolLimits()
    roots = {name: get(f"roots.{name}", getattr(base.roots, name)) for name in _ROOTS}
    max_age_s = get("spool.max_age_s", limits.max_age.total_seconds())
    return AgentConfig(
        collector=get("collector", base.collector),
        enrollment=get("enrollment", base.enrollment),
        server_name=get("server_name", base.server_name),
        ca_file=get("ca_file", base.ca_file),
        token=get("token", base.token),
        state_dir=get("state_dir", base.state_dir),
        sample_interval_s=get("sample_interval_s", base.sample_interval_s),
        report_interval_s=get("report_interval_s", base.report_interval_s),
        slow_interval_s=get("slow_interval_s", base.slow_interval_s),
        process_names=get("evidence.process_names", base.process_names),
        roots=Roots(**roots),
        spool=SpoolLimits(
            max_bytes=int(get("spool.max_bytes", limits.max_bytes)),
            max_age=timedelta(seconds=max_age_s),
        ),
    )
