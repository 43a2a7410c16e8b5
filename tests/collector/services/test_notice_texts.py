from dataclasses import asdict, replace
from pathlib import Path

import pytest

from sickbay_collector.core.desk.notice_template import (
    SAMPLE,
    NoticeTemplate,
    NoticeValues,
    TextEvent,
)
from sickbay_collector.core.errors import InvalidError
from sickbay_collector.services.book.load import load_book
from sickbay_collector.services.book.shipped import shipped_templates
from sickbay_collector.services.notice_texts import checked_template, text_for

PLAIN = NoticeTemplate(
    id="x", event=TextEvent.RECEIPT, language="en", subject="s", text="{{ title }}"
)


@pytest.mark.parametrize("language", ["en", "de"])
@pytest.mark.parametrize("event", list(TextEvent))
def test_every_event_is_shipped_in_english_and_german(event: TextEvent, language: str) -> None:
    found = {one.language: one for one in shipped_templates() if one.event is event}
    empty = NoticeValues(**dict.fromkeys(asdict(SAMPLE), ""))

    assert language in found
    for values in (SAMPLE, empty):
        text = text_for([], shipped_templates(), event, language, values)
        assert text.subject
        assert text.text
        assert not text.failed
    assert not any(line.startswith("{%") for line in found[language].text.splitlines()[:1])


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("{{ nobody }}", "does not work on sample values: 'nobody' is undefined"),
        ("{{ title", "is no template"),
        ("{% for one in title %}{{ one }}{% endfor %}", "no for"),
        ("{{ title.__class__ }}", "no getattr"),
        ("{{ title['x'] }}", "no getitem"),
        ("{{ title.format(1) }}", "no call"),
        ("{{ title * 1000000000 }}", "no mul"),
        ("{{ 10 ** 10 ** 10 }}", "no pow"),
        ("{% include 'x' %}", "no include"),
        ("{% macro x() %}{% endmacro %}", "no macro"),
        ("{% set x = title %}", "no assign"),
        ("{{ title ~ title }}", "no concat"),
        ("{{ title | center(1000000000) }}", "filter 'center' is not allowed"),
        ("{{ title | nonsense }}", "is no template|filter 'nonsense' is not allowed"),
    ],
)
@pytest.mark.parametrize("part", ["subject", "text", "html"])
def test_template_that_fails_or_may_run_long_is_refused(
    source: str, message: str, part: str
) -> None:
    bad = replace(PLAIN, **{part: source})  # type: ignore[arg-type]
    with pytest.raises(InvalidError, match=message):
        checked_template(bad)


def test_conditions_and_filters_are_allowed() -> None:
    good = replace(PLAIN, text="{% if name and not waits_for %}{{ name | upper }}{% endif %}-")

    assert checked_template(good) is good


def test_subject_is_one_line_and_html_is_escaped() -> None:
    own = replace(PLAIN, subject="a\n{{ title }}", html="{{ title }}")
    values = replace(SAMPLE, title="<b>\r\nBcc: x")
    text = text_for([own], (), TextEvent.RECEIPT, "en", values)

    assert text.subject == "a <b> Bcc: x"
    assert text.html.startswith("&lt;b&gt;")


def test_site_adds_a_language_and_errors_name_the_file(tmp_path: Path) -> None:
    file = tmp_path / "fr.yaml"
    head = "templates:\n  - id: receipt-fr\n    event: receipt\n    language: fr\n"
    file.write_text(head + '    subject: "Ticket {{ number }}"\n    text: "Bonjour {{ name }}"\n')
    book = load_book([tmp_path])
    text = text_for(
        book.templates.values(), shipped_templates(), TextEvent.RECEIPT, "fr-CA", SAMPLE
    )
    file.write_text(head + '    subject: "x"\n    text: "{{ nope }}"\n')

    assert text.text == "Bonjour Ada Example"
    with pytest.raises(InvalidError, match=r"fr\.yaml:6: template receipt-fr: text: does not work"):
        load_book([tmp_path])
