"""Style, script and pictures of the pages: named by their content, so that browsers keep them.

The console's own files are packaged; what others made is fetched at set-up into `static/vendor`.
"""

import gzip
import hashlib
import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.resources import files
from importlib.resources.abc import Traversable
from types import MappingProxyType

from starlette.requests import Request
from starlette.responses import Response

log = logging.getLogger(__name__)

PREFIX = "/assets/"
VENDOR = ("htmx.min.js", "uPlot.iife.min.js", "uPlot.min.css")
"""What is fetched at set-up. Without it pages can be read and forms sent, but nothing is live."""

_TYPES = MappingProxyType(
    {
        "css": "text/css; charset=utf-8",
        "js": "text/javascript; charset=utf-8",
        "svg": "image/svg+xml",
    }
)
_HASH_CHARS = 12
_YEAR_S = 31_536_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Asset:
    """One file as it is served."""

    content_type: str
    plain: bytes
    packed: bytes


class Assets:
    """Every file, read once."""

    def __init__(self) -> None:
        self._served: dict[str, Asset] = {}
        self._paths: dict[str, str] = {}
        for name, content in _contents():
            digest = hashlib.sha256(content).hexdigest()[:_HASH_CHARS]
            stem, _, suffix = name.rpartition(".")
            path = f"{PREFIX}{stem}.{digest}.{suffix}"
            self._paths[name] = path
            self._served[path] = Asset(
                content_type=_TYPES[suffix],
                plain=content,
                packed=gzip.compress(content, mtime=0),
            )
        missing = [name for name in VENDOR if name not in self._paths]
        if missing:
            log.warning("console.assets_missing files=%s fix='make setup'", ",".join(missing))

    @property
    def paths(self) -> Mapping[str, str]:
        """Return where each file is served, by its name."""
        return self._paths

    def path(self, name: str) -> str | None:
        """Return where a file is served; None for one that was not fetched."""
        return self._paths.get(name)

    def scripts(self) -> tuple[str, ...]:
        """Return the console's own scripts."""
        own = (name for name in self._paths if name.endswith(".js") and name not in VENDOR)
        return tuple(self._served[self._paths[name]].plain.decode() for name in own)

    def answer(self, request: Request) -> Response | None:
        """Return a file that browsers may keep for ever; None where there is none."""
        asset = self._served.get(request.url.path)
        if asset is None:
            return None
        headers = {
            "Cache-Control": f"public, max-age={_YEAR_S}, immutable",
            "Vary": "Accept-Encoding",
        }
        if "gzip" in request.headers.get("accept-encoding", ""):
            headers["Content-Encoding"] = "gzip"
            return Response(asset.packed, media_type=asset.content_type, headers=headers)
        return Response(asset.plain, media_type=asset.content_type, headers=headers)


def _contents() -> Iterator[tuple[str, bytes]]:
    static = files(__package__ or "") / "static"
    for folder in (static, static / "vendor"):
        if folder.is_dir():
            for file in sorted(folder.iterdir(), key=_name):
                if file.is_file() and file.name.rpartition(".")[2] in _TYPES:
                    yield file.name, file.read_bytes()


def _name(file: Traversable) -> str:
    return file.name
