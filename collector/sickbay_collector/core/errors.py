"""What can go wrong in the collector: one sentence each, for a log line, an answer or a page."""


class SickbayError(Exception):
    """Base of all errors that the collector raises on purpose.

    `str` of it is the sentence in English; pages say it in another language by its text and values.

    Args:
        text: The sentence, with %(name)s for each value. Without values it is taken as it is.
        values: What stands there; an error among them is said in the same language.
    """

    def __init__(self, text: str = "", /, **values: object) -> None:
        super().__init__(text % values if values else text)
        self.text = text
        self.values = values


class NotFoundError(SickbayError):
    """Nothing has that id; the message names kind and id."""


class InvalidError(SickbayError):
    """The input is wrong; the message says what, where, and what is allowed."""


class ConflictError(SickbayError):
    """The change does not fit the present state: a forbidden transition, a stale version."""


class DeniedError(SickbayError):
    """Who asks may not have this. Messages to strangers never say which part was wrong."""


class UnavailableError(SickbayError):
    """Somebody else's service does not answer as it should; the message names it."""


class ConfigError(SickbayError):
    """The configuration is wrong; the message names file, key and what is allowed."""


class StoreError(SickbayError):
    """The database cannot be used: unreachable, read-only, newer than this program."""


class DamagedError(StoreError):
    """What is stored cannot be read."""


class BusyError(SickbayError):
    """Too much is queued; try again after `retry_after_s` seconds."""

    def __init__(self, text: str, /, *, retry_after_s: float) -> None:
        super().__init__(text)
        self.retry_after_s = retry_after_s
