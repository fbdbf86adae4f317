"""Imports go one way, and importing does nothing else."""

from __future__ import annotations

import ast
import sys

import pytest

from tests.wiring.code import imports, modules, tree

MAY_IMPORT = {
    "domain": {"domain"},
    "ports": {"domain"},
    "use_cases": {"use_cases", "domain", "ports"},
    "adapters": {"adapters", "domain", "ports", "settings", "observability"},
    "edges": {"edges", "domain", "ports", "observability"},
    "wiring": {"wiring", "use_cases", "adapters", "domain", "ports", "settings", "observability"},
    "settings": set(),
    "observability": {"domain"},
    "functions": {"edges", "wiring", "use_cases", "domain", "ports", "observability"},
}
"""Layer by layer; ``functions`` take types from use cases and domain, and what they do from wiring."""

PURE = {"pydantic", "pydantic_core", "stdnum"}
"""What the domain may use besides the standard library."""

NO_OUTSIDE = {
    "boto3",
    "botocore",
    "os",
    "socket",
    "subprocess",
    "urllib",
    "http",
    "random",
    "time",
    "logging",
}
"""Parts of the standard library and others through which the domain would reach the world."""


def layer(module: str) -> str:
    """The layer of a module of ours, such as ``use_cases``."""
    root, _, rest = module.partition(".")
    return rest.partition(".")[0] if root == "hotline" else "functions"


def ours(module: str) -> bool:
    return module.partition(".")[0] == "hotline" and "." in module


@pytest.mark.parametrize("module", [name for name in modules() if name != "hotline"])
def test_a_module_imports_only_from_the_layers_below(module: str) -> None:
    below = MAY_IMPORT[layer(module)]
    assert {each for each in imports(module) if ours(each) and layer(each) not in below} == set()


@pytest.mark.parametrize("module", [name for name in modules() if layer(name) == "domain"])
def test_the_domain_is_pure(module: str) -> None:
    roots = {each.partition(".")[0] for each in imports(module)} - {"hotline"}
    assert roots & NO_OUTSIDE == set()
    assert {root for root in roots if root not in sys.stdlib_module_names} <= PURE


@pytest.mark.parametrize("module", [name for name in modules() if layer(name) in ("domain", "use_cases")])
def test_nothing_below_the_wiring_asks_what_time_it_is(module: str) -> None:
    asked = {
        f"{node.value.id}.{node.attr}"
        for node in ast.walk(tree(module))
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name)
    }
    assert asked & {"datetime.now", "datetime.utcnow", "date.today", "time.time"} == set()


def test_package_files_are_empty() -> None:
    packages = [path for path in modules().values() if path.name == "__init__.py"]
    assert packages
    assert [str(path) for path in packages if path.read_text(encoding="utf-8")] == []


def test_a_function_never_imports_another_folders_function() -> None:
    folders = {name.partition(".")[0] for name in modules() if layer(name) == "functions"}
    wrong = [
        (module, each)
        for module in modules()
        if layer(module) == "functions"
        for each in imports(module)
        if each.partition(".")[0] in folders - {module.partition(".")[0]}
    ]
    assert wrong == []
