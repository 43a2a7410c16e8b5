"""Options and folders of the fault tests: `make faults KILLS=30`."""

import pytest

DEFAULT_KILLS = 10


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add `--kills`; pytest reads it only where tests/faults is named on its command line."""
    parser.addoption(
        "--kills", type=int, default=DEFAULT_KILLS, help="how often a process is killed"
    )


@pytest.fixture
def kills(request: pytest.FixtureRequest) -> int:
    """How often a process is killed."""
    wanted = request.config.getoption("--kills", default=DEFAULT_KILLS)
    assert isinstance(wanted, int)
    return wanted


@pytest.fixture
def say(capfd: pytest.CaptureFixture[str]) -> "Say":
    """Print one line that is seen without `-s`: the figures are what the run is for."""
    return Say(capfd)


class Say:
    """Prints past pytest's capture."""

    def __init__(self, capture: pytest.CaptureFixture[str]) -> None:
        self._capture = capture

    def __call__(self, line: str) -> None:
        """Print a line."""
        with self._capture.disabled():
            print(f"\n{line}", flush=True)  # noqa: T201 - this is its purpose
