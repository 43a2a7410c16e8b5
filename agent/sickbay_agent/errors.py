"""What can go wrong in the agent. One sentence each, fit for a log line or a terminal."""


class AgentError(Exception):
    """Base of all errors that the agent raises on purpose."""


class NotApplicable(AgentError):  # noqa: N818 - an outcome of a probe, not a failure
    """The device cannot have what a probe reads: no battery, no DMI. The message says why."""


class Unknown(AgentError):  # noqa: N818 - an outcome of a probe, not a failure
    """The device should have what a probe reads, but it cannot be read. The message says why."""


class ConfigError(AgentError):
    """The configuration is wrong; the message names file, key and what is allowed."""


class SpoolError(AgentError):
    """The spool cannot be used: unwritable directory, foreign files."""


class IdentityError(AgentError):
    """There is no usable certificate, or the collector refused to give one."""


class TransportError(AgentError):
    """A call to the collector failed."""
