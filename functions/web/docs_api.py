"""The API's own documentation: the OpenAPI document for programs, a page of it for people."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

from hotline.edges.http import Answer, HttpApp, Request, page
from web.docs_page import render

DOCUMENT = Path(__file__).parent / "openapi.json"
KEEP = {"Cache-Control": "public, max-age=300"}

app = HttpApp("documentation")


@app.operation("GET", "/openapi.json", public=True, summary="接口文档", summary_en="The OpenAPI document")
def show_openapi(request: Request) -> Answer:
    """The document as it was built with this version of the code."""
    return Answer(_document(), headers=KEEP)


@app.operation(
    "GET", "/docs", public=True, content_type="text/html", summary="接口说明页", summary_en="A readable page"
)
def show_docs(request: Request) -> Answer:
    """The same as a page that loads and runs nothing."""
    html, style = _page()
    answer = page(html, styles=[style])
    return answer._replace(headers={**answer.headers, **KEEP})


@cache
def _document() -> str:
    return DOCUMENT.read_text(encoding="utf-8")


@cache
def _page() -> tuple[str, str]:
    return render(json.loads(_document()))
