"""Chance without state: a number that is always the same for the same key.

A generator that is drawn from would make a device's Tuesday depend on how much of its Monday was
asked for. Here every value is a hash of who, what and when.
"""

from enum import IntEnum

_MASK = (1 << 64) - 1


class Topic(IntEnum):
    """What a number is drawn for; two topics of one moment are independent."""

    DEVICE = 1
    MODEL = 2
    IMAGE = 3
    AILMENT = 4
    PHASE = 5
    SERIAL = 6
    PRESENCE = 7
    ARRIVAL = 8
    LENGTH = 9
    LUNCH = 10
    BOOT = 11
    LOAD = 12
    BURST = 13
    MEMORY = 14
    IDLE = 15
    SPACE = 16
    HEAT = 17
    TRAFFIC = 18
    KILL = 19
    CRASH = 20
    UPDATE = 21
    BATTERY = 22
    DRIVE = 23
    HABIT = 24
    EVIDENCE = 25
    AGENT = 26


def mix(key: int, *parts: int) -> int:
    """Return 64 well mixed bits of a key and what is asked for.

    Source: the finaliser of splitmix64 (Steele, Lea, Flood: Fast splittable pseudorandom number
    generators, 2014).
    """
    value = key & _MASK
    for part in parts:
        value = (value + 0x9E3779B97F4A7C15 * (part + 1)) & _MASK
        value = (value ^ value >> 30) * 0xBF58476D1CE4E5B9 & _MASK
        value = (value ^ value >> 27) * 0x94D049BB133111EB & _MASK
        value ^= value >> 31
    return value


def unit(key: int, *parts: int) -> float:
    """Return a number in [0, 1)."""
    return (mix(key, *parts) >> 11) / 2.0**53


def smooth(key: int, topic: Topic, at_s: int, period_s: int) -> float:
    """Return a number in [0, 1) that wanders: new every period, straight lines between."""
    step, within_s = divmod(at_s, period_s)
    share = within_s / period_s
    return (1 - share) * unit(key, topic, step) + share * unit(key, topic, step + 1)
