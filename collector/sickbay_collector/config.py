"""The collector's settings: a TOML file, overridden by SICKBAY_COLLECTOR_* variables.

A secret may also stand in a file that `SICKBAY_COLLECTOR_<NAME>_FILE` names.
"""

import os
import re
import tomllib
from collections.abc import Mapping
from datetime import timedelta
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from sickbay_collector.core.access.role import Role
from sickbay_collector.core.errors import ConfigError
from sickbay_collector.core.oidc import WAY_BACK, OidcSettings, is_safe
from sickbay_collector.services.history_upkeep import Retention

DEFAULT_FILE = Path("/etc/sickbay/collector.toml")
PREFIX = "SICKBAY_COLLECTOR_"
# Source: RFC 1123 section 2.1, with the underscore that some networks use.
_HOST_NAME = re.compile(r"(?!-)[A-Za-z0-9_-]{1,63}(\.[A-Za-z0-9_-]{1,63})*\.?")
_PUBLIC_URL = re.compile(rf"https?://{_HOST_NAME.pattern}(:[1-9][0-9]{{0,4}})?")
_LISTS = frozenset({"server_names", "notify_allow", "oidc_roles"})
_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


class CollectorConfig(BaseModel):
    """Every setting, with its default."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    state_dir: Path = Path("/var/lib/sickbay-collector")
    database_url: str = ""
    """Empty for SQLite in the state directory."""
    ca_dir: Path | None = None
    """None for `ca` in the state directory."""
    rules_dir: Path | None = None
    """None for `rules.d` in the state directory."""
    sla_dir: Path | None = None
    """None for `sla.d` in the state directory."""
    desk_dir: Path | None = None
    """None for `desk.d` in the state directory."""
    agent_address: str = "0.0.0.0"  # noqa: S104 - agents come from the network; mutual TLS guards it
    agent_port: int = Field(default=7443, ge=0, le=65535)
    enroll_port: int = Field(default=7444, ge=0, le=65535)
    http_address: str = "127.0.0.1"
    http_port: int = Field(default=8080, ge=0, le=65535)
    http_certificate: Path | None = None
    http_key: Path | None = None
    behind_proxy: bool = False
    """A proxy in front ends TLS; plain HTTP may then listen on any address."""
    admin_address: str = "127.0.0.1"
    admin_port: int = Field(default=9464, ge=0, le=65535)
    server_names: tuple[str, ...] = Field(
        default=("localhost", "127.0.0.1"), min_length=1, max_length=64
    )
    """Host names and addresses that agents use; they stand in the server certificate."""
    sample_interval_s: int = Field(default=60, ge=5, le=3600)
    report_interval_s: int = Field(default=60, ge=5, le=3600)
    slow_interval_s: int = Field(default=3600, ge=60, le=86400)
    device_calls_per_s: float = Field(default=10.0, ge=0.1, le=100_000)
    """Calls that one device may make in the long run."""
    device_calls_burst: int = Field(default=200, ge=1, le=1_000_000)
    """Calls that one device may make at once after a pause."""
    history_sample_days: int = Field(default=90, ge=2, le=3660)
    """How long samples are kept."""
    history_hour_days: int = Field(default=730, ge=14, le=3660)
    """How long roll-ups by hour are kept. The score reads fourteen days of them."""
    history_day_days: int = Field(default=1830, ge=2, le=36_600)
    """How long roll-ups by day are kept."""
    notify_allow: tuple[str, ...] = Field(default=(), max_length=64)
    """Networks that channels may connect to although they are not public: 10.0.0.25/32."""
    public_url: str = Field(default="", max_length=300)
    """Where browsers find the console, for links in messages; empty for no links."""
    oidc_issuer: str = Field(default="", max_length=300)
    """OpenID Connect provider where people may sign in, as it calls itself; empty for none."""
    oidc_name: str = Field(default="single sign-on", min_length=1, max_length=60)
    """What the page that asks who it is calls the provider."""
    oidc_client_id: str = Field(default="", max_length=300)
    oidc_client_secret: str = Field(default="", max_length=1000)
    """Empty for a public client."""
    oidc_login_claim: str = Field(default="preferred_username", max_length=100)
    oidc_groups_claim: str = Field(default="groups", max_length=100)
    oidc_roles: tuple[str, ...] = Field(default=(), max_length=64)
    """Roles by group, the first that fits counts: "desk-admins=administrator"."""
    oidc_requesters: bool = False
    """Whether who has no role comes in as a requester, where a person has the verified address."""
    certificate_hours: int = Field(default=24, ge=1, le=720)
    drain_s: float = Field(default=5.0, ge=0, le=60)
    """How long readiness is off before connections are closed."""

    @property
    def database(self) -> str:
        """Return the database's address."""
        return self.database_url or f"sqlite:///{self.state_dir / 'collector.db'}"

    @property
    def retention(self) -> Retention:
        """Return how long history is kept."""
        return Retention(
            samples=timedelta(days=self.history_sample_days),
            hours=timedelta(days=self.history_hour_days),
            days=timedelta(days=self.history_day_days),
        )

    @property
    def oidc(self) -> OidcSettings | None:
        """Return where else people sign in; None for nowhere."""
        if not self.oidc_issuer:
            return None
        pairs = (one.rpartition("=") for one in self.oidc_roles)
        return OidcSettings(
            issuer=self.oidc_issuer,
            client_id=self.oidc_client_id,
            client_secret=self.oidc_client_secret,
            redirect_uri=f"{self.public_url}{WAY_BACK}",
            login_claim=self.oidc_login_claim,
            groups_claim=self.oidc_groups_claim,
            roles={group: Role(role) for group, _, role in pairs},
            are_people_requesters=self.oidc_requesters,
        )

    @property
    def ca(self) -> Path:
        """Return where the certificate authority is kept."""
        return self.ca_dir or self.state_dir / "ca"

    @property
    def rules(self) -> Path:
        """Return where rule files are looked for."""
        return self.rules_dir or self.state_dir / "rules.d"

    @property
    def sla(self) -> Path:
        """Return where files of SLA policies and calendars are looked for."""
        return self.sla_dir or self.state_dir / "sla.d"

    @property
    def desk(self) -> Path:
        """Return where files of the desk's configuration are looked for."""
        return self.desk_dir or self.state_dir / "desk.d"

    @field_validator("server_names")
    @classmethod
    def _names_fit_a_certificate(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        wrong = [name for name in names if not _is_server_name(name)]
        if wrong:
            raise ValueError(
                f"{wrong[0]!r} is neither a host name in ASCII (xn--... for others) nor an address"
            )
        return names

    @field_validator("notify_allow")
    @classmethod
    def _networks_are_networks(cls, networks: tuple[str, ...]) -> tuple[str, ...]:
        for network in networks:
            try:
                ip_network(network)
            except ValueError:
                raise ValueError(
                    f"{network[:64]!r} is no network; write it as 10.0.0.0/8 or fd00::/8"
                ) from None
        return networks

    @field_validator("public_url")
    @classmethod
    def _links_lead_to_the_console(cls, url: str) -> str:
        plain = url.removesuffix("/")
        if url and not _PUBLIC_URL.fullmatch(plain):
            raise ValueError(
                f"{url[:64]!r}: write scheme, host and port only, as https://desk.example.org"
            )
        return plain

    @model_validator(mode="after")
    def _certificate_and_key_come_together(self) -> "CollectorConfig":
        if (self.http_certificate is None) is not (self.http_key is None):
            raise ValueError("http_certificate and http_key: set both or none")
        return self

    @field_validator("oidc_roles")
    @classmethod
    def _groups_give_roles(cls, roles: tuple[str, ...]) -> tuple[str, ...]:
        for one in roles:
            group, _, role = one.rpartition("=")
            if not group or role not in set(Role):
                known = ", ".join(Role)
                raise ValueError(f"{one[:64]!r}: write group=role; roles are {known}")
        return roles

    @model_validator(mode="after")
    def _a_provider_needs_a_client(self) -> "CollectorConfig":
        if self.oidc_issuer and not is_safe(self.oidc_issuer):
            raise ValueError(f"oidc_issuer {self.oidc_issuer[:64]!r}: write it with https://")
        if self.oidc_issuer and not (self.oidc_client_id and self.public_url):
            raise ValueError("oidc_issuer: oidc_client_id and public_url are needed as well")
        return self

    @model_validator(mode="after")
    def _plain_http_stays_home(self) -> "CollectorConfig":
        guarded = self.http_certificate is not None or self.behind_proxy
        if self.http_address not in _LOOPBACK and not guarded:
            raise ValueError(
                f"http_address {self.http_address}: any address but 127.0.0.1 needs "
                "http_certificate and http_key, or behind_proxy = true"
            )
        return self


def load_config(
    file: Path | None, environ: Mapping[str, str], overrides: Mapping[str, Any] | None = None
) -> CollectorConfig:
    """Return the settings of a file, then of the environment, then of `overrides`.

    Raises:
        ConfigError: The message names the file or variable, the key and what is allowed.
    """
    return trace_config(file, environ, overrides)[0]


def trace_config(
    file: Path | None, environ: Mapping[str, str], overrides: Mapping[str, Any] | None = None
) -> tuple[CollectorConfig, Mapping[str, str]]:
    """Return the settings as `load_config` does, and where each comes from that is no default.

    That is the path of the file, the name of the variable, or "option" for an override.

    Raises:
        ConfigError: The message names the file or variable, the key and what is allowed.
    """
    path = file or DEFAULT_FILE
    values: dict[str, Any] = {}
    # Not `Path.exists`: it raises where the folder may not be looked into.
    if file is not None or os.path.exists(path):  # noqa: PTH110
        values = _read(path)
    sources = dict.fromkeys(values, str(path))
    for name in CollectorConfig.model_fields:
        found = _from_environment(name, environ)
        if found is not None:
            values[name], sources[name] = found
    values.update(overrides or {})
    sources.update(dict.fromkeys(overrides or {}, "option"))
    try:
        return CollectorConfig.model_validate(values), sources
    except ValidationError as error:
        raise ConfigError(_sentence(error, sources)) from None


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text())
    except OSError as error:
        raise ConfigError(f"{path}: {error.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: not valid TOML: {error}") from None


