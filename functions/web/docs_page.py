"""Make one readable, printable HTML page of an OpenAPI document: no script, nothing from elsewhere."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from html import escape
from pathlib import Path
from string import Template
from typing import Any

Json = Mapping[str, Any]

_FOLDER = Path(__file__).parent


def render(document: Json) -> tuple[str, str]:
    """The page, and the CSP hash of its one style sheet."""
    style = (_FOLDER / "docs.css").read_text(encoding="utf-8")
    template = Template((_FOLDER / "docs.html").read_text(encoding="utf-8"))
    html = template.substitute(
        title=escape(document["info"]["title"]),
        version=escape(document["info"]["version"]),
        style=style,
        contents="\n".join(_contents(document)),
        sections="\n".join((*_sections(document), *_problems(document), *_schemas(document))),
    )
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    return html, f"sha256-{digest}"


def _operations(document: Json, tag: str) -> Iterator[tuple[str, str, Json]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            if tag in operation["tags"]:
                yield method.upper(), path, operation


def _contents(document: Json) -> Iterator[str]:
    for tag in document["tags"]:
        yield f"<p>{escape(tag['description'])}</p>\n<ul>"
        for method, path, operation in _operations(document, tag["name"]):
            link = f"<a href='#{escape(operation['operationId'])}'>{escape(operation['summary'])}</a>"
            yield f"<li>{link} <code>{method} {escape(path)}</code></li>"
        yield "</ul>"
    yield "<p><a href='#problems'>错误 <span lang='en'>Problems</span></a></p>"
    yield "<p><a href='#schemas'>数据结构 <span lang='en'>Schemas</span></a></p>"


def _sections(document: Json) -> Iterator[str]:
    for tag in document["tags"]:
        yield f"<section>\n<h2>{escape(tag['description'])}</h2>"
        for method, path, operation in _operations(document, tag["name"]):
            yield "\n".join(_operation(document, method, path, operation))
        yield "</section>"


def _operation(document: Json, method: str, path: str, operation: Json) -> Iterator[str]:
    yield f"<article id='{escape(operation['operationId'])}'>"
    yield f"<h3>{escape(operation['summary'])}</h3>"
    yield f"<p><span class='method'>{method}</span> <code>{escape(path)}</code></p>"
    yield f"<p class='who'>{_who(operation)}</p>"
    if "description" in operation:
        yield f"<p lang='en'>{escape(operation['description'])}</p>"
    yield from _parameters(document, operation)
    if "requestBody" in operation:
        yield "<h4>请求 <span lang='en'>Request</span></h4>"
        yield from _content(document, operation["requestBody"]["content"])
    yield _responses(operation)
    yield "</article>"


def _who(operation: Json) -> str:
    if "x-roles" in operation:
        roles = ", ".join(operation["x-roles"])
        return f"工作人员 <span lang='en'>Staff with role</span>: {escape(roles)}"
    if any("trackingKey" in way for way in operation["security"]):
        return "凭查询密钥 <span lang='en'>With the appeal's secret key</span>"
    return "公开 <span lang='en'>Public</span>"


def _parameters(document: Json, operation: Json) -> Iterator[str]:
    parameters = [_resolved(document, parameter) for parameter in operation.get("parameters", [])]
    if parameters:
        rows = (
            (
                f"<code>{escape(parameter['name'])}</code>",
                escape(parameter["in"]),
                _needed(parameter.get("required", False)),
                _kind(parameter["schema"]),
                escape(parameter.get("description", parameter["schema"].get("description", ""))),
            )
            for parameter in parameters
        )
        yield _table(
            "参数 Parameters", ("名称 Name", "位置 In", "必填 Required", "类型 Type", "说明 About"), rows
        )


def _responses(operation: Json) -> str:
    rows = (
        (escape(status), "<br>".join(_answers(answer)), _about(answer))
        for status, answer in operation["responses"].items()
    )
    return _table("应答 Answers", ("状态 Status", "内容 Content", "说明 About"), rows)


def _answers(answer: Json) -> Iterator[str]:
    for content_type, content in answer.get("content", {}).items():
        yield f"<code>{escape(content_type)}</code> {_kind(content['schema'])}"


def _about(answer: Json) -> str:
    """What an answer means, with each kind of problem linked to its example."""
    text = escape(answer["description"])
    for content in answer.get("content", {}).values():
        for code in content.get("examples", {}):
            text = text.replace(f"{code}:", f"<a href='#problem-{code}'>{code}</a>:")
    return text


def _content(document: Json, content: Json) -> Iterator[str]:
    for content_type, body in content.items():
        yield f"<p><code>{escape(content_type)}</code> {_kind(body['schema'])}</p>"
    yield from _examples(document, content)


def _examples(document: Json, content: Json) -> Iterator[str]:
    for body in content.values():
        for example in _resolved(document, body["schema"]).get("examples", []):
            yield f"<pre>{_pretty(example)}</pre>"


def _problems(document: Json) -> Iterator[str]:
    """One example of each kind of refusal in the whole document."""
    yield "<section id='problems'>\n<h2>错误 <span lang='en'>Problems</span></h2>"
    for code, example in sorted(_problem_examples(document).items()):
        status, detail = escape(str(example["status"])), escape(example["detail"])
        yield f"<article id='problem-{escape(code)}'>"
        yield f"<h3><code>{escape(code)}</code> {status}</h3>\n<p>{detail}</p>"
        yield f"<pre>{_pretty(example)}</pre>\n</article>"
    yield "</section>"


def _problem_examples(document: Json) -> dict[str, Json]:
    return {
        code: example["value"]
        for methods in document["paths"].values()
        for operation in methods.values()
        for answer in operation["responses"].values()
        for content in answer.get("content", {}).values()
        for code, example in content.get("examples", {}).items()
    }


def _schemas(document: Json) -> Iterator[str]:
    yield "<section id='schemas'>\n<h2>数据结构 <span lang='en'>Schemas</span></h2>"
    for name, schema in document["components"]["schemas"].items():
        yield f"<article id='schema-{escape(name)}'>{_schema(name, schema)}</article>"
    yield "</section>"


def _schema(name: str, schema: Json) -> str:
    about = f"<p>{escape(schema.get('description', ''))}</p>"
    if "properties" not in schema:
        return f"<h3>{escape(name)}</h3>{about}<p>{_kind(schema)}</p>"
    rows = (
        (
            f"<code>{escape(field)}</code>",
            _needed(field in schema.get("required", ())),
            _kind(spec),
            escape(spec.get("description", "")),
        )
        for field, spec in schema["properties"].items()
    )
    head = ("字段 Field", "必填 Required", "类型 Type", "说明 About")
    return f"<h3>{escape(name)}</h3>{about}{_table('字段 Fields', head, rows)}"


def _kind(schema: Json) -> str:
    """A schema in a few words, with links to the named ones."""
    if "$ref" in schema:
        name = escape(schema["$ref"].rsplit("/", 1)[1])
        return f"<a href='#schema-{name}'>{name}</a>"
    for joint in ("anyOf", "oneOf"):
        if joint in schema:
            return " | ".join(_kind(option) for option in schema[joint])
    if schema.get("type") == "array":
        return f"[{_kind(schema.get('items', {}))}]"
    if "enum" in schema or "const" in schema:
        values = schema.get("enum", [schema.get("const")])
        return " | ".join(f"<code>{escape(json.dumps(value, ensure_ascii=False))}</code>" for value in values)
    words = (str(schema.get("type", "any")), schema.get("format", ""), *_limits(schema))
    return escape(" ".join(filter(None, words)))


def _limits(schema: Json) -> Iterator[str]:
    signs = {"minLength": "≥", "maxLength": "≤", "minimum": "≥", "maximum": "≤", "default": "="}
    for name, sign in signs.items():
        if schema.get(name) is not None:
            yield f"{sign} {schema[name]}"


def _resolved(document: Json, node: Json) -> Json:
    """A node itself, or what its reference into the document points to."""
    target: Any = node
    if "$ref" in node:
        target = document
        for part in node["$ref"].removeprefix("#/").split("/"):
            target = target[part]
    resolved: Json = target
    return resolved


def _needed(required: bool) -> str:
    return "是 yes" if required else ""


def _pretty(example: object) -> str:
    return escape(json.dumps(example, ensure_ascii=False, indent=2))


def _table(caption: str, head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    header = "".join(f"<th scope='col'>{escape(cell)}</th>" for cell in head)
    body = "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>\n" for row in rows)
    return (
        f"<table><caption>{escape(caption)}</caption>"
        f"<thead><tr>{header}</tr></thead><tbody>{body}</tbody></table>"
    )
