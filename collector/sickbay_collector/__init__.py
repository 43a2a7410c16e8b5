"""The collector: rpc -> decode -> service -> core -> store; web -> service or reads."""

__version__ = "0.1.0"
