from datetime import timedelta
from pathlib import Path

import pytest

from sickbay_agent.config import FILE_LIMIT_BYTES, AgentConfig, load_config
from sickbay_agent.errors import ConfigError
from sickbay_agent.probes.contract import Roots
from sickbay_agent.spool.spool import SpoolLimits

FULL = """
collector = ["one.example:7443", "[2001:db8::1]:7443"]
enrollment = "one.example:7444"
server_name = "collector.example"
ca_file = "/etc/sickbay/ca.pem"
token = "secret.0123"
state_dir = "/srv/agent"
sample_interval_s = 30
report_interval_s = 300.0
slow_interval_s = 7200
[evidence]
process_names = false
[roots]
proc = "/fixture/proc"
[spool]
max_bytes = 8388608
max_age_s = 86400
"""


def written(folder: Path, text: str) -> Path:
    path = folder / "agent.toml"
    path.write_text(text)
    return path


def test_every_key_is_read(tmp_path: Path) -> None:
    assert load_config(written(tmp_path, FULL), {}) == AgentConfig(
        collector=("one.example:7443", "[2001:db8::1]:7443"),
        enrollment="one.example:7444",
        server_name="collector.example",
        ca_file=Path("/etc/sickbay/ca.pem"),
        token="secret.0123",
        state_dir=Path("/srv/agent"),
        sample_interval_s=30,
        report_interval_s=300,
        slow_interval_s=7200,
        process_names=False,
        roots=Roots(proc=Path("/fixture/proc")),
        spool=SpoolLimits(max_bytes=8 << 20, max_age=timedelta(days=1)),
    )


def test_the_environment_wins_over_the_file(tmp_path: Path) -> None:
    environment = {
        "SICKBAY_AGENT_COLLECTOR": "a:1,b:2",
        "SICKBAY_AGENT_SAMPLE_INTERVAL_S": "10",
        "SICKBAY_AGENT_EVIDENCE_PROCESS_NAMES": "true",
        "SICKBAY_AGENT_SPOOL_MAX_BYTES": "5000000",
        "PATH": "/bin",
    }
    config = load_config(written(tmp_path, FULL), environment)

    assert config.collector == ("a:1", "b:2")
    assert (config.sample_interval_s, config.process_names) == (10, True)
    assert config.spool == SpoolLimits(max_bytes=5_000_000, max_age=timedelta(days=1))


def test_a_token_comes_from_a_file_too_and_is_never_shown(tmp_path: Path) -> None:
    token = tmp_path / "token"
    token.write_text("secret.0123\n")
    config = load_config(written(tmp_path, ""), {"SICKBAY_AGENT_TOKEN_FILE": str(token)})

    assert config.token == "secret.0123"
    assert "secret" not in repr(config)


def test_the_file_is_named_by_a_variable(tmp_path: Path) -> None:
    path = written(tmp_path, "sample_interval_s = 5")

    assert load_config(None, {"SICKBAY_AGENT_CONFIG": str(path)}).sample_interval_s == 5


def test_enrollment_is_beside_the_collector_unless_said_otherwise() -> None:
    assert AgentConfig(collector=("[::1]:1", "b:2")).enrollment_address == "[::1]:7444"
    assert AgentConfig(collector=("a:1",), enrollment="b:9").enrollment_address == "b:9"
    assert AgentConfig().enrollment_address is None


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param("colour = 'a:1'", "unknown key colour; known are collector, ", id="key"),
        pytest.param("[spool]\nsize = 1", "unknown key spool.size", id="key in a table"),
        pytest.param("[spools]", "unknown key spools", id="empty table"),
        pytest.param("collector = 'a'", "collector: 'a' is not \"name:port\"", id="no port"),
        pytest.param("collector = 'a:0'", "collector: 'a:0' is not", id="port 0"),
        pytest.param("collector = 'a:65536'", 'is not "name:port"', id="port past the last"),
        pytest.param("collector = []", "collector: .. is not", id="empty list"),
        pytest.param(f"collector = {['a:1'] * 9}", "a list of 1 to 8", id="list past the limit"),
        pytest.param("enrollment = 3", 'enrollment: 3 is not "name:port"', id="type"),
        pytest.param("state_dir = 'here'", "'here' is not an absolute path", id="relative path"),
        pytest.param("sample_interval_s = 4.9", "from 5 to 3600", id="below the range"),
        pytest.param("sample_interval_s = 3601", "from 5 to 3600", id="past the range"),
        pytest.param("sample_interval_s = nan", "from 5 to 3600", id="not a number"),
        pytest.param("sample_interval_s = true", "True is not a number", id="flag as number"),
        pytest.param("evidence.process_names = 1", "1 is not true or false", id="flag"),
        pytest.param("token = ''", "token: its value is not the text", id="empty token"),
        pytest.param("a = = 1", "not TOML: Invalid value", id="no TOML"),
        pytest.param("#" * FILE_LIMIT_BYTES + "#", "larger than 65536 bytes", id="too large"),
    ],
)
def test_what_is_wrong_is_said_in_one_line(tmp_path: Path, text: str, message: str) -> None:
    path = written(tmp_path, text)
    with pytest.raises(ConfigError, match=message) as caught:
        load_config(path, {})

    assert str(caught.value).startswith(f"{path}: ")
    assert "\n" not in str(caught.value)


def test_values_at_their_limits_are_allowed(tmp_path: Path) -> None:
    text = f"sample_interval_s = 5\nreport_interval_s = 3600\ncollector = {['a:65535'] * 8}"
    config = load_config(written(tmp_path, text + "#" * (FILE_LIMIT_BYTES - len(text))), {})

    assert (config.sample_interval_s, config.report_interval_s) == (5, 3600)
    assert len(config.collector) == 8


@pytest.mark.parametrize(
    ("environment", "message"),
    [
        pytest.param(
            {"SICKBAY_AGENT_COLECTOR": "a:1"},
            "environment: unknown key SICKBAY_AGENT_COLECTOR; known are SICKBAY_AGENT_COLLECTOR",
            id="unknown variable",
        ),
        pytest.param(
            {"SICKBAY_AGENT_SLOW_INTERVAL_S": "1h"},
            "SICKBAY_AGENT_SLOW_INTERVAL_S: '1h' is not a number of seconds",
            id="value",
        ),
        pytest.param(
            {"SICKBAY_AGENT_TOKEN_FILE": "/nowhere"},
            "/nowhere: token_file cannot be read: No such file",
            id="missing token file",
        ),
        pytest.param({"SICKBAY_AGENT_CONFIG": "/nowhere"}, "/nowhere: no such file", id="file"),
    ],
)
def test_what_is_wrong_in_the_environment_is_said_too(
    environment: dict[str, str], message: str
) -> None:
    with pytest.raises(ConfigError, match=message):
        load_config(None, environment)
