"""The channel `teams`: a workflow's webhook that posts an Adaptive Card.

Source: learn.microsoft.com, "Create incoming webhooks with Workflows for Microsoft Teams".
"""

from sickbay_collector.core.desk.channel_spec import ChannelSpec
from sickbay_collector.notify.channel import Channel, Message
from sickbay_collector.notify.hooks import HookChannel, Tools, Written, cut

# A card may have 28 KB.
_LIMIT = 6000


def make(spec: ChannelSpec, tools: Tools) -> Channel:
    """Return the channel."""
    return HookChannel(spec, tools, write)


def write(message: Message, spec: ChannelSpec, url: str, secret: str) -> Written:
    """Return the message as a card of two texts, whose markup stays text."""
    del spec, secret
    head = _text(message.subject, weight="Bolder", size="Medium")
    card = {
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.4",
        "body": [head, _text(cut(message.body, _LIMIT))],
    }
    content_type = "application/vnd.microsoft.card.adaptive"
    attachment = {"contentType": content_type, "contentUrl": None, "content": card}
    return Written(url=url, body={"type": "message", "attachments": [attachment]})


def _text(text: str, **style: str) -> dict[str, object]:
    # A RichTextBlock's run is the one element of a card that knows no Markdown.
    return {"type": "RichTextBlock", "inlines": [{"type": "TextRun", "text": text, **style}]}
