"""Hashes passwords with argon2id, slowly on purpose."""

import argon2


class Argon2Hasher:
    """Implements `PasswordHasher`.

    Args:
        hasher: How slowly; the library's default follows RFC 9106's second recommended option.
    """

    def __init__(self, hasher: argon2.PasswordHasher | None = None) -> None:
        self._hasher = hasher or argon2.PasswordHasher()

    def hash(self, password: str) -> str:
        """Return what is kept of a password."""
        return self._hasher.hash(password)

    def matches(self, password_hash: str, password: str) -> bool:
        """Return whether it is the password of that hash."""
        try:
            return self._hasher.verify(password_hash, password)
        except (argon2.exceptions.VerificationError, argon2.exceptions.InvalidHashError):
            return False