def _from_environment(name: str, environ: Mapping[str, str]) -> tuple[Any, str] | None:
    variable = PREFIX + name.upper()
    if variable in environ:
        return _parsed(name, environ[variable]), variable
    path = environ.get(f"{variable}_FILE")
    if path is None:
        return None
    try:
        return _parsed(name, Path(path).read_text().strip()), f"{variable}_FILE"
    except OSError as error:
        raise ConfigError(f"{variable}_FILE: {path}: {error.strerror}") from None
    except ValueError:
        raise ConfigError(f"{variable}_FILE: {path}: not UTF-8 text") from None


def _is_server_name(name: str) -> bool:
    try:
        ip_address(name)
    except ValueError:
        return len(name) <= 253 and _HOST_NAME.fullmatch(name) is not None
    return True


def _parsed(name: str, text: str) -> Any:
    return [part.strip() for part in text.split(",")] if name in _LISTS else text


def _sentence(error: ValidationError, sources: Mapping[str, str]) -> str:
    first = error.errors()[0]
    name = str(first["loc"][0]) if first["loc"] else ""
    message = first["msg"].removeprefix("Value error, ")
    if first["type"] == "extra_forbidden":
        known = ", ".join(sorted(CollectorConfig.model_fields))
        return f"{sources.get(name, 'settings')}: unknown key {name!r}; known are {known}"
    where = sources.get(name, "settings")
    return f"{where}: {name}: {message}" if name else f"settings: {message}"


def environment() -> Mapping[str, str]:
    """Return the process's environment."""
    return os.environ
