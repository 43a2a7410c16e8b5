"""The key of links in memory."""

_NAME = "acknowledge"


class FakeAckLinks:
    def __init__(self, secrets: dict[str, bytes], public_url: str) -> None:
        self._secrets = secrets
        self.public_url = public_url

    def key(self) -> bytes | None:
        return self._secrets.get(_NAME)

    def make_key(self) -> bytes:
        return self._secrets.setdefault(_NAME, bytes(range(32)))
