"""Who asks: a login with the rights and the scope that it has at this moment."""

from dataclasses import dataclass

from sickbay_collector.core.access.right import Right
from sickbay_collector.core.access.role import RIGHTS, Role
from sickbay_collector.core.access.scope import EVERYTHING, Scope


@dataclass(frozen=True, slots=True, kw_only=True)
class Principal:
    """Who asks. Made anew for every request, so that what was taken away is gone at once."""

    user: str
    """Login name."""
    role: Role
    rights: frozenset[Right]
    """The role's, cut with those of a token's maker."""
    scope: Scope = EVERYTHING
    token_id: str = ""
    """"" for a session."""

    def may(self, right: Right) -> bool:
        """Return whether this principal has the right."""
        return right in self.rights

    def may_grant(self, role: Role) -> bool:
        """Return whether this principal may give somebody this role.

        Who manages access gives every role but those that manage access themselves; only an
        administrator gives these.
        """
        if not self.may(Right.ACCOUNTS_WRITE):
            return False
        return self.role is Role.ADMINISTRATOR or Right.ACCOUNTS_WRITE not in RIGHTS[role]

    def cut(self, maker: "Principal") -> "Principal":
        """Return this principal with no more than its maker has."""
        return Principal(
            user=self.user,
            role=self.role,
            rights=self.rights & maker.rights,
            scope=self.scope.cut(maker.scope),
            token_id=self.token_id,
        )


def principal(user: str, role: Role, scope: Scope = EVERYTHING, *, token_id: str = "") -> Principal:
    """Return a principal with all rights of its role."""
    return Principal(user=user, role=role, rights=RIGHTS[role], scope=scope, token_id=token_id)
