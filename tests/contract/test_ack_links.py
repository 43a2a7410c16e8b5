"""The key of links is made once, however many collectors ask for it."""

from tests.contract.conftest import Stores


def test_the_key_is_made_once_and_kept(stores: Stores) -> None:
    with stores.read() as uow:
        assert uow.ack_links.key() is None
    with stores.open() as uow:
        made = uow.ack_links.make_key()
        uow.commit()
    with stores.open() as uow:
        again = uow.ack_links.make_key()
    with stores.read() as uow:
        kept = uow.ack_links.key()

    assert len(made) == 32
    assert made == again == kept
