from sickbay_collector.services.access import Role
from tests.collector.clinic import Clinic
from tests.collector.web.console.conftest import Open, csrf_on
from tests.collector.web.test_ticket_presence import ben_writes


def test_a_page_says_who_else_is_there(clinic: Clinic, open_as: Open) -> None:
    """When it is opened, and as long as somebody does something on it; it locks nothing."""
    client = open_as(Role.TECHNICIAN)
    page = client.get("/tickets/1").text
    assert "Also open here" not in page
    form = {"csrf": csrf_on(page), "is_writing": "false"}
    assert client.post("/tickets/1/here", data=form).text.strip() == ""

    ben_writes(clinic)

    assert "<b>ben</b>, who writes on it" in client.get("/tickets/1").text
    assert "<b>ben</b>, who writes on it" in client.post("/tickets/1/here", data=form).text
    assert client.post("/tickets/1/here", data={"is_writing": "true"}).status_code == 403
    assert client.post("/tickets/1/take", data={**form, "version": "1"}).status_code == 303
