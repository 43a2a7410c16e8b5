"""One collector for the tests of a module that do not change what others see."""

from collections.abc import Iterator

import pytest

from tests.kit.collector import RunningCollector


@pytest.fixture(scope="module")
def collector(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningCollector]:
    """A whole collector on free ports."""
    with RunningCollector(tmp_path_factory.mktemp("collector")) as running:
        yield running
