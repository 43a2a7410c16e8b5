"""What applies to the configuration over HTTP, from the API and from pages alike."""

from sickbay_collector.services.book.apply import Applied, Applying, apply, preview
from sickbay_collector.web.context import WebContext


def previewed(context: WebContext, applying: Applying) -> Applied:
    """Return what would change.

    Raises:
        InvalidError: What would be in force then is wrong.
        NotFoundError: An entry that is to be removed was not applied.
        StaleRevisionError: Somebody applied something since.
    """
    with context.open_reads() as uow:
        return preview(uow, context.shelf.now.base, applying)


def applied(context: WebContext, applying: Applying) -> Applied:
    """Apply, and put it in force in this collector at once.

    Raises:
        InvalidError: What would be in force then is wrong; nothing was changed.
        NotFoundError: An entry that is to be removed was not applied.
        StaleRevisionError: Somebody applied something since.
    """
    base = context.shelf.now.base
    done = apply(context.open_writes, base, applying, open_reads=context.open_reads)
    # The other collectors look for themselves within a second or two.
    context.shelf.follow()
    return done
