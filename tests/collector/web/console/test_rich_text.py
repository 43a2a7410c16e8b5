import re

import pytest

from sickbay_collector.web.console.rich_text import markdown
from tests.browser.payloads import PAYLOADS

_TAGS = frozenset(
    ("p", "br", "strong", "em", "s", "code", "pre", "blockquote", "ul", "ol", "li", "a")
)
_MADE = re.compile(r"</?([a-z0-9]+)((?:\s[^>]*)?)/?>")


@pytest.mark.parametrize(
    ("typed", "made"),
    [
        pytest.param("Called her.", "<p>Called her.</p>", id="plain text"),
        pytest.param("one\ntwo", "<p>one<br>\ntwo</p>\n", id="a line break"),
        pytest.param("**no** _answer_", "<p><strong>no</strong> <em>answer</em></p>\n", id="bold"),
        pytest.param("# Title", "<p><strong>Title</strong></p>\n", id="a heading is bold"),
        pytest.param("`a < b`", "<p><code>a &lt; b</code></p>\n", id="code"),
        pytest.param(
            "[kb](https://example.com/1)",
            '<p><a href="https://example.com/1" rel="noopener nofollow noreferrer">kb</a></p>\n',
            id="a link",
        ),
        pytest.param(
            '[kb](//example.com "t")',
            '<p><a rel="noopener nofollow noreferrer">kb</a></p>\n',
            id="a link without a scheme leads nowhere",
        ),
        pytest.param("[x](javascript:alert)", "<p>[x](javascript:alert)</p>\n", id="a script"),
        pytest.param(
            "![x](http://example.com/x.png)",
            '<p>!<a href="http://example.com/x.png" rel="noopener nofollow noreferrer">x</a></p>\n',
            id="a picture is a link",
        ),
    ],
)
def test_markdown_becomes_html(typed: str, made: str) -> None:
    assert markdown(typed) == made


@pytest.mark.parametrize("payload", PAYLOADS)
@pytest.mark.parametrize("around", ["{}", "a\n\n> {}\n", "- {}", "[{0}]({0})", "```\n{}\n```"])
def test_hostile_text_stays_text(payload: str, around: str) -> None:
    """Wherever it stands: nothing but tags of text, and of attributes only an address."""
    html = str(markdown(around.format(payload)))

    for tag, attributes in _MADE.findall(html):
        assert tag in _TAGS
        assert re.fullmatch(
            r'(\shref="(https?|mailto):[^"]*")?(\srel="noopener nofollow noreferrer")?',
            attributes.rstrip(),
        )
