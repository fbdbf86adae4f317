"""The source as syntax trees: who imports whom, and what a function of the template really reaches.

``Reach`` starts at a handler and follows names through imports, classes through their construction,
and methods by their names. It may find a little too much, never too little.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

from tests.template import ROOT, FunctionSpec

PACKAGE = ROOT / "layers/hotline/python"
FUNCTIONS = ROOT / "functions"


class Place(NamedTuple):
    """A top-level definition, or a method of one."""

    module: str
    name: str


def modules() -> dict[str, Path]:
    """Every module of ours that is deployed, by its dotted name."""
    found = {}
    for root in (PACKAGE, FUNCTIONS):
        for path in sorted(root.rglob("*.py")):
            name = ".".join(path.relative_to(root).with_suffix("").parts)
            found[name.removesuffix(".__init__")] = path
    return found


@cache
def tree(module: str) -> ast.Module:
    """The syntax tree of a module of ours."""
    return ast.parse(modules()[module].read_text(encoding="utf-8"))


def imports(module: str) -> Iterator[str]:
    """Every module that a module imports, those for type checkers excepted."""
    for node in _executed(tree(module)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                inner = f"{node.module}.{alias.name}"
                yield inner if inner in modules() else node.module


class Reach:
    """What a function of the template can come to execute."""

    def __init__(self, function: FunctionSpec) -> None:
        self._known = modules()
        self.reached: set[Place] = set()
        self._classes: set[Place] = set()
        self._attributes: set[str] = set()
        self._visit(Place(function.module, function.handler.rpartition(".")[2]))
        if function.handler.endswith(".app"):
            for name, node in _definitions(function.module).items():
                if isinstance(node, ast.FunctionDef) and node.decorator_list:
                    self._visit(Place(function.module, name))
        while self._methods():
            pass

    def nodes(self) -> Iterator[ast.AST]:
        """Every syntax node of what was reached."""
        for place in self.reached:
            yield from ast.walk(self._node(place))

    def methods_calling(self, name: str) -> Iterator[ast.AST]:
        """The classes whose reached methods call a client's method of that name."""
        for place in self.reached:
            if any(
                isinstance(node, ast.Attribute) and node.attr == name for node in ast.walk(self._node(place))
            ):
                owner = place.name.partition(".")[0]
                yield _definitions(place.module)[owner]

    def _visit(self, place: Place) -> None:
        if place in self.reached or place.module not in self._known:
            return
        node = _definitions(place.module).get(place.name)
        if node is None:
            return
        if isinstance(node, ast.ClassDef):
            if place not in self._classes:
                self._classes.add(place)
                for base in node.bases:
                    self._follow(place.module, base)
                for statement in node.body:
                    if not isinstance(statement, ast.FunctionDef):
                        self._follow(place.module, statement)
            return
        self.reached.add(place)
        self._follow(place.module, node)

    def _methods(self) -> bool:
        """Reach the methods that somebody calls by name, of the classes that somebody makes."""
        before = len(self.reached)
        for place in list(self._classes):
            for statement in getattr(_definitions(place.module)[place.name], "body", ()):
                if isinstance(statement, ast.FunctionDef) and (
                    statement.name in self._attributes or statement.name.startswith("__")
                ):
                    method = Place(place.module, f"{place.name}.{statement.name}")
                    if method not in self.reached:
                        self.reached.add(method)
                        self._follow(place.module, statement)
        return len(self.reached) > before

    def _follow(self, module: str, node: ast.AST) -> None:
        names = _imported(module)
        for each in ast.walk(node):
            if isinstance(each, ast.Name):
                self._visit(names.get(each.id, Place(module, each.id)))
            elif isinstance(each, ast.Attribute):
                self._attributes.add(each.attr)
                if isinstance(each.value, ast.Name) and each.value.id in names:
                    target = names[each.value.id]
                    whole = f"{target.module}.{target.name}".rstrip(".")
                    self._visit(Place(whole, each.attr))

    def _node(self, place: Place) -> ast.AST:
        owner, _, method = place.name.partition(".")
        node = _definitions(place.module)[owner]
        if not method:
            return node
        assert isinstance(node, ast.ClassDef)
        return next(each for each in node.body if isinstance(each, ast.FunctionDef) and each.name == method)


def _definitions(module: str) -> dict[str, ast.AST]:
    found: dict[str, ast.AST] = {}
    for node in tree(module).body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            found[node.name] = node
        elif isinstance(node, ast.Assign):
            found |= {target.id: node.value for target in node.targets if isinstance(target, ast.Name)}
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.value:
            found[node.target.id] = node.value
    return found


@cache
def _imported(module: str) -> dict[str, Place]:
    """What the names of a module's imports stand for; a module itself has an empty name."""
    names: dict[str, Place] = {}
    for node in ast.walk(tree(module)):
        if isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                inner = f"{node.module}.{alias.name}"
                place = Place(inner, "") if inner in modules() else Place(node.module, alias.name)
                names[alias.asname or alias.name] = place
    return names


def _executed(node: ast.AST) -> Iterator[ast.AST]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.If) and "TYPE_CHECKING" in ast.dump(child.test):
            continue
        yield child
        yield from _executed(child)
