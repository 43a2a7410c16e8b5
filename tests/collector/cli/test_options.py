"""Where the options that name a collector may stand."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from sickbay_collector.cli import main


@pytest.mark.parametrize(
    "arguments",
    [
        pytest.param(["device", "--dir", "{}", "ls"], id="before the command"),
        pytest.param(["device", "ls", "--dir", "{}"], id="behind the command"),
        pytest.param(["ticket", "--dir", "/nowhere", "ls", "--dir", "{}"], id="the command's wins"),
    ],
)
def test_options_before_and_behind(arguments: list[str], tmp_path: Path) -> None:
    """Scripts call it both ways; the address in the folder's `cli.toml` is tried."""
    (tmp_path / "cli.toml").write_text('url = "http://127.0.0.1:1"\ntoken = "sbk_x"\n')

    done = CliRunner().invoke(main, [one.format(tmp_path) for one in arguments])

    assert done.exit_code == 1
    assert "127.0.0.1:1" in done.output
