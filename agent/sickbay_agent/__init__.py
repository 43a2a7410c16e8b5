"""The agent: machine -> probe -> model -> encode -> spool -> transport."""

__version__ = "0.1.0"
