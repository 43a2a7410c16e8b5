"""Markdown as people write it into tickets, turned into HTML when it is read.

Texts are kept as they were typed. HTML in them is text, pictures are links, headings are bold, and
links tell nobody where they came from; what is made is then cleaned by a list of what may be there.
"""

import re
from collections.abc import MutableMapping, Sequence
from functools import lru_cache

import nh3
from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markdown_it.utils import OptionsDict
from markupsafe import Markup

_TEXT = ("p", "br", "strong", "em", "s", "code", "pre", "blockquote", "hr", "a")
_LISTS = ("ul", "ol", "li", "table", "thead", "tbody", "tr", "th", "td")
_TAGS = frozenset({*_TEXT, *_LISTS})
_SCHEMES = frozenset({"http", "https", "mailto"})
_REL = "noopener nofollow noreferrer"
# Deeper quotes and lists than anybody writes; a parser's time grows with them.
_NESTING = 12
# Without one of these, and without an empty line, a text is one paragraph of plain text.
_MARKS = re.compile(r"[*_`~#>\[\]|\\&<-]|^\s|\n|\d[.)]", re.MULTILINE)


@lru_cache(maxsize=4096)
def markdown(text: str) -> Markup:
    """Return a text that somebody typed as HTML that is safe in a page."""
    if not _MARKS.search(text):
        return Markup("<p>{}</p>").format(text)
    made = _PARSER.render(text)
    return Markup(  # noqa: S704 - cleaned
        nh3.clean(
            made,
            tags=set(_TAGS),
            attributes={"*": set(), "a": {"href"}, "ol": {"start"}},
            url_schemes=set(_SCHEMES),
            url_relative="deny",
            link_rel=_REL,
        )
    )


def _parser() -> MarkdownIt:
    made = MarkdownIt("commonmark", {"html": False, "breaks": True, "maxNesting": _NESTING})
    made.enable(["table", "strikethrough"])
    made.disable(["image", "html_block", "html_inline", "reference"])
    made.add_render_rule("heading_open", _bold_open)
    made.add_render_rule("heading_close", _bold_close)
    return made


def _bold_open(
    _renderer: RendererHTML,
    _tokens: Sequence[Token],
    _place: int,
    _options: OptionsDict,
    _env: MutableMapping[str, object],
) -> str:
    return "<p><strong>"


def _bold_close(
    _renderer: RendererHTML,
    _tokens: Sequence[Token],
    _place: int,
    _options: OptionsDict,
    _env: MutableMapping[str, object],
) -> str:
    return "</strong></p>\n"


_PARSER = _parser()
