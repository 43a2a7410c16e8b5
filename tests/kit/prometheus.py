"""A real Prometheus that scrapes one target every two seconds; Debian's package `prometheus`."""

import json
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote
from urllib.request import urlopen

PROMETHEUS = shutil.which("prometheus")
PROMTOOL = shutil.which("promtool")
# Prometheus starts in about a second; the rest is for a busy machine.
_PATIENCE_S = 60


@contextmanager
def running_prometheus(folder: Path, metrics_url: str) -> Iterator[str]:
    """Run Prometheus on a free port until the block ends; yield its address."""
    config = {
        "global": {"scrape_interval": "2s", "scrape_timeout": "2s"},
        "scrape_configs": [
            {
                "job_name": "sickbay",
                "static_configs": [
                    {"targets": [metrics_url.removeprefix("http://").removesuffix("/metrics")]}
                ],
            }
        ],
    }
    (folder / "prometheus.yml").write_text(json.dumps(config), encoding="utf-8")
    command = [
        str(PROMETHEUS),
        f"--config.file={folder / 'prometheus.yml'}",
        f"--storage.tsdb.path={folder / 'tsdb'}",
        "--web.listen-address=127.0.0.1:0",
        "--log.format=json",
    ]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        try:
            assert process.stderr is not None
            yield f"http://{_listen_address(iter(process.stderr))}"
        finally:
            process.terminate()
            process.communicate()


def _listen_address(log: Iterator[str]) -> str:
    """Return the address that Prometheus got, once it is ready; it says both in any order."""
    address, is_ready = "", False
    for line in log:
        said = json.loads(line)
        if said.get("msg") == "Listening on":
            address = said["address"]
        is_ready = is_ready or str(said.get("msg")).startswith("Server is ready")
        if address and is_ready:
            return address
    raise AssertionError("prometheus ended before it was ready")


def wait_for_value(prometheus: str, query: str) -> str:
    """Return the first value of a query, once there is one."""
    end = time.monotonic() + _PATIENCE_S
    while time.monotonic() < end:
        found = ask(prometheus, f"/api/v1/query?query={quote(query)}")["result"]
        if found:
            return str(found[0]["value"][1])
        time.sleep(0.1)  # another process: nothing here could tell when it has scraped
    raise AssertionError(f"prometheus has no value for {query}")


def ask(prometheus: str, path: str) -> dict[str, list[dict[str, Any]]]:
    """Return the data of an answer of its API."""
    with urlopen(f"{prometheus}{path}", timeout=_PATIENCE_S) as answer:  # noqa: S310 - our own http address
        data: dict[str, list[dict[str, Any]]] = json.load(answer)["data"]
    return data
