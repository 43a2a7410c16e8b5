"""Changing one entry as people do: they see all of it, say all of it, and only what differs stays.

An entry over one of a file or a default is kept as the keys in which it differs, so that what the
file says elsewhere goes on to count. Values of secret keys are never shown; who says none keeps it.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from sickbay_collector.core.alerts.fields import Fields, wrong
from sickbay_collector.core.alerts.source import Marked, Plain, plain
from sickbay_collector.core.errors import NotFoundError
from sickbay_collector.services.book.kind import EntryKind, Layer, marked
from sickbay_collector.services.book.layers import empty_layer, entry_id, laid_over
from sickbay_collector.services.book.listing import Source
from sickbay_collector.services.book.plan import Wanted, applied_layer
from sickbay_collector.services.book.shelf import InForce
from sickbay_collector.services.config_ports import ConfigEntry

_SWITCH = "enabled"


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryNow:
    """An entry as it is now."""

    kind: EntryKind
    id: str
    source: Source
    content: Mapping[str, Plain]
    """Its keys, secret ones left out."""
    secrets: tuple[str, ...]
    """Secret keys that have a value."""
    beneath: str
    """Place of what a file or the defaults say of it: "site.yaml:3"; "" where they say nothing."""
    applied: ConfigEntry | None
    """What was applied; None where nothing was."""

    @property
    def is_on(self) -> bool:
        """Return whether it counts."""
        return self.content.get(_SWITCH) is not False


def entry_now(now: InForce, stored: Sequence[ConfigEntry], kind: EntryKind, name: str) -> EntryNow:
    """Return an entry.

    Raises:
        NotFoundError: There is none with that id.
    """
    entry = laid_over(now.base, applied_layer(stored))[kind.name].get(name)
    content = None if entry is None else plain(entry)
    if not isinstance(content, dict):
        raise NotFoundError(f"there is no {kind.one} {name[:64]!r}")
    own = next((one for one in stored if (one.kind, one.id) == (kind.name, name)), None)
    base = now.base[kind.name].get(name)
    source = Source.FILE if name in now.files[kind.name] else Source.DEFAULT
    return EntryNow(
        kind=kind,
        id=name,
        source=source if own is None else Source.APPLIED,
        content={key: value for key, value in content.items() if key not in kind.secrets},
        secrets=tuple(key for key in kind.secrets if key in content),
        beneath="" if base is None else base.where.rpartition("/")[2],
        applied=own,
    )


def edited(base: Layer, stored: Sequence[ConfigEntry], kind: EntryKind, said: Marked) -> Wanted:
    """Return what to apply so that an entry says this.

    Args:
        base: The defaults with the files over them.
        stored: What is applied.
        kind: Of the entry.
        said: All its keys; secret ones may be left out.

    Raises:
        InvalidError: It has no valid id, or leaves out what stands beneath it.
    """
    name = entry_id(kind, said)
    keys = dict(said.value) if isinstance(said.value, Mapping) else {}
    beneath = _keys(base[kind.name].get(name))
    keys |= _kept_secrets(kind, keys, _keys(applied_layer(stored)[kind.name].get(name)))
    _switch_on(keys, beneath, said.where)
    _check_whole(kind, name, said, keys, beneath)
    kept = {
        key: value
        for key, value in keys.items()
        if key == kind.id_key or key not in beneath or plain(value) != plain(beneath[key])
    }
    layer = empty_layer()
    layer[kind.name][name] = Marked(value=kept, where=said.where)
    return Wanted(layer=layer)


def switched(
    base: Layer, stored: Sequence[ConfigEntry], kind: EntryKind, name: str, *, on: bool
) -> Wanted:
    """Return what to apply so that an entry counts, or no longer does; all else stays as it is."""
    own = dict(_keys(applied_layer(stored)[kind.name].get(name)))
    own.pop(_SWITCH, None)
    own[kind.id_key] = marked(name, kind.id_key)
    is_off_beneath = not _is_on(_keys(base[kind.name].get(name)))
    if on is is_off_beneath:
        own[_SWITCH] = marked(on, _SWITCH)
    layer = empty_layer()
    layer[kind.name][name] = Marked(value=own, where=f"{kind.name}/{name}")
    return Wanted(layer=layer)


def check_new(now: InForce, stored: Sequence[ConfigEntry], kind: EntryKind, said: Marked) -> str:
    """Return the id of an entry that is to be added.

    Raises:
        InvalidError: It has none, or one that is there already.
    """
    name = entry_id(kind, said)
    if name in now.base[kind.name] or name in applied_layer(stored)[kind.name]:
        fields = Fields(said, f"{kind.one} {name}", None)
        raise fields.error(kind.id_key, f"{name!r} is there already; change that one")
    return name


def check_same(kind: EntryKind, name: str, said: Marked) -> None:
    """Refuse an entry with another id than the one that is changed.

    Raises:
        InvalidError: It has.
    """
    if entry_id(kind, said) != name:
        fields = Fields(said, f"{kind.one} {name}", None)
        raise fields.error(kind.id_key, f"must stay {name!r}; add another one for another id")


def _keys(entry: Marked | None) -> Mapping[str, Marked]:
    return entry.value if entry is not None and isinstance(entry.value, Mapping) else {}


def _is_on(keys: Mapping[str, Marked]) -> bool:
    return _SWITCH not in keys or keys[_SWITCH].value is not False


def _kept_secrets(
    kind: EntryKind, said: Mapping[str, Marked], own: Mapping[str, Marked]
) -> dict[str, Marked]:
    """Return the applied secrets that were not said anew, while they have a meaning."""
    is_other = "kind" in own and "kind" in said and plain(own["kind"]) != plain(said["kind"])
    return {
        key: own[key]
        for key in kind.secrets
        if key in own and not is_other and not _says(said, key)
    }


def _says(said: Collection[str], key: str) -> bool:
    """Return whether a secret is said, or where it is found."""
    return any(one in said for one in (key, f"{key}_file", f"{key}_env"))


def _switch_on(keys: dict[str, Marked], beneath: Mapping[str, Marked], where: str) -> None:
    """Let an entry count that is off beneath and does not say so itself."""
    if _SWITCH not in keys and not _is_on(beneath):
        keys[_SWITCH] = marked(True, where)  # noqa: FBT003 - a value of YAML


def _check_whole(
    kind: EntryKind,
    name: str,
    said: Marked,
    keys: Collection[str],
    beneath: Mapping[str, Marked],
) -> None:
    for key, value in beneath.items():
        if key not in keys and key not in (*kind.secrets, _SWITCH):
            place = value.where.rpartition("/")[2]
            raise wrong(
                said.where,
                f"{kind.one} {name}",
                f"{key}: stands in {place}, so it can be changed here, but not left out",
            )
