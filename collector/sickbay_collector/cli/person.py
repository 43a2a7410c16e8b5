"""`sickbay person`: who asks the desk, owns devices, or works here."""

from urllib.parse import quote

import click
from rich.text import Text

from sickbay_collector.cli.client import ApiClient, Query, Record
from sickbay_collector.cli.device_parts import grid
from sickbay_collector.cli.options import asking_collector, naming_collector, output_option
from sickbay_collector.cli.output import (
    Column,
    make_console,
    print_csv,
    print_items,
    print_json,
    print_table,
)
from sickbay_collector.cli.sheets import export_command, import_command
from sickbay_collector.cli.words import NOTHING, local, records_of, text_of

_LIST = (
    Column(title="Name", field="name", wide=True),
    Column(title="E-mail", field="email", wide=True),
    Column(title="Phone", field="phone"),
    Column(title="Department", field="department", wide=True, extra=True),
    Column(title="Site", field="site", extra=True),
    Column(title="Language", field="language", extra=True),
    Column(title="VIP", field="vip"),
    Column(title="Login", field="login", extra=True),
    Column(title="Active", field="active"),
    Column(title="Id", field="person_id"),
)
_TEXTS = ("name", "email", "phone", "department", "site", "language", "login")

_DEVICES = (
    Column(title="Device", field="hostname", wide=True),
    Column(title="Status", field="status"),
    Column(title="Class", field="device_class"),
    Column(title="Criticality", field="criticality"),
    Column(title="Id", field="device_id"),
)


@click.group()
@naming_collector
def person() -> None:
    """Keep who asks the desk and who owns devices."""


@person.command(
    "ls",
    epilog="""\b
Examples:
  sickbay person ls
  sickbay person ls --text schmidt
  sickbay person ls --site berlin --all -o csv
""",
)
@click.option(
    "--text",
    metavar="TEXT",
    help="Begins a word of the name, the e-mail address or the login, or is in the phone number.",
)
@click.option("--department", metavar="NAME", help="Only of this department.")
@click.option("--site", metavar="ID", help="Only of this site.")
@click.option("--all", "all_", is_flag=True, help="Deactivated persons too.")
@click.option("--limit", type=click.IntRange(1, 100_000), default=1000, show_default=True)
@output_option
@asking_collector
def list_(client: ApiClient, *, all_: bool, limit: int, output: str, **filters: str | None) -> None:
    """List persons by name."""
    query: Query = {**filters, "all": "true" if all_ else None}
    items = list(client.pages("/api/v1/people", query, limit=limit))
    if output == "json":
        print_json(list(items))
    elif output == "csv":
        print_csv(_LIST, items)
    else:
        _print_list(items)


@person.command(
    epilog="""\b
Examples:
  sickbay person show ann@example.com
  sickbay person show schmidt -o json
"""
)
@click.argument("name")
@output_option
@asking_collector
def show(client: ApiClient, name: str, output: str) -> None:
    """Show one person.

    NAME is an id, an e-mail address, a login, or the beginning of a name that one person has.
    """
    _print(client.get(_path(name)), output)


@person.command(
    epilog="""\b
Examples:
  sickbay person add "Ann Schmidt" --email ann@example.com --phone "+49 30 1234-5"
  sickbay person add "Bo Li" --department Sales --site berlin --language zh-Hans --vip
"""
)
@click.argument("name")
@click.option("--email", default="", metavar="ADDRESS")
@click.option("--phone", default="", metavar="NUMBER")
@click.option("--department", default="", metavar="NAME")
@click.option("--site", default="", metavar="ID")
@click.option("--language", default="", metavar="TAG", help="BCP 47: de, pt-BR.")
@click.option("--login", default="", metavar="LOGIN", help="A technician's login name.")
@click.option("--vip", is_flag=True, help="Goes before others.")
@output_option
@asking_collector
def add(client: ApiClient, *, vip: bool, output: str, **texts: str) -> None:
    """Add a person."""
    _print(client.post("/api/v1/people", {**texts, "vip": vip}), output)


@person.command(
    epilog="""\b
Examples:
  sickbay person edit ann@example.com --department Sales --phone ""
  sickbay person edit ann@example.com --inactive
"""
)
@click.argument("who", metavar="NAME")
@click.option("--name", metavar="NAME", help="The new name.")
@click.option("--email", metavar="ADDRESS")
@click.option("--phone", metavar="NUMBER")
@click.option("--department", metavar="NAME")
@click.option("--site", metavar="ID")
@click.option("--language", metavar="TAG", help="BCP 47: de, pt-BR.")
@click.option("--login", metavar="LOGIN", help="A technician's login name.")
@click.option("--vip/--no-vip", default=None, help="Whether the person goes before others.")
@click.option("--active/--inactive", default=None, help="Whether the person is here.")
@output_option
@asking_collector
def edit(client: ApiClient, *, who: str, output: str, **fields: str | bool | None) -> None:
    """Change what is named of a person; "" empties a field."""
    said: Record = {name: value for name, value in fields.items() if value is not None}
    if not said:
        raise click.UsageError("name what changes, such as --phone")
    _, etag = client.get_with_etag(_path(who))
    _print(client.patch(_path(who), said, etag=etag), output)


@person.command(
    epilog="""\b
Examples:
  sickbay person devices ann@example.com
  sickbay person devices ann@example.com -o csv
"""
)
@click.argument("name")
@output_option
@asking_collector
def devices(client: ApiClient, name: str, output: str) -> None:
    """List the devices that a person owns."""
    found = client.get(f"{_path(name)}/devices")
    items = records_of(found, "items")
    print_items(
        found,
        _DEVICES,
        items,
        lambda one: [text_of(one, column.field) for column in _DEVICES],
        output=output,
        nothing="no devices",
    )


person.add_command(
    import_command(
        "/api/v1/people/import",
        """Add and change persons by a CSV file.

        A row belongs to the person with its person_id, else its email, else its login. Columns
        that the file has not stay as they are; an empty cell empties its field. -o csv prints the
        errors.
        """,
        examples="""
        sickbay person import people.csv --dry-run
        sickbay person import hr.csv --map "Cost centre=department" --partial
        """,
    )
)
person.add_command(
    export_command(
        "/api/v1/people/export",
        "Write everybody as CSV, which changes nothing when it is imported again.",
        examples="""
        sickbay person export people.csv
        sickbay person export > people.csv
        """,
    )
)


def _path(name: str) -> str:
    return f"/api/v1/people/{quote(name, safe='')}"


def _print(person: Record, output: str) -> None:
    if output == "json":
        print_json(person)
    elif output == "csv":
        print_csv(_LIST, [person])
    else:
        _print_page(person)


def _print_page(person: Record) -> None:
    console = make_console()
    table = grid(columns=2, wide=1)
    for field in _TEXTS:
        table.add_row(Text(field, style="dim"), Text(text_of(person, field) or NOTHING))
    table.add_row(Text("vip", style="dim"), _yes(person, "vip"))
    gone = text_of(person, "deactivated_at")
    table.add_row(Text("active", style="dim"), f"no, since {local(gone)}" if gone else "yes")
    table.add_row(Text("id", style="dim"), text_of(person, "person_id"))
    console.print(table)


def _print_list(items: list[Record]) -> None:
    shown = _LIST[:-1]
    rows = [
        tuple(
            _yes(item, column.field)
            if column.field in {"vip", "active"}
            else text_of(item, column.field)
            for column in shown
        )
        for item in items
    ]
    print_table(shown, rows, nothing="no persons")


def _yes(item: Record, field: str) -> str:
    return "yes" if item.get(field) is True else "no"
