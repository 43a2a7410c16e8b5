"""Links that sign somebody in, in memory."""

from dataclasses import replace
from datetime import datetime

from sickbay_collector.core.sign_in_link import SignInLink


class FakeSignInLinkStore:
    def __init__(self, links: dict[str, SignInLink]) -> None:
        self._links = links

    def add(self, link: SignInLink) -> None:
        self._links[link.secret_hash] = link

    def take(self, secret_hash: str, *, now: datetime) -> SignInLink | None:
        link = self._links.get(secret_hash)
        if link is None or link.used_at is not None or link.expires_at <= now:
            return None
        self._links[secret_hash] = replace(link, used_at=now)
        return self._links[secret_hash]

    def drop(self, before: datetime, *, limit: int) -> int:
        old = [key for key, one in self._links.items() if one.expires_at < before][:limit]
        for key in old:
            del self._links[key]
        return len(old)
