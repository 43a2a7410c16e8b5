"""A person: who asks the desk for something, owns a device, or works at the desk.

Unlike a technician's entry in the configuration, a person is data: kept by hand or by CSV.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from types import MappingProxyType
from typing import NamedTuple

from sickbay_collector.core.desk.text import checked_login
from sickbay_collector.core.errors import InvalidError
from sickbay_collector.core.ids import PersonId
from sickbay_collector.core.line import checked_line, folded

EMAIL_LIMIT = 254
"""Characters of an e-mail address. Source: RFC 5321 section 4.5.3.1.3, without the brackets."""
PHONE_LIMIT = 40
"""Characters of a telephone number, with its signs and an extension."""
SITE_LIMIT = 64
"""Characters of a site's id."""
_LOCAL_LIMIT = 64
_LANGUAGE_LIMIT = 35
# Quoted local parts exist; nobody has one, and they let a header be broken.
_LOCAL = re.compile(r"[^\s@\"(),:;<>\[\]\\.]+(\.[^\s@\"(),:;<>\[\]\\.]+)*")
_LABEL = re.compile(r"[^\W_]([\w-]{0,61}[^\W_])?")
# Source: RFC 5646 section 2.1, without extensions and private use, which no template has.
_LANGUAGE = re.compile(
    r"([A-Za-z]{2,3})(?:-([A-Za-z]{4}))?(?:-([A-Za-z]{2}|[0-9]{3}))?"
    r"((?:-(?:[A-Za-z0-9]{5,8}|[0-9][A-Za-z0-9]{3}))*)"
)
_FEWEST_DIGITS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """A person as the collector keeps it. A text is "" where it is unknown."""

    person_id: PersonId
    name: str
    email: str = ""
    """One person's alone, whatever its case."""
    phone: str = ""
    """As typed; searched by its digits."""
    department: str = ""
    site: str = ""
    """A site's id."""
    language: str = ""
    """BCP 47: "de", "pt-BR"."""
    vip: bool = False
    login: str = ""
    """A technician's; one person's alone, whatever its case."""
    deactivated_at: datetime | None = None
    """Since when the person is gone; None for one who is here. Nobody is deleted."""
    version: int = 1
    """Counts writes, from 1."""


class PersonPosition(NamedTuple):
    """Where in the list a person stands; a page begins behind one."""

    name_key: str
    person_id: PersonId


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonFilter:
    """Which persons to list. What is empty does not filter."""

    text: str = ""
    """Begins a word of the name, the e-mail address or the login, or is part of the telephone
    number."""
    department: str = ""
    site: str = ""
    gone_too: bool = False
    """Whether deactivated persons are listed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonKeys:
    """By what a person is found and sorted."""

    name_key: str
    email_key: str
    login_key: str
    phone_digits: str


def keys_of(person: Person) -> PersonKeys:
    """Return by what a person is found and sorted."""
    return PersonKeys(
        name_key=folded(person.name),
        email_key=person.email.lower(),
        login_key=person.login.lower(),
        phone_digits=digits_of(person.phone),
    )


def position_of(person: Person) -> PersonPosition:
    """Return where the person stands in the list, which is sorted by name."""
    return PersonPosition(folded(person.name), person.person_id)


def digits_of(phone: str) -> str:
    """Return a telephone number's digits, "00" before the country like "+"."""
    digits = "".join(str(int(one)) for one in phone if one.isdecimal())
    return digits.removeprefix("00")


def searched_digits(text: str) -> str:
    """Return the digits by which a search text finds telephone numbers; "" for no such search."""
    is_number = not any(one.isalpha() or one == "@" for one in text)
    digits = digits_of(text) if is_number else ""
    return digits if len(digits) >= _FEWEST_DIGITS else ""


def checked_person(person: Person) -> Person:
    """Return the person with every field as it is kept.

    Raises:
        InvalidError: A field is wrong; the message begins with its name.
    """
    fields = {name: check(getattr(person, name)) for name, check in CHECKS.items()}
    return replace(
        person,
        name=fields["name"],
        email=fields["email"],
        phone=fields["phone"],
        department=fields["department"],
        site=fields["site"],
        language=fields["language"],
        login=fields["login"],
    )


def checked_name(text: str) -> str:
    """Return a name.

    Raises:
        InvalidError: It is empty, too long or has a character that cannot be shown.
    """
    name = checked_line("name", text)
    if not name:
        raise InvalidError("name: is empty; write what the person is called")
    return name


def checked_email(text: str) -> str:
    """Return an e-mail address, "" for none.

    Raises:
        InvalidError: It is none.
    """
    email = checked_line("email", text, limit=EMAIL_LIMIT)
    local, _, domain = email.rpartition("@")
    labels = domain.split(".")
    if email and not (
        len(local) <= _LOCAL_LIMIT
        and _LOCAL.fullmatch(local)
        and len(labels) > 1
        and all(_LABEL.fullmatch(label) for label in labels)
    ):
        raise InvalidError(
            "email: %(email)r is no e-mail address; write it as name@example.com", email=email[:80]
        )
    return email


def checked_phone(text: str) -> str:
    """Return a telephone number as typed, "" for none.

    Raises:
        InvalidError: It is too long, or has fewer than three digits.
    """
    phone = checked_line("phone", text, limit=PHONE_LIMIT)
    if phone and len(digits_of(phone)) < _FEWEST_DIGITS:
        raise InvalidError(
            "phone: %(phone)r has fewer than %(fewest_digits)s digits",
            phone=phone,
            fewest_digits=_FEWEST_DIGITS,
        )
    return phone


def checked_department(text: str) -> str:
    """Return a department, "" for none.

    Raises:
        InvalidError: It is too long or has a character that cannot be shown.
    """
    return checked_line("department", text)


def checked_site(text: str) -> str:
    """Return a site's id, "" for none.

    Raises:
        InvalidError: It is too long or has a character that cannot be shown.
    """
    return checked_line("site", text, limit=SITE_LIMIT)


def checked_language(text: str) -> str:
    """Return a language tag in its usual case, "" for none.

    Raises:
        InvalidError: It is none.

    Source: RFC 5646 section 2.1.1 for the case.
    """
    if not text.strip():
        return ""
    found = _LANGUAGE.fullmatch(text.strip()) if len(text) <= _LANGUAGE_LIMIT else None
    if found is None:
        raise InvalidError(
            "language: %(text)r is no language tag; write it as de, en-GB or zh-Hant",
            text=text[:40],
        )
    language, script, region, variants = found.groups()
    parts = (language.lower(), (script or "").title(), (region or "").upper())
    return "-".join(part for part in parts if part) + variants.lower()


def checked_person_login(text: str) -> str:
    """Return a technician's login name, "" for none.

    Raises:
        InvalidError: It is none.
    """
    login = text.strip()
    return checked_login("login:", login) if login else ""


CHECKS: Mapping[str, Callable[[str], str]] = MappingProxyType(
    {
        "name": checked_name,
        "email": checked_email,
        "phone": checked_phone,
        "department": checked_department,
        "site": checked_site,
        "language": checked_language,
        "login": checked_person_login,
    }
)
"""What makes a field's text what is kept, by the field's name."""
