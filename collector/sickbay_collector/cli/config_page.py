"""Settings as a TOML file that says of each line where it comes from."""

import json
from collections.abc import Mapping
from pathlib import Path

from sickbay_collector.config import CollectorConfig
from sickbay_collector.db.engine import mask_url

Value = str | bool | int | float | tuple[str, ...] | Path | None
# What the log of a comment column looks like beside short and long lines.
_COMMENT_COLUMN = 44


def as_toml(config: CollectorConfig, sources: Mapping[str, str]) -> str:
    """Return all settings; secrets are masked, what follows from another setting is worked out.

    Args:
        config: The settings.
        sources: Where those come from that are no default, as of `trace_config`.
    """
    derived: Mapping[str, Value] = {
        "database_url": mask_url(config.database),
        "oidc_client_secret": "***" if config.oidc_client_secret else "",
        "ca_dir": config.ca,
        "rules_dir": config.rules,
        "sla_dir": config.sla,
        "desk_dir": config.desk,
    }
    lines = []
    for name in CollectorConfig.model_fields:
        own: Value = getattr(config, name)
        value = derived.get(name, own)
        source = sources.get(name, "default")
        if name in derived and own in {None, ""}:
            source = f"{source}, in state_dir"
        lines.append(_line(name, value, source))
    return "\n".join(lines) + "\n"


def _line(name: str, value: Value, source: str) -> str:
    # TOML has no word for "not set".
    text = f"# {name} is not set" if value is None else f"{name} = {_value(value)}"
    return f"{text:<{_COMMENT_COLUMN}}  # {_plain(source)}"


def _value(value: Value) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return repr(value)
    if isinstance(value, tuple):
        return f"[{', '.join(map(_value, value))}]"
    return _quoted(str(value))


def _quoted(text: str) -> str:
    """Return a basic string. TOML's escapes are JSON's; it wants one for DEL as well."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _plain(source: str) -> str:
    """Return a source that cannot end its comment."""
    return "".join(letter if letter.isprintable() else "?" for letter in source)
