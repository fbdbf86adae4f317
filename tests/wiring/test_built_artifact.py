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
LIMIT_MIB = {"DependenciesLayer": 48, "LakeLayer": 65}
UNZIPPED_LIMIT_MIB = 250
"""What Lambda allows a function with all its layers."""

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
    handlers_of: dict[tuple[Path, ...], list[str]] = {}
    artifact_of: dict[str, Path] = {}
    for function in logical_ids(template, "Function"):
        artifact = artifact_of.setdefault(digest(unzipped / function), unzipped / function)
        layers = [unzipped / layer / "python" for layer in layers_of(template, function)]
        handler = template["Resources"][function]["Properties"]["Handler"]
        handlers_of.setdefault((artifact, *layers), []).append(handler)
    for path, handlers in handlers_of.items():
        assert import_in_isolation(handlers, [*path, tmp_path]) == ""


def test_a_package_that_no_layer_brings_would_be_noticed(unzipped: Path) -> None:
    assert "No module named" in import_in_isolation(["intake.api.app"], [unzipped / "IntakeApi"])


@pytest.mark.parametrize("layer", LIMIT_MIB)
def test_a_layer_of_third_party_packages_stays_small(unzipped: Path, layer: str) -> None:
    assert mebibytes(unzipped / layer) < LIMIT_MIB[layer]


def test_no_function_is_larger_than_lambda_allows(template: Template, unzipped: Path) -> None:
    for function in logical_ids(template, "Function"):
        parts = [function, *layers_of(template, function)]
        assert sum(mebibytes(unzipped / part) for part in parts) < UNZIPPED_LIMIT_MIB


def test_only_what_writes_or_counts_the_lake_loads_its_library_and_its_layer_suffices(
    template: Template, unzipped: Path
) -> None:
    heavy = {name for name in logical_ids(template, "Function") if "LakeLayer" in layers_of(template, name)}
    assert heavy == {"WriteEvents", "CompactDay", "TakeStock", "PublishOpenData"}
    path = [unzipped / layer / "python" for layer in layers_of(template, "WriteEvents")]
    written = "import hotline.adapters.parquet as p; p.parquet_file({'x': 'integer'}, [{'x': 1}])"
    assert run_in_isolation(written, path) == ""
    assert "No module named 'duckdb'" in run_in_isolation(written, path[:-1])


def test_artifacts_hold_no_tests_pages_for_developers_or_tools(unzipped: Path) -> None:
    needless = {"Makefile", "README.md", "tests", "bin", ".mypy_cache"}
    assert [path for path in unzipped.rglob("*") if path.name in needless] == []


def test_a_bare_sam_build_makes_what_a_bare_sam_deploy_expects() -> None:
    parameters = yaml_parse((ROOT / "template.yaml").read_text())["Parameters"]
    makefiles = [
        ROOT / "functions/Makefile",
        ROOT / "layers/hotline/Makefile",
        ROOT / "layers/dependencies/Makefile",
        ROOT / "layers/lake/Makefile",
    ]
    for makefile in makefiles:
        assert f"HOTLINE_RUNTIME ?= {parameters['RuntimeVersion']['Default']}\n" in makefile.read_text()
    for makefile in makefiles[2:]:
        assert f"HOTLINE_ARCH ?= {parameters['Architecture']['Default']}\n" in makefile.read_text()


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


def layers_of(template: Template, function: str) -> list[str]:
    """The layers of a function: those of all and, besides, its own."""
    own = template["Resources"][function]["Properties"].get("Layers", [])
    return [each["Ref"] for each in (*template["Globals"]["Function"]["Layers"], *own)]


def mebibytes(folder: Path) -> float:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) / 2**20


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
    loop = f"[getattr(importlib.import_module(module), name) for module, name in {names!r}]"
    return run_in_isolation(f"import importlib; {loop}", path)


def run_in_isolation(program: str, path: list[Path]) -> str:
    """Run a program that finds modules in ``path`` and the standard library alone; returns the error."""
    program = f"import sys; sys.path[:0] = {[str(entry) for entry in path]!r}; {program}"
    done = subprocess.run([sys.executable, "-I", "-S", "-B", "-c", program], capture_output=True, text=True)
    return done.stderr
