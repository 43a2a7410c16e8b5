"""Which category a contact is probably about: by its words, and by tickets that had them before.

A word list of a few hundred words and no more: what it does not know it does not guess. Whoever
writes the ticket sees the word that decided, and decides.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from sickbay_collector.core.desk.category import Category
from sickbay_collector.core.desk.word_search import WordSearch, words_of

MOST = 3
"""Suggestions that are made at once."""
_PHRASE = 3.0
_WORD = 2.0
# Of all earlier tickets that share words: enough to break a tie, less than a word that is listed.
_BEFORE = 1.5
# Shorter words, as "the" and "bei", say nothing of what a ticket is about.
_SHORTEST = 4
_FEWEST_BEFORE = 2

_WORDS: Mapping[str, str] = MappingProxyType(
    {
        "hardware/computer": "laptop, notebook, computer, docking station, dock, will not start,"
        " does not start, blue screen",
        "hardware/drive": "hard disk, hard drive, ssd, festplatte",
        "hardware/display": "monitor, screen, display, flickers, bildschirm",
        "hardware/accessory": "mouse, keyboard, headset, webcam, cable, maus, tastatur, kabel",
        "hardware/printer": "printer, print, prints, printing, printed, paper jam, toner, scanner,"
        " drucker, drucken, scan",
        "software/installation": "install, installed, installation, setup, installieren",
        "software/crash": "crash, crashes, crashed, freezes, hangs, error message, abgestürzt,"
        " stürzt ab",
        "software/usage": "how do i, how to, excel, word, powerpoint, formula, wie kann ich",
        "software/licence": "licence, license, activation, lizenz",
        "software/mail": "outlook, mail, mails, e mail, email, inbox, calendar, postfach, kalender",
        "network/lan": "network, lan, ethernet, network socket, netzwerk",
        "network/wifi": "wifi, wi fi, wlan, wireless",
        "network/vpn": "vpn, remote access, tunnel",
        "network/internet": "internet, website, web page, browser, proxy",
        "network/name-resolution": "dns, host name, server not found",
        "security/malware": "virus, malware, trojan, ransomware, encrypted files",
        "security/phishing": "phishing, suspicious mail, suspicious link, strange mail, spam",
        "security/loss": "stolen, lost my, lost laptop, lost phone, gestohlen, verloren",
        "security/vulnerability": "vulnerability, cve, exploit, sicherheitslücke",
        "security/data": "data leak, wrong recipient, data breach, datenschutz",
        "access/password": "password, passwort, kennwort, locked out, account locked, gesperrt,"
        " cannot log in, can not log in, cannot sign in, login, log in, sign in, anmelden",
        "access/account": "account, user account, konto, benutzerkonto",
        "access/rights": "access, permission, permissions, rights, no access, access denied, share"
        " access, berechtigung, zugriff",
        "access/second-factor": "mfa, 2fa, second factor, authenticator, two factor, token app",
        "access/joiner-leaver": "new colleague, new employee, starts on monday, leaves us,"
        " joiner, leaver, neuer kollege, neue kollegin",
        "performance/boot": "boots slowly, slow boot, slow start, takes long to start",
        "performance/processor": "cpu, processor, fan is loud, lüfter",
        "performance/memory": "out of memory, ram, arbeitsspeicher",
        "performance/program": "program is slow, slow program, application is slow",
        "performance": "slow, very slow, langsam, sluggish",
        "storage/space": "disk full, disk is full, no space, out of space, quota, voll",
        "storage/share": "network drive, shared drive, file share, share, netzlaufwerk",
        "storage/backup": "backup, restore, deleted file, sicherung, wiederherstellen",
        "storage/encryption": "bitlocker, recovery key, encryption",
        "power/battery": "battery, akku",
        "power/charger": "charger, charging, does not charge, power supply, netzteil, lädt nicht",
        "power/heat": "hot, overheats, overheating, heiß",
        "power/mains": "power cut, power outage, stromausfall",
        "updates/restart": "restart after update, restarts all the time",
        "updates/overdue": "update, updates, patch",
        "updates/driver": "driver, treiber",
        "updates/firmware": "firmware, bios",
    }
)
"""Words and phrases by category, in English and German."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggestion:
    """A category that may be meant."""

    category: str
    subcategory: str
    """"" where the words say no more."""
    because: str
    """What decided, for who reads it: "password", "3 tickets before"."""
    weight: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Before:
    """An earlier ticket, as far as it counts here."""

    title: str
    category: str
    subcategory: str


def suggest(
    text: str, categories: Mapping[str, Category], before: Iterable[Before] = ()
) -> tuple[Suggestion, ...]:
    """Return the categories that a text is probably about, the likeliest first; none if unknown.

    Args:
        text: What the caller says.
        categories: Those that the desk has; no others are suggested.
        before: Earlier tickets that may share words with it.
    """
    search = WordSearch(text)
    weights: dict[str, float] = {}
    reasons: dict[str, str] = {}
    for name, phrases in _PHRASES.items():
        found = [phrase for phrase in phrases if search.has_any((phrase,))]
        if found and _is_known(name, categories):
            best = max(found, key=lambda one: (" " in one, len(one)))
            weights[name] = sum(_PHRASE if " " in one else _WORD for one in found)
            reasons[name] = best
    for name, count in _seen(text, before).items():
        if _is_known(name, categories) and (count >= _FEWEST_BEFORE or name in weights):
            weights[name] = weights.get(name, 0.0) + _BEFORE
            reasons.setdefault(name, f"{count} tickets before")
    ordered = sorted(weights, key=lambda name: (-weights[name], name))
    return tuple(
        Suggestion(
            category=name.partition("/")[0],
            subcategory=name.partition("/")[2],
            because=reasons[name],
            weight=weights[name],
        )
        for name in ordered[:MOST]
    )


def telling(text: str) -> str:
    """Return the longest word of a text, to look for earlier tickets by; "" for none."""
    words = [word for word in words_of(text) if len(word) >= _SHORTEST and not word.isdigit()]
    return max(words, key=len, default="")


def _seen(text: str, before: Iterable[Before]) -> Counter[str]:
    """Count earlier tickets by category that share two words with the text, or all that it has."""
    mine = {word for word in words_of(text) if len(word) >= _SHORTEST}
    needed = min(2, len(mine))
    found: Counter[str] = Counter()
    for one in before:
        shared = len(mine.intersection(words_of(one.title)))
        if needed and shared >= needed and one.category != "other":
            found[f"{one.category}/{one.subcategory}".rstrip("/")] += 1
    return found


def _is_known(name: str, categories: Mapping[str, Category]) -> bool:
    category, _, part = name.partition("/")
    found = categories.get(category)
    return found is not None and (not part or part in found.subcategories)


_PHRASES = MappingProxyType(
    {name: tuple(one.strip() for one in words.split(",")) for name, words in _WORDS.items()}
)
