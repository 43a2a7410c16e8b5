"""Reading the texts that people are sent."""

from sickbay_collector.core.alerts.fields import Fields
from sickbay_collector.core.desk.notice_template import NoticeTemplate, TextEvent
from sickbay_collector.core.errors import InvalidError
from sickbay_collector.services.book.kind import LINE, LINE_MEANS, BookKind, Known
from sickbay_collector.services.notice_texts import checked_template

_TEXT = r"(?s)[^\x00\x7f\ud800-\udfff]{1,8000}"
_TEXT_MEANS = "a text of at most 8,000 characters"
# Source: ISO 639-1.
_LANGUAGE = r"[a-z]{2,3}"


def _template(fields: Fields, known: Known) -> NoticeTemplate:
    del known
    found = NoticeTemplate(
        id=str(fields.take("id").value),
        event=fields.choice("event", TextEvent),
        language=fields.text("language", pattern=_LANGUAGE, means="a code of ISO 639 like de"),
        subject=fields.text("subject", pattern=LINE, means=LINE_MEANS),
        text=fields.text("text", pattern=_TEXT, means=_TEXT_MEANS),
        html=fields.text("html", pattern=_TEXT, means=_TEXT_MEANS) if fields.has("html") else "",
    )
    try:
        return checked_template(found)
    except InvalidError as error:
        raise fields.error("text", str(error)) from None


TEMPLATES = BookKind(
    name="templates",
    one="template",
    keys=("event", "language", "subject", "text", "html"),
    parse=_template,
    most=400,
)
