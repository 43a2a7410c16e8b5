"""The search field by keyboard, while one types and without scripts."""

from playwright.sync_api import expect

from sickbay_collector.core.access.role import Role
from tests.browser.conftest import Ward
from tests.collector.clinic import SICK
from tests.kit.browser import AXE, violations, watched


def test_anything_is_found_by_keyboard(ward: Ward) -> None:
    context = ward.open_as(Role.TECHNICIAN, width=360)
    if AXE.exists():
        context.add_init_script(path=AXE)
    page, watch = watched(context)
    page.goto("/tickets")
    page.keyboard.press("/")
    # At once: letters typed slowly would each be looked for, and the list change below the keys.
    page.keyboard.insert_text("02:00:5e")
    field = page.get_by_role("combobox", name="Find anything")
    expect(field).to_have_attribute("aria-expanded", "true")
    if AXE.exists():
        assert violations(page) == []
    page.keyboard.press("ArrowDown")
    option = page.get_by_role("option", name="ws-sick")
    expect(option).to_have_attribute("aria-selected", "true")
    page.keyboard.press("Escape")
    expect(option).to_be_hidden()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/devices/{SICK}")

    assert watch.taken() == []


def test_without_scripts_it_is_a_page(ward: Ward) -> None:
    page = ward.open_as(Role.READER, scripts=False).new_page()
    page.goto("/")
    field = page.get_by_role("combobox", name="Find anything")
    field.fill("ws-sick")
    field.press("Enter")
    page.get_by_role("link", name="ws-sick", exact=True).click()

    expect(page.get_by_role("heading", level=1)).to_have_text("ws-sick")
