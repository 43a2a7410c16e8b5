"""What links that acknowledge tickets need of the outside, as a protocol."""

from typing import Protocol


class AckLinks(Protocol):
    """Where links lead, and the key that all collectors of a database sign them with."""

    @property
    def public_url(self) -> str:
        """Return where browsers find the console, without a slash at its end; "" for no links."""
        ...

    def key(self) -> bytes | None:
        """Return the key; None before the first link was made."""
        ...

    def make_key(self) -> bytes:
        """Return the key, made now where there is none."""
        ...
