"""Settings of file, environment and command line; each mistake is one line that says where."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from sickbay_collector.config import CollectorConfig, load_config
from sickbay_collector.core.errors import ConfigError


def written(folder: Path, text: str) -> Path:
    file = folder / "collector.toml"
    file.write_text(text)
    return file


def test_defaults(tmp_path: Path) -> None:
    """Without file and environment everything has a value, in one directory."""
    config = load_config(None, {}, {"state_dir": tmp_path})

    assert (
        config.agent_port,
        config.enroll_port,
        config.http_port,
        config.admin_port,
    ) == (7443, 7444, 8080, 9464)
    assert f"sqlite:///{tmp_path}/collector.db" == config.database
    assert (tmp_path / "ca", tmp_path / "rules.d") == (config.ca, config.rules)


def test_precedence(tmp_path: Path) -> None:
    """The environment wins over the file, the command line over both."""
    file = written(tmp_path, "agent_port = 1\nenroll_port = 1\nhttp_port = 1\n")
    environ = {"SICKBAY_COLLECTOR_ENROLL_PORT": "2", "SICKBAY_COLLECTOR_HTTP_PORT": "2"}

    config = load_config(file, environ, {"http_port": 3})

    assert (config.agent_port, config.enroll_port, config.http_port) == (1, 2, 3)


def test_a_secret_may_stand_in_a_file(tmp_path: Path) -> None:
    """Its end of line is no part of it; the variable itself would win."""
    (tmp_path / "url").write_text("postgresql+psycopg://u:p@h/d\n")
    named = {"SICKBAY_COLLECTOR_DATABASE_URL_FILE": str(tmp_path / "url")}

    assert load_config(None, named).database == "postgresql+psycopg://u:p@h/d"
    both = {**named, "SICKBAY_COLLECTOR_DATABASE_URL": "sqlite:///x"}
    assert load_config(None, both).database == "sqlite:///x"


def test_server_names_of_the_environment(tmp_path: Path) -> None:
    """They are separated by commas there."""
    del tmp_path
    environ = {"SICKBAY_COLLECTOR_SERVER_NAMES": "sick.example, 10.0.0.1,::1"}

    assert load_config(None, environ).server_names == ("sick.example", "10.0.0.1", "::1")


@pytest.mark.parametrize(
    ("url", "kept"),
    [
        pytest.param("", "", id="none"),
        pytest.param("https://desk.example.org/", "https://desk.example.org", id="slash"),
        pytest.param("http://10.0.0.1:8080", "http://10.0.0.1:8080", id="port"),
    ],
)
def test_where_links_lead_is_kept_without_a_slash(url: str, kept: str) -> None:
    assert load_config(None, {"SICKBAY_COLLECTOR_PUBLIC_URL": url}).public_url == kept


@pytest.mark.parametrize(
    ("text", "match"),
    [
        pytest.param("agent_prot = 1", r"unknown key 'agent_prot'; known are .*agent_port", id="x"),
        pytest.param("agent_port = 65536", "agent_port: .*less than or equal to 65535", id="high"),
        pytest.param("agent_port = -1", "agent_port: .*greater than or equal to 0", id="negative"),
        pytest.param('agent_port = "a"', "agent_port: .*valid integer", id="no number"),
        pytest.param("drain_s = nan", "drain_s", id="NaN"),
        pytest.param("drain_s = inf", "drain_s", id="infinite"),
        pytest.param("sample_interval_s = 4", "sample_interval_s: .*equal to 5", id="too often"),
        pytest.param("server_names = []", "server_names: .*at least 1", id="no names"),
        pytest.param('server_names = ["bü.example"]', "server_names: 'bü.example' is", id="IDN"),
        pytest.param('notify_allow = ["10.0.0.1/8"]', "'10.0.0.1/8' is no network", id="network"),
        pytest.param('server_names = ["a b"]', "server_names: 'a b' is neither", id="space"),
        pytest.param('server_names = [""]', "server_names: '' is neither", id="empty name"),
        pytest.param('public_url = "desk.example"', "public_url: 'desk.example': write", id="bare"),
        pytest.param('public_url = "ftp://a"', "public_url: 'ftp://a': write scheme", id="scheme"),
        pytest.param('public_url = "https://a/b"', "write scheme, host and port", id="path"),
        pytest.param('public_url = "https://a:0"', "write scheme, host and port", id="no port"),
        pytest.param('public_url = "https://u@a"', "write scheme, host and port", id="user"),
        pytest.param(
            'oidc_issuer = "http://id.example"', "write it with https://", id="plain OIDC"
        ),
        pytest.param('oidc_issuer = "https://a"', "oidc_client_id and public_url", id="half OIDC"),
        pytest.param('oidc_roles = ["a=root"]', "'a=root': write group=role; roles", id="no role"),
        pytest.param('oidc_roles = ["=reader"]', "'=reader': write group=role", id="no group"),
        pytest.param('http_key = "k"', "http_certificate and http_key: set both", id="half TLS"),
        pytest.param(
            'http_address = "0.0.0.0"',
            "http_address 0.0.0.0: .* needs http_certificate and http_key, or behind_proxy",
            id="plain HTTP for all",
        ),
        pytest.param("agent_port 1", r"collector.toml: not valid TOML: .*line 1", id="no TOML"),
    ],
)
def test_a_wrong_file(text: str, match: str, tmp_path: Path) -> None:
    """The message names the key and what is allowed."""
    with pytest.raises(ConfigError, match=match) as caught:
        load_config(written(tmp_path, text), {})
    assert "\n" not in str(caught.value)


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    """Missing, a directory, or not text."""
    binary = tmp_path / "binary"
    binary.write_bytes(b"\xff\xfe\0")
    for path, match in (
        (tmp_path / "none.toml", r"none.toml: No such file"),
        (tmp_path, "Is a directory"),
        (binary, "binary: not valid TOML"),
    ):
        with pytest.raises(ConfigError, match=match):
            load_config(path, {})


@pytest.mark.parametrize(
    ("environ", "match"),
    [
        pytest.param(
            {"SICKBAY_COLLECTOR_AGENT_PORT": "x"}, "^SICKBAY_COLLECTOR_AGENT_PORT: ", id="number"
        ),
        pytest.param(
            {"SICKBAY_COLLECTOR_DATABASE_URL_FILE": "/none/secret"},
            r"^SICKBAY_COLLECTOR_DATABASE_URL_FILE: /none/secret: No such file",
            id="no such file",
        ),
        pytest.param(
            {"SICKBAY_COLLECTOR_DATABASE_URL_FILE": "/proc/self/exe"},
            r"/proc/self/exe: not UTF-8 text",
            id="not text",
        ),
    ],
)
def test_a_wrong_environment(environ: Mapping[str, str], match: str) -> None:
    """The message names the variable."""
    with pytest.raises(ConfigError, match=match):
        load_config(None, environ)


def test_an_error_never_shows_a_secret(tmp_path: Path) -> None:
    """The value of a setting that is fine is not told with one that is not."""
    text = 'database_url = "postgresql+psycopg://u:CANARY@h/d"\nagent_port = -1'

    with pytest.raises(ConfigError) as caught:
        load_config(written(tmp_path, text), {})
    assert "CANARY" not in str(caught.value)


@pytest.mark.parametrize(
    "settings",
    [
        pytest.param({"http_address": "0.0.0.0", "behind_proxy": True}, id="proxy"),  # noqa: S104
        pytest.param(
            {"http_address": "::", "http_certificate": "c", "http_key": "k"}, id="certificate"
        ),
        pytest.param({"http_address": "::1"}, id="loopback"),
    ],
)
def test_http_beyond_loopback_is_guarded(settings: Mapping[str, object]) -> None:
    """A proxy or a certificate allows any address."""
    assert settings["http_address"] == CollectorConfig.model_validate(settings).http_address


def test_a_provider_and_the_roles_that_its_groups_give() -> None:
    """The first group that fits counts; a group may have an equals sign."""
    environ = {
        "SICKBAY_COLLECTOR_OIDC_ISSUER": "https://id.example.org",
        "SICKBAY_COLLECTOR_OIDC_CLIENT_ID": "sickbay",
        "SICKBAY_COLLECTOR_OIDC_ROLES": "cn=desk,team=technician, admins=administrator",
        "SICKBAY_COLLECTOR_PUBLIC_URL": "https://desk.example.org/",
    }
    assert load_config(None, {}).oidc is None
    with pytest.raises(ConfigError, match="'cn=desk': write group=role"):
        load_config(None, environ)
    environ["SICKBAY_COLLECTOR_OIDC_ROLES"] = "cn=desk=technician, admins=administrator"
    found = load_config(None, environ).oidc

    assert found is not None
    assert found.redirect_uri == "https://desk.example.org/sign-in/oidc/done"
    assert list(found.roles.items()) == [("cn=desk", "technician"), ("admins", "administrator")]
