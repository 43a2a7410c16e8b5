"""The settings in force as TOML: they read back, they say where they come from, secrets stay."""

import re
import tomllib
from pathlib import Path

import pytest

from sickbay_collector.cli.config_page import as_toml
from sickbay_collector.config import CollectorConfig, load_config, trace_config

_NASTY = 'a "b" \\ \x7f \t é \U0001f600 # no comment'


def _page(file: Path, environ: dict[str, str] | None = None) -> str:
    return as_toml(*trace_config(file, environ or {}))


def test_what_is_printed_reads_back_as_the_same(tmp_path: Path) -> None:
    """Derived places are written out, so they are set then."""
    (tmp_path / "a.toml").write_text('state_dir = "/srv/sickbay"\nhttp_port = 9000\n')
    (tmp_path / "b.toml").write_text(_page(tmp_path / "a.toml"))
    first, second = (load_config(tmp_path / name, {}) for name in ("a.toml", "b.toml"))

    assert (second.database, second.ca, second.rules) == (first.database, first.ca, first.rules)
    derived = {
        "database_url": "",
        "ca_dir": None,
        "rules_dir": None,
        "sla_dir": None,
        "desk_dir": None,
    }
    assert second.model_copy(update=derived) == first
    assert second.sla == first.sla
    assert _values(_page(tmp_path / "b.toml")) == _values(_page(tmp_path / "a.toml"))


def _values(page: str) -> dict[str, object]:
    return tomllib.loads(page)


def test_every_setting_has_its_line_and_source(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text("http_port = 9000\nagent_port = 9001\n")
    (tmp_path / "names").write_text("a.example, b.example\n")
    lines = _page(
        tmp_path / "a.toml",
        {
            "SICKBAY_COLLECTOR_AGENT_PORT": "9002",
            "SICKBAY_COLLECTOR_SERVER_NAMES_FILE": str(tmp_path / "names"),
        },
    ).splitlines()
    plain = [re.sub(r" +", " ", line) for line in lines]

    assert len(lines) == len(CollectorConfig.model_fields)
    assert f"http_port = 9000 # {tmp_path}/a.toml" in plain
    assert "agent_port = 9002 # SICKBAY_COLLECTOR_AGENT_PORT" in plain
    assert (
        'server_names = ["a.example", "b.example"] # SICKBAY_COLLECTOR_SERVER_NAMES_FILE' in plain
    )
    assert 'ca_dir = "/var/lib/sickbay-collector/ca" # default, in state_dir' in plain
    assert "behind_proxy = false # default" in plain
    assert "# http_key is not set # default" in plain


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        pytest.param(
            "postgresql+psycopg://u:hunter2@h/x", "postgresql+psycopg://u:***@h/x", id="password"
        ),
        pytest.param(
            "postgresql+psycopg://u@h/x?password=hunter2&sslmode=require",
            "postgresql+psycopg://u@h/x?password=***&sslmode=require",
            id="parameter",
        ),
        pytest.param("hunter2", "***", id="no URL"),
    ],
)
def test_secrets_of_the_database_are_masked(url: str, shown: str, tmp_path: Path) -> None:
    (tmp_path / "a.toml").touch()
    page = _page(tmp_path / "a.toml", {"SICKBAY_COLLECTOR_DATABASE_URL": url})

    assert "hunter2" not in page
    assert _values(page)["database_url"] == shown


def test_any_text_is_quoted(tmp_path: Path) -> None:
    (tmp_path / "a.toml").touch()
    page = _page(tmp_path / "a.toml", {"SICKBAY_COLLECTOR_RULES_DIR": _NASTY})

    assert _values(page)["rules_dir"] == _NASTY


def test_a_source_cannot_end_its_comment() -> None:
    page = as_toml(CollectorConfig(), {"http_port": "x.toml\nhttp_port = 1"})

    assert _values(page)["http_port"] == 8080
