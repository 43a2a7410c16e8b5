"""A collector that serves the fleet, and a runner of commands against it."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from sickbay_collector.cli import main
from sickbay_collector.services.access import Role
from tests.collector.clinic import Clinic, Template, make_template, open_clinic, serving
from tests.collector.served import api_on

Run = Callable[..., Result]


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Template:
    """Make the database once."""
    return make_template(tmp_path_factory.mktemp("fleet"))


@pytest.fixture
def clinic(template: Template, tmp_path: Path) -> Iterator[Clinic]:
    """Open a copy of the fleet."""
    with open_clinic(template, tmp_path) as opened:
        yield opened


@pytest.fixture
def url(clinic: Clinic) -> Iterator[str]:
    """Serve the fleet."""
    with serving(api_on(clinic.context())) as address:
        yield address


@pytest.fixture
def bare_run(tmp_path: Path) -> Run:
    """Run `sickbay` with an empty home and only the environment that is given."""

    def run(*arguments: str, stdin: str | None = None, **env: str | None) -> Result:
        names = ("SICKBAY_URL", "SICKBAY_TOKEN", "SICKBAY_TOKEN_FILE", "SICKBAY_CA_FILE")
        empty: dict[str, str | None] = dict.fromkeys(
            (*names, "SICKBAY_PROFILE", "XDG_STATE_HOME", "XDG_CONFIG_HOME")
        )
        home = {"HOME": str(tmp_path), "NO_COLOR": "1"}
        return CliRunner().invoke(main, arguments, input=stdin, env={**empty, **home, **env})

    return run


@pytest.fixture
def run(bare_run: Run, clinic: Clinic, url: str) -> Run:
    """Run `sickbay` with the fleet's address and a technician's token."""

    def run_there(*arguments: str) -> Result:
        token = clinic.tokens[Role.TECHNICIAN]
        return bare_run(*arguments, SICKBAY_URL=url, SICKBAY_TOKEN=token)

    return run_there
