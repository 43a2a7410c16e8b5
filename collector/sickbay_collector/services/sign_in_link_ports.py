"""What signing in by a link needs of the outside."""

from datetime import datetime
from typing import Protocol

from sickbay_collector.core.sign_in_link import SignInLink


class SignInLinkStore(Protocol):
    """Links that sign somebody in once."""

    def add(self, link: SignInLink) -> None:
        """Store a new link."""
        ...

    def take(self, secret_hash: str, *, now: datetime) -> SignInLink | None:
        """Use a link up; None where there is none, it was used, or is over.

        Of two that do it at once one gets it.
        """
        ...

    def drop(self, before: datetime, *, limit: int) -> int:
        """Remove links that were over by then; return how many."""
        ...
