"""Talks to the REST API, and turns what goes wrong into one line that says what to do."""

import ssl
from collections.abc import Iterator, Mapping
from http import HTTPStatus
from types import TracebackType
from typing import Self, TypeAlias
from urllib.parse import urlsplit

import httpx2

from sickbay_collector.cli.connection import Connection
from sickbay_collector.core.errors import ConfigError, NotFoundError, SickbayError

Json: TypeAlias = "str | int | float | bool | list[Json] | dict[str, Json] | None"
Record: TypeAlias = dict[str, Json]
Query: TypeAlias = Mapping[str, str | float | list[str] | None]

_TIMEOUT_S = 30.0
# Fifty thousand rows on a slow disk.
_FILE_TIMEOUT_S = 300.0
_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


class ApiClient:
    """A session with one collector. Close it, or use it in a `with` block.

    Args:
        connection: The collector and the token.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        host = urlsplit(connection.url).hostname
        self._http = httpx2.Client(
            base_url=connection.url,
            headers={"Authorization": f"Bearer {connection.token}", "Accept": "application/json"},
            timeout=_TIMEOUT_S,
            verify=_verify(connection),
            # A proxy for the outside cannot reach this machine's own ports.
            trust_env=host not in _LOOPBACK,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._http.close()

    @property
    def url(self) -> str:
        """The collector's address."""
        return self._connection.url

    def get(self, path: str, query: Query | None = None) -> Record:
        """Return the JSON object at a path.

        Raises:
            NotFoundError: There is no such thing.
            SickbayError: The collector cannot be reached or refuses; the message is one line.
        """
        return _record(self._send("GET", path, query=query))

    def get_with_etag(self, path: str) -> tuple[Record, str]:
        """Return the JSON object at a path and its version, for `post`."""
        response = self._send("GET", path)
        return _record(response), response.headers.get("etag", "")

    def pages(self, path: str, query: Query, *, limit: int) -> Iterator[Record]:
        """Yield the items of a list, at most `limit`, page after page."""
        left = limit
        cursor: str | None = None
        while left > 0:
            page = self.get(path, {**query, "limit": min(left, 200), "cursor": cursor})
            items = page.get("items")
            found = (
                [item for item in items if isinstance(item, dict)]
                if isinstance(items, list)
                else []
            )
            yield from found
            left -= len(found)
            following = page.get("next_cursor")
            if not isinstance(following, str) or not found:
                return
            cursor = following

    def post(self, path: str, body: Record | None, *, etag: str = "", key: str = "") -> Record:
        """Do something to the thing at a path, if it is still the version that was read.

        Args:
            path: Of the thing, or of a list to add to.
            body: What to say.
            etag: The version that was read; "" where there is none.
            key: Makes it the same request however often it is sent; "" for another each time.
        """
        headers = {**_if_match(etag), **({"Idempotency-Key": key} if key else {})}
        return _record(self._send("POST", path, body=body, headers=headers))

    def put(self, path: str, body: Record, *, etag: str) -> Record:
        """Write the thing at a path, if it is still the version that was read."""
        return _record(self._send("PUT", path, body=body, headers=_if_match(etag)))

    def remove(self, path: str, *, etag: str = "") -> Record:
        """Take the thing at a path away; return what the collector says of it."""
        return _record(self._send("DELETE", path, headers=_if_match(etag)))

    def patch(self, path: str, body: Record, *, etag: str) -> Record:
        """Change the thing at a path, if it is still the version that was read."""
        return _record(self._send("PATCH", path, body=body, headers=_if_match(etag)))

    def delete(self, path: str) -> None:
        """Take the thing at a path away."""
        self._send("DELETE", path)

    def get_text(self, path: str) -> str:
        """Return the text at a path."""
        return self._send("GET", path, timeout_s=_FILE_TIMEOUT_S).text

    def stream(self, path: str, query: Query) -> Iterator[bytes]:
        """Yield the file at a path in pieces, as they come.

        Raises:
            SickbayError: The collector cannot be reached, refuses, or broke off.
        """
        said = {name: value for name, value in query.items() if value is not None}
        try:
            with self._http.stream("GET", path, params=said, timeout=_FILE_TIMEOUT_S) as response:
                if not response.is_success:
                    response.read()
                    raise self._refusal(response)
                yield from response.iter_bytes()
        except (httpx2.HTTPError, httpx2.InvalidURL) as error:
            raise self._unreachable(error, _FILE_TIMEOUT_S) from error

    def post_file(self, path: str, content: bytes, query: Query) -> Record:
        """Send a CSV file to a path."""
        return _record(
            self._send(
                "POST",
                path,
                query=query,
                content=content,
                headers={"Content-Type": "text/csv"},
                timeout_s=_FILE_TIMEOUT_S,
            )
        )

    def _send(
        self,
        method: str,
        path: str,
        *,
        query: Query | None = None,
        body: Record | None = None,
        content: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        timeout_s: float = _TIMEOUT_S,
    ) -> httpx2.Response:
        said = {name: value for name, value in (query or {}).items() if value is not None}
        try:
            response = self._http.request(
                method,
                path,
                params=said,
                json=body,
                content=content,
                headers=headers,
                timeout=timeout_s,
            )
        except (httpx2.HTTPError, httpx2.InvalidURL) as error:
            raise self._unreachable(error, timeout_s) from error
        if response.is_success:
            return response
        raise self._refusal(response)

    def _unreachable(self, error: Exception, timeout_s: float) -> SickbayError:
        return SickbayError(
            f"cannot reach the collector at {self._connection.url} "
            f"(from {self._connection.source}): {_reason(error, timeout_s)}"
        )

    def _refusal(self, response: httpx2.Response) -> SickbayError:
        status, detail = response.status_code, _detail(response)
        if status == HTTPStatus.UNAUTHORIZED:
            return SickbayError(
                f"{self._connection.url} does not accept the token "
                f"(from {self._connection.source}): {detail}"
            )
        if status == HTTPStatus.NOT_FOUND:
            return NotFoundError(detail)
        if status == HTTPStatus.PRECONDITION_FAILED:
            return SickbayError(f"somebody changed it at the same time, look again: {detail}")
        return SickbayError(detail)


def _if_match(etag: str) -> Mapping[str, str]:
    return {"If-Match": etag} if etag else {}


def _verify(connection: Connection) -> ssl.SSLContext | bool:
    if not connection.ca_file:
        return True
    try:
        return ssl.create_default_context(cafile=connection.ca_file)
    except (OSError, ssl.SSLError) as error:
        raise ConfigError(f"{connection.ca_file}: holds no certificates: {error}") from error


def _reason(error: Exception, timeout_s: float) -> str:
    if isinstance(error, httpx2.TimeoutException):
        return f"no answer within {timeout_s:.0f} s"
    return str(error) or type(error).__name__


def _detail(response: httpx2.Response) -> str:
    try:
        problem = response.json()
    except ValueError:
        problem = None
    if isinstance(problem, dict) and isinstance(problem.get("detail"), str):
        return str(problem["detail"])
    return f"{response.url.path} answered {response.status_code}, which Sickbay does not"


def _record(response: httpx2.Response) -> Record:
    try:
        content = response.json()
    except ValueError as error:
        raise SickbayError(f"{response.url} is not Sickbay's API: it answers no JSON") from error
    if not isinstance(content, dict):
        raise SickbayError(f"{response.url} is not Sickbay's API: it answers no object")
    return content
