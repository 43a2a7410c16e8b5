"""Makes the texts that people are sent of the desk's templates.

A template is tried when it is loaded, on sample values and on empty ones; one that fails all the
same when it is used gives way to the text that this package ships.
"""

import logging
from collections.abc import Iterable, Mapping
from dataclasses import fields, replace
from functools import lru_cache

from jinja2 import StrictUndefined, Template, TemplateError, nodes
from jinja2.sandbox import ImmutableSandboxedEnvironment

from sickbay_collector.core.desk.notice_template import (
    SAMPLE,
    NoticeTemplate,
    NoticeText,
    NoticeValues,
    TextEvent,
)
from sickbay_collector.core.errors import InvalidError

log = logging.getLogger(__name__)

_VALUES = tuple(field.name for field in fields(NoticeValues))
DEFAULT_LANGUAGE = "en"
TEXT_LIMIT = 20_000
"""Characters of a text that was made."""
# What cannot run long: no loop, call, import, macro or arithmetic.
_NODES = (
    nodes.Template,
    nodes.Output,
    nodes.TemplateData,
    nodes.Name,
    nodes.Const,
    nodes.Filter,
    nodes.If,
    nodes.Compare,
    nodes.Operand,
    nodes.And,
    nodes.Or,
    nodes.Not,
    nodes.CondExpr,
)
_FILTERS = frozenset(
    {"capitalize", "default", "e", "escape", "lower", "title", "trim", "truncate", "upper"}
)
# Anything that a value can do inside a template; a fault of ours is not hidden by it.
_ERRORS = (TemplateError, ValueError, TypeError, ArithmeticError, LookupError, AttributeError)


def checked_template(template: NoticeTemplate) -> NoticeTemplate:
    """Return the template if it can be used.

    Raises:
        InvalidError: It is no template, does more than it may, or fails on sample values.
    """
    for part in (template.subject, template.text, template.html):
        _check_nodes(part)
    empty = NoticeValues(**dict.fromkeys(_VALUES, ""))
    try:
        for values in (SAMPLE, empty):
            _rendered(template, values)
    except _ERRORS as error:
        raise InvalidError(f"does not work on sample values: {error}") from None
    return template


def text_for(
    templates: Iterable[NoticeTemplate],
    shipped: Iterable[NoticeTemplate],
    event: TextEvent,
    language: str,
    values: NoticeValues,
) -> NoticeText:
    """Return the text for somebody who reads this language, else in English.

    Args:
        templates: Those in force.
        shipped: Those of this package, which take over when one in force fails.
        event: What it tells of.
        language: A language tag, of which the first part counts; "" for unknown.
        values: What it says.
    """
    wanted = language.partition("-")[0].lower()
    chosen = _chosen(templates, event, wanted)
    if chosen is not None:
        try:
            return _rendered(chosen, values)
        except _ERRORS as error:
            log.error(  # noqa: TRY400 - the message says it all
                "notice.template_failed template=%s error=%s", chosen.id, type(error).__name__
            )
    found = _chosen(shipped, event, wanted)
    if found is None:
        raise InvalidError(f"no text is shipped for {event}")
    return replace(_rendered(found, values), failed=chosen is not None)


def _chosen(
    templates: Iterable[NoticeTemplate], event: TextEvent, language: str
) -> NoticeTemplate | None:
    found = {one.language: one for one in templates if one.event is event}
    return found.get(language) or found.get(DEFAULT_LANGUAGE)


def _rendered(template: NoticeTemplate, values: NoticeValues) -> NoticeText:
    said = {name: getattr(values, name) for name in _VALUES}
    html = _made(template.html, said, is_html=True) if template.html else ""
    return NoticeText(
        subject=" ".join(_made(template.subject, said).split()),
        text=_made(template.text, said).strip(),
        html=html,
    )


def _made(source: str, values: Mapping[str, str], *, is_html: bool = False) -> str:
    made = _compiled(source, is_html=is_html).render(values)
    if len(made) > TEXT_LIMIT:
        raise ValueError(f"makes more than {TEXT_LIMIT} characters")
    return made


# A desk has some dozens of texts; to compile one takes a hundred times as long as to fill it in.
@lru_cache(maxsize=512)
def _compiled(source: str, *, is_html: bool) -> Template:
    made = _environment(is_html=is_html).from_string(source)
    # Functions, which no text may call; to hand them to it takes longer than to fill it in.
    made.globals = {}
    return made


def _environment(*, is_html: bool) -> ImmutableSandboxedEnvironment:
    return ImmutableSandboxedEnvironment(
        autoescape=is_html, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )


def _check_nodes(source: str) -> None:
    try:
        tree = _environment(is_html=False).parse(source)
    except (TemplateError, RecursionError) as error:
        raise InvalidError(f"is no template: {error}") from None
    for node in (tree, *tree.find_all(nodes.Node)):
        if not isinstance(node, _NODES):
            raise InvalidError(
                f"may hold variables, filters and conditions, no {type(node).__name__.lower()}"
            )
        if isinstance(node, nodes.Filter) and node.name not in _FILTERS:
            allowed = ", ".join(sorted(_FILTERS))
            raise InvalidError(f"filter {node.name!r} is not allowed; allowed: {allowed}")
