"""A real Alertmanager that tells one webhook; Debian's package `prometheus-alertmanager`."""

import json
import shutil
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.request import Request, urlopen

import yaml

from tests.kit.ports import free_ports

ALERTMANAGER = shutil.which("prometheus-alertmanager") or shutil.which("alertmanager")
_PATIENCE_S = 60.0


@contextmanager
def running_alertmanager(folder: Path, example: Path, url: str, token: str) -> Iterator[str]:
    """Run Alertmanager on a free port with an example's configuration; yield its address.

    Only address, token and intervals are others than in the example.
    """
    config = yaml.safe_load(example.read_text(encoding="utf-8"))
    config["route"] |= {"group_wait": "0s", "group_interval": "1s", "repeat_interval": "1s"}
    webhook = config["receivers"][0]["webhook_configs"][0]
    (folder / "token").write_text(token, encoding="utf-8")
    webhook["url"] = f"{url}/api/v1/alertmanager"
    webhook["http_config"]["authorization"]["credentials_file"] = str(folder / "token")
    file = folder / "alertmanager.yml"
    file.write_text(json.dumps(config), encoding="utf-8")
    address = f"127.0.0.1:{free_ports(1)[0]}"
    command = [
        str(ALERTMANAGER),
        f"--config.file={file}",
        f"--storage.path={folder / 'alertmanager'}",
        f"--web.listen-address={address}",
        "--cluster.listen-address=",
    ]
    with (folder / "alertmanager.log").open("wb") as log:
        process = subprocess.Popen(command, stderr=log, stdout=log)
        try:
            _wait_until_ready(f"http://{address}")
            yield f"http://{address}"
        finally:
            process.terminate()
            process.wait(_PATIENCE_S)


def fire(alertmanager: str, labels: Mapping[str, str], annotations: Mapping[str, str]) -> None:
    """Say as Prometheus does that an alert fires."""
    _post(alertmanager, labels, annotations, ends_in=timedelta(hours=1))


def end(alertmanager: str, labels: Mapping[str, str], annotations: Mapping[str, str]) -> None:
    """Say as Prometheus does that an alert is over."""
    _post(alertmanager, labels, annotations, ends_in=timedelta(seconds=-1))


def _post(
    alertmanager: str,
    labels: Mapping[str, str],
    annotations: Mapping[str, str],
    *,
    ends_in: timedelta,
) -> None:
    alert = {
        "labels": dict(labels),
        "annotations": dict(annotations),
        "endsAt": (datetime.now(UTC) + ends_in).isoformat(),
        "generatorURL": "http://prometheus.example.com/graph",
    }
    request = Request(  # noqa: S310 - our own http address
        f"{alertmanager}/api/v2/alerts",
        data=json.dumps([alert]).encode(),
        headers={"Content-Type": "application/json"},
    )
    with urlopen(request, timeout=_PATIENCE_S) as answer:  # noqa: S310 - as above
        answer.read()


def _wait_until_ready(address: str) -> None:
    deadline = time.monotonic() + _PATIENCE_S
    while time.monotonic() < deadline:
        try:
            with urlopen(f"{address}/-/ready", timeout=_PATIENCE_S):  # noqa: S310 - our own http address
                return
        except OSError:
            time.sleep(0.1)  # another process: nothing here could tell when it listens
    raise AssertionError("alertmanager did not become ready")
