"""English that no translation reaches: texts of templates and modules that nothing marks.

A template is lexed by Jinja, what is marked is blanked out, tags are taken away, and letters that
are left were forgotten. Constants of expressions are looked at too, because a page may print them,
and those of Python that read like a sentence.
"""

import ast
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from jinja2 import Environment, nodes

TEXT_ATTRIBUTES = ("title", "aria-label", "placeholder", "alt", "label", "data-name", "data-says")
_MARKING = frozenset({"_", "N_", "gettext", "ngettext", "pgettext", "npgettext"})
# Commands and names in code are the same in every language, and so are single keys.
_VERBATIM = re.compile(r"<code>[^<]*</code>|<kbd[^>]*>.</kbd>", re.DOTALL)
_TAG = re.compile(r"<(?:[^<>\"']|\"[^\"]*\"|'[^']*')*>", re.DOTALL)
_ATTRIBUTE = re.compile(rf"[\s>](?:{'|'.join(TEXT_ATTRIBUTES)})=\"([^\"]*)\"")
# A macro that writes attributes has them outside of a tag.
_WRITTEN_ATTRIBUTE = re.compile(r"\b[a-z-]+=\"[^\"]*\"")
_ENTITY = re.compile(r"&#?\w+;")
_LETTER = re.compile(r"[^\W\d_]")
# A word that begins large, or two words.
_SENTENCE = re.compile(r"^[A-Z][a-z]|[A-Za-z][,:;]? [a-z]")
# An address, or commands.
_CODE = re.compile(r"^/|\n| --")
# Names of headers and of types, what they hold, log lines, and routes.
_TECHNICAL = re.compile(
    r"^[A-Z]\w*(?:-[A-Z]\w*)*$|^[a-z_.]+=| [a-z-]+=|[a-z]/[a-z]|^no|^console: |<"
)
# What pages write whatever their language is.
_SAME = re.compile(r"Sickbay|UTC|P-")
# Classes, attributes and values that templates write by a condition.
_CLASSES = "late good poor crit open none primary apart plain"
_VALUES = "selected checked required true false why resolution"
_NOT_TEXT = frozenset(f"level {_CLASSES} {_VALUES}".split())


def unmarked_in(path: Path, environment: Environment) -> list[str]:
    """Return "file:line: text" for each text of a template that nothing marks."""
    source = path.read_text(encoding="utf-8")
    blank = _VERBATIM.sub(_blanked, _without_jinja(source, environment))
    found = [
        (blank.count("\n", 0, one.start(1)) + 1, one[1])
        for tag in _TAG.finditer(blank)
        for one in _ATTRIBUTE.finditer(blank, tag.start(), tag.end())
    ]
    text = _WRITTEN_ATTRIBUTE.sub(_blanked, _TAG.sub(_blanked, blank))
    found += list(enumerate(text.split("\n"), 1))
    said = [(line, one.replace("\0", "").strip()) for line, one in found if _is_text(one)]
    tree = environment.parse(source)
    said += _constants(tree)
    said += [(call.lineno, "_() of a variable: say |translated") for call in _variable_calls(tree)]
    return [f"{path.name}:{line}: {' '.join(one.split())[:80]}" for line, one in sorted(said)]


def unmarked_in_module(path: Path) -> list[str]:
    """Return "file:line: text" for each sentence of a module that nothing marks."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    skipped = {
        id(one)
        for node in ast.walk(tree)
        if _is_docstring(node) or _marks(node)
        for one in ast.walk(node)
    }
    return [
        f"{path.name}:{node.lineno}: {node.value[:80]}"
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
        if id(node) not in skipped and _SENTENCE.search(node.value)
        if not _TECHNICAL.search(node.value)
    ]


def _is_docstring(node: ast.AST) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _marks(node: ast.AST) -> bool:
    return (
        isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in _MARKING
    )


def _is_text(text: str) -> bool:
    return bool(_LETTER.search(_SAME.sub("", _ENTITY.sub("", text))))


def _blanked(found: re.Match[str]) -> str:
    return re.sub(r"[^\n]", "\0", found[0])


def _without_jinja(source: str, environment: Environment) -> str:
    """Return a template in which all but plain data is blanked out, at the same places."""
    out: list[str] = []
    is_block = is_marked = False
    for _, kind, value in environment.lex(source):
        if kind == "block_begin":
            is_block = True
        elif is_block and kind == "name":
            is_block, is_marked = False, value in {"trans", "pluralize"}
        is_plain = kind == "data" and not is_marked
        out.append(value if is_plain else re.sub(r"[^\n]", "\0", value))
    return "".join(out)


def _constants(tree: nodes.Template) -> set[tuple[int, str]]:
    """Return the constants that nothing marks, and that are printed or read like a sentence."""
    marked = {
        id(one)
        for call in tree.find_all(nodes.Call)
        if isinstance(call.node, nodes.Name) and call.node.name in _MARKING
        for one in call.find_all(nodes.Const)
    }
    compared = {id(one) for node in tree.find_all(nodes.Compare) for one in _consts(node)}
    printed = {
        id(one)
        for output in tree.find_all(nodes.Output)
        for part in output.nodes
        for one in printed_by(part)
    }
    found: set[tuple[int, str]] = set()
    for constant in _consts(tree):
        value = constant.value
        if not isinstance(value, str) or id(constant) in marked or _CODE.search(value):
            continue
        is_printed = id(constant) in printed and _is_text(value) and not _is_class(value)
        if is_printed or (_SENTENCE.search(value) and id(constant) not in compared):
            found.add((constant.lineno, value))
    return found


def _variable_calls(tree: nodes.Template) -> Iterator[nodes.Call]:
    for call in tree.find_all(nodes.Call):
        is_marking = isinstance(call.node, nodes.Name) and call.node.name in _MARKING
        if is_marking and not (call.args and isinstance(call.args[0], nodes.Const)):
            yield call


def _consts(node: nodes.Node) -> Iterator[nodes.Const]:
    return node.find_all(nodes.Const)


def _is_class(value: str) -> bool:
    return set(re.sub(r"%\S*|[^a-z ]", "", value).split()) <= _NOT_TEXT


def printed_by(node: nodes.Node) -> Iterator[nodes.Const]:
    """Yield the constants that an expression may write as they are."""
    if isinstance(node, nodes.Const):
        yield node
    for part in _branches(node):
        yield from printed_by(part)


def _branches(node: nodes.Node) -> Sequence[nodes.Node]:
    """Return the parts of an expression of which one is what it comes to."""
    match node:
        case nodes.CondExpr():
            return [one for one in (node.expr1, node.expr2) if one is not None]
        case nodes.Or():
            return [node.right]
        case nodes.Getitem(node=nodes.Dict() as mapping):
            return [pair.value for pair in mapping.items]
        case nodes.Filter():
            return [node.node, *(node.args if node.name == "default" else ())]
        case nodes.Concat():
            return list(node.nodes)
    return []
