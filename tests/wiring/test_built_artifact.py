"""What Lambda unzips: valid bytecode for every module, nothing missing, nothing needless."""

from __future__ import annotations

import hashlib
import importlib.util
import marshal
import os
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from samtranslator.yaml_helper import yaml_parse

from infrastructure.local.build import artifacts, ensure_built
from infrastructure.local.place import ROOT

LONG_AGO = (1980, 1, 1, 0, 0, 0)
CHECKED_NEVER = 0b01  # PEP 552: the flags of bytecode that is "hash-based" and "unchecked"
BROUGHT_BY_LAMBDA = ("boto3", "botocore", "s3transfer", "dateutil", "six.py", "urllib3")
LAYER_LIMIT_MIB = 45

Template = dict[str, Any]


@pytest.fixture(scope="module")
def template() -> Template:
    """The template as `sam build` wrote it, building first if something has changed."""
    ensure_built()
    return dict(yaml_parse((artifacts() / "template.yaml").read_text()))


@pytest.fixture(scope="module")
def unzipped(template: Template, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Every artifact zipped as SAM does and unzipped as Lambda does, one folder each."""
    target = tmp_path_factory.mktemp("lambda")
    for name in (*logical_ids(template, "Function"), *logical_ids(template, "LayerVersion")):
        archive = target / f"{name}.zip"
        zip_as_sam(artifacts() / name, archive)
        unzip_as_lambda(archive, target / name)
    return target


def test_every_module_has_bytecode_that_lambda_uses_without_looking_at_dates(unzipped: Path) -> None:
    sources = sorted(unzipped.rglob("*.py"))
    assert len(sources) > 500
    assert [path for path in sources if not has_unchecked_bytecode(path)] == []


def test_bytecode_that_goes_by_dates_would_be_noticed(tmp_path: Path) -> None:
    module = tmp_path / "module.py"
    module.write_text("x = 1\n")
    subprocess.run([sys.executable, "-m", "compileall", "-q", str(module)], check=True)
    assert not has_unchecked_bytecode(module)


def test_bytecode_names_places_on_lambda_not_on_the_machine_that_built_it(unzipped: Path) -> None:
    places = {place_in_bytecode(bytecode) for bytecode in unzipped.rglob("*.pyc")}
    assert [place for place in places if not place.startswith(("/opt/", "/var/task/"))] == []


def test_every_handler_imports_from_its_artifact_and_layers_alone(
    template: Template, unzipped: Path, tmp_path: Path
) -> None:
    site_packages = Path(boto3.__file__).parents[1]
    for name in BROUGHT_BY_LAMBDA:
        (tmp_path / name).symlink_to(site_packages / name)
    layers = [unzipped / layer / "python" for layer in logical_ids(template, "LayerVersion")]
    handlers_of: dict[str, list[str]] = {}
    artifact_of: dict[str, Path] = {}
    for function in logical_ids(template, "Function"):
        content = digest(unzipped / function)
        artifact_of[content] = unzipped / function
        handlers_of.setdefault(content, []).append(template["Resources"][function]["Properties"]["Handler"])
    for content, handlers in handlers_of.items():
        assert import_in_isolation(handlers, [artifact_of[content], *layers, tmp_path]) == ""


def test_a_package_that_no_layer_brings_would_be_noticed(unzipped: Path) -> None:
    assert "No module named" in import_in_isolation(["intake.api.app"], [unzipped / "IntakeApi"])


def test_the_layer_of_dependencies_stays_small(unzipped: Path) -> None:
    total = sum(path.stat().st_size for path in (unzipped / "DependenciesLayer").rglob("*") if path.is_file())
    assert total / 2**20 < LAYER_LIMIT_MIB


def test_artifacts_hold_no_tests_pages_for_developers_or_tools(unzipped: Path) -> None:
    needless = {"Makefile", "README.md", "tests", "bin", ".mypy_cache"}
    assert [path for path in unzipped.rglob("*") if path.name in needless] == []


def test_a_bare_sam_build_makes_what_a_bare_sam_deploy_expects() -> None:
    parameters = yaml_parse((ROOT / "template.yaml").read_text())["Parameters"]
    makefiles = [
        ROOT / "functions/Makefile",
        ROOT / "layers/hotline/Makefile",
        ROOT / "layers/dependencies/Makefile",
    ]
    for makefile in makefiles:
        assert f"HOTLINE_RUNTIME ?= {parameters['RuntimeVersion']['Default']}\n" in makefile.read_text()
    assert f"HOTLINE_ARCH ?= {parameters['Architecture']['Default']}\n" in makefiles[-1].read_text()


def has_unchecked_bytecode(source: Path) -> bool:
    """Whether the import system of this interpreter takes the bytecode beside ``source`` as it is."""
    bytecode = Path(importlib.util.cache_from_source(str(source)))
    if not bytecode.exists():
        return False
    header = bytecode.read_bytes()[:16]
    return (
        header[:4] == importlib.util.MAGIC_NUMBER
        and int.from_bytes(header[4:8], "little") == CHECKED_NEVER
        and header[8:] == importlib.util.source_hash(source.read_bytes())
    )


def place_in_bytecode(bytecode: Path) -> str:
    return str(marshal.loads(bytecode.read_bytes()[16:]).co_filename)


def logical_ids(template: Template, kind: str) -> Iterator[str]:
    for name, resource in template["Resources"].items():
        if resource["Type"] == f"AWS::Serverless::{kind}":
            yield name


def zip_as_sam(folder: Path, archive: Path) -> None:
    """SAM gives every entry the same date, so that equal content makes equal archives."""
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_STORED) as output:
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                output.writestr(zipfile.ZipInfo(str(path.relative_to(folder)), LONG_AGO), path.read_bytes())


def unzip_as_lambda(archive: Path, folder: Path) -> None:
    """Lambda keeps the dates of the archive; Python's unzip does not, so they are set here."""
    with zipfile.ZipFile(archive) as contents:
        contents.extractall(folder)
    for path in folder.rglob("*"):
        os.utime(path, (315532800, 315532800))
    archive.unlink()


def digest(folder: Path) -> str:
    """A hash of what is in a folder: functions with the same artifact need only one interpreter."""
    content = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        content.update(str(path.relative_to(folder)).encode())
        content.update(path.read_bytes() if path.is_file() else b"")
    return content.hexdigest()


def import_in_isolation(handlers: list[str], path: list[Path]) -> str:
    """Import each ``package.module.name`` from ``path`` and the standard library alone; returns the error."""
    names = [handler.rsplit(".", 1) for handler in handlers]
    program = (
        "import importlib, sys; "
        f"sys.path[:0] = {[str(entry) for entry in path]!r}; "
        f"[getattr(importlib.import_module(module), name) for module, name in {names!r}]"
    )
    done = subprocess.run([sys.executable, "-I", "-S", "-B", "-c", program], capture_output=True, text=True)
    return done.stderr
