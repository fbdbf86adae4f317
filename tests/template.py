"""``template.yaml`` as data, so that tests hold code against what is really deployed.

Example:
    >>> load().functions["PublishEvents"].handler
    'outbox.publish_events.handler'
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import yaml

ROOT = Path(__file__).resolve().parents[1]
Node = Any
Lookup = Callable[[str, str | None], Any]
"""Gives the value of ``Ref name`` (attribute None) or ``GetAtt name.attribute``."""

OPEN_APIS = ({"Ref": "Open311Api"},)
"""REST APIs without an authorizer: everything in them is public."""

_VARIABLE = re.compile(r"\$\{([A-Za-z0-9:]+)(?:\.([A-Za-z0-9]+))?\}")


class Route(NamedTuple):
    """One API event of a function."""

    method: str
    path: str
    public: bool


class FunctionSpec(NamedTuple):
    """What the template says about one function; ``environment`` and ``statements`` are unresolved."""

    name: str
    handler: str
    environment: Mapping[str, Node]
    statements: tuple[Mapping[str, Node], ...]
    events: Mapping[str, Mapping[str, Any]]
    properties: Mapping[str, Any]

    @property
    def module(self) -> str:
        """The module of the handler, such as ``intake.api``."""
        return self.handler.rpartition(".")[0]

    @property
    def path(self) -> str:
        """The file of the handler without its ending, such as ``intake/api``."""
        return self.module.replace(".", "/")

    @property
    def routes(self) -> tuple[Route, ...]:
        """Its API events."""
        return tuple(
            Route(
                event["Properties"]["Method"],
                event["Properties"]["Path"],
                event["Properties"].get("Auth", {}).get("Authorizer") == "NONE"
                or event["Properties"]["RestApiId"] in OPEN_APIS,
            )
            for event in self.events.values()
            if event["Type"] == "Api"
        )


class Template:
    """The parsed template."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        self.document = document

    @property
    def functions(self) -> dict[str, FunctionSpec]:
        """Every function by its logical name, with the globals merged in."""
        shared = self.document["Globals"]["Function"]
        return {
            name: FunctionSpec(
                name=name,
                handler=properties["Handler"],
                environment={
                    **shared["Environment"]["Variables"],
                    **properties.get("Environment", {}).get("Variables", {}),
                },
                statements=tuple(
                    statement
                    for policy in properties.get("Policies", ())
                    for statement in policy["Statement"]
                ),
                events=properties.get("Events", {}),
                properties={**shared, **properties},
            )
            for name, properties in self.of_type("AWS::Serverless::Function").items()
        }

    def of_type(self, kind: str) -> dict[str, Mapping[str, Any]]:
        """The properties of every resource of a type, by logical name."""
        return {
            name: resource.get("Properties", {})
            for name, resource in self.document["Resources"].items()
            if resource["Type"] == kind
        }

    def consumer_of(self, queue: str) -> FunctionSpec | None:
        """The function that reads a queue."""
        for function in self.functions.values():
            for event in function.events.values():
                if event["Type"] == "SQS" and event["Properties"]["Queue"] == {"Fn::GetAtt": [queue, "Arn"]}:
                    return function
        return None

    def resolve(self, node: Node, lookup: Lookup) -> Any:
        """Replace intrinsic functions; parameters have their defaults."""
        if isinstance(node, list):
            return [self.resolve(each, lookup) for each in node]
        if not isinstance(node, dict):
            return node
        if len(node) == 1:
            ((name, argument),) = node.items()
            if name == "Ref":
                return self._value(argument, None, lookup)
            if name == "Fn::GetAtt":
                return self._value(argument[0], argument[1], lookup)
            if name == "Fn::Sub":
                return _VARIABLE.sub(lambda match: str(self._value(match[1], match[2], lookup)), argument)
            if name == "Fn::If":
                condition, then, otherwise = argument
                return self.resolve(then if self._holds(condition, lookup) else otherwise, lookup)
        return {name: self.resolve(value, lookup) for name, value in node.items()}

    def _value(self, name: str, attribute: str | None, lookup: Lookup) -> Any:
        parameter = self.document["Parameters"].get(name)
        if parameter is not None and "Default" in parameter:
            return parameter["Default"]
        return lookup(name, attribute)

    def _holds(self, condition: str, lookup: Lookup) -> bool:
        rule = self.document["Conditions"][condition]
        left, right = self.resolve(rule["Fn::Not"][0]["Fn::Equals"], lookup)
        return bool(left != right)


@cache
def load() -> Template:
    """The template of this repository."""
    text = (ROOT / "template.yaml").read_text(encoding="utf-8")
    return Template(yaml.load(text, Loader=_Loader))


def references(node: Node) -> Iterator[str]:
    """Every logical name that a part of the template refers to."""
    if isinstance(node, list):
        for each in node:
            yield from references(each)
    elif isinstance(node, dict):
        for name, argument in node.items():
            if name == "Ref":
                yield argument
            elif name == "Fn::GetAtt":
                yield argument[0]
            elif name == "Fn::Sub":
                yield from (match[1] for match in _VARIABLE.finditer(argument))
            else:
                yield from references(argument)


class _Loader(yaml.SafeLoader):
    """Reads the short forms of intrinsic functions."""


def _intrinsic(loader: _Loader, suffix: str, node: yaml.Node) -> dict[str, Any]:
    if isinstance(node, yaml.ScalarNode):
        value: Any = loader.construct_scalar(node)
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    else:
        value = loader.construct_mapping(node, deep=True)
    if suffix in ("Ref", "Condition"):
        return {suffix: value}
    if suffix == "GetAtt" and isinstance(value, str):
        value = value.split(".", 1)
    return {f"Fn::{suffix}": value}


_Loader.add_multi_constructor("!", _intrinsic)
