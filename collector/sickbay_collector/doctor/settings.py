"""Settings that are each allowed, and do not work together or on this machine."""

import ipaddress
import ssl
from collections import Counter
from collections.abc import Iterator

from sickbay_collector.config import CollectorConfig
from sickbay_collector.core.errors import ConfigError
from sickbay_collector.db.engine import parse_url
from sickbay_collector.doctor.finding import Finding, problem, warning

CHECK = "settings"
PORTS = ("agent_port", "enroll_port", "http_port", "admin_port")
_LOOPBACK_NAMES = frozenset({"localhost", "ip6-localhost"})


def check_settings(config: CollectorConfig) -> Iterator[Finding]:
    """Yield what is wrong with the settings; nothing when they are right."""
    try:
        parse_url(config.database)
    except ConfigError as error:
        yield problem(CHECK, f"database_url: {error}")
    yield from _ports(config)
    yield from _certificate(config)
    yield from _names(config)
    if config.report_interval_s < config.sample_interval_s:
        yield warning(
            CHECK,
            f"report_interval_s {config.report_interval_s} is less than sample_interval_s "
            f"{config.sample_interval_s}: most reports would be empty",
        )


def _ports(config: CollectorConfig) -> Iterator[Finding]:
    numbers = {option: getattr(config, option) for option in PORTS}
    for number, times in Counter(numbers.values()).items():
        if number and times > 1:
            options = " and ".join(option for option in PORTS if numbers[option] == number)
            yield problem(CHECK, f"{options} are all {number}: give each its own")


def _certificate(config: CollectorConfig) -> Iterator[Finding]:
    certificate, key = config.http_certificate, config.http_key
    if certificate is None or key is None:
        return
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(certificate, key, _no_password)
    except ssl.SSLError as error:
        reason = (error.reason or "cannot be read").replace("_", " ").lower()
        yield problem(CHECK, f"http_certificate {certificate} with http_key {key}: {reason}")
    except OSError as error:
        yield problem(CHECK, f"http_certificate {certificate}, http_key {key}: {error.strerror}")


def _no_password() -> str:
    """Answer instead of asking on the terminal: the collector has nobody to ask either."""
    return ""


def _names(config: CollectorConfig) -> Iterator[Finding]:
    if all(map(_is_loopback, config.server_names)) and not _is_loopback(config.agent_address):
        yield warning(
            CHECK,
            f"server_names has only {', '.join(config.server_names)}: agents on other machines "
            "will not trust the collector; add the name or address that they dial",
        )


def _is_loopback(name: str) -> bool:
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return name.lower() in _LOOPBACK_NAMES
