"""Reading JSON values back: each function returns its argument narrowed, or refuses it."""

from typing import TypeAlias

from sickbay_collector.core.errors import InvalidError

Plain: TypeAlias = "bool | int | float | str | list[Plain] | dict[str, Plain] | None"
"""What `json.loads` returns."""


def integer(value: Plain) -> int:
    """Return a whole number.

    Raises:
        InvalidError: It is something else.
    """
    if isinstance(value, int):
        return value
    raise _refused(value, "a whole number")


def optional_integer(value: Plain) -> int | None:
    """Return a whole number or None.

    Raises:
        InvalidError: It is something else.
    """
    return None if value is None else integer(value)


def number(value: Plain) -> float:
    """Return a finite number.

    Raises:
        InvalidError: It is something else.
    """
    # The comparison is false for NaN and for infinity.
    if isinstance(value, int | float) and abs(value) <= 2.0**60:
        return value
    raise _refused(value, "a finite number")


def optional_number(value: Plain) -> float | None:
    """Return a finite number or None.

    Raises:
        InvalidError: It is something else.
    """
    return None if value is None else number(value)


def text(value: Plain) -> str:
    """Return a text.

    Raises:
        InvalidError: It is something else.
    """
    if isinstance(value, str):
        return value
    raise _refused(value, "a text")


def items(value: Plain, count: int | None = None) -> list[Plain]:
    """Return a list, of `count` items where that is given.

    Raises:
        InvalidError: It is something else, or of another length.
    """
    if isinstance(value, list) and count in {None, len(value)}:
        return value
    raise _refused(value, "a list" if count is None else f"a list of {count}")


def mapping(value: Plain) -> dict[str, Plain]:
    """Return a mapping.

    Raises:
        InvalidError: It is something else.
    """
    if isinstance(value, dict):
        return value
    raise _refused(value, "a mapping")


def _refused(value: Plain, wanted: str) -> InvalidError:
    return InvalidError(
        f"health memory: {repr(value)[:60]} is not {wanted}; start the device's score afresh"
    )
