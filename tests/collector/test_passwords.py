import argon2

from sickbay_collector.passwords import Argon2Hasher

# Fast on purpose.
HASHER = Argon2Hasher(argon2.PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))


def test_only_the_password_matches_its_hash() -> None:
    kept = HASHER.hash("correct horse battery")

    assert kept.startswith("$argon2id$")
    assert HASHER.matches(kept, "correct horse battery")
    assert not HASHER.matches(kept, "correct horse batterz")
    assert not HASHER.matches("no hash at all", "correct horse battery")


def test_the_default_costs_what_it_should() -> None:
    """Source: RFC 9106 section 4, the second recommended option: 64 MiB, three passes."""
    assert "$m=65536,t=3,p=4$" in Argon2Hasher().hash("x")
