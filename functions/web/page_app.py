"""Answers with pages: Jinja templates, every value escaped, no script but our own, nothing from elsewhere.

On the citizens' pages there is no cookie and no other standing right that a foreign site could ride on: what a
form may do, it may do because of the number, key or token typed into it. That is why none of their forms carries
a CSRF token. Pages of staff who are signed in do (``staff_app.py``).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template

from hotline.domain.errors import HotlineError
from hotline.edges.http import Answer, HttpApp
from hotline.wiring.pages import city_zone, embed_origins
from web.assets import assets
from web.phrases import ADVICE, ANY_ADVICE
from web.view import LANGUAGES, View

POLICY = (
    "default-src 'none'; script-src 'self'; connect-src 'self'; style-src 'self'; img-src 'self'; "
    "form-action 'self'; base-uri 'none'; "
    "frame-ancestors {framed_by}; require-trusted-types-for 'script'"
)
"""Content-Security-Policy of every page; only the embedded form of one may stand in a frame, of named sites."""


class TemplateApp(HttpApp):
    """An application whose answers are filled templates in the reader's language.

    Attributes:
        view: of the call being answered.
        context: what API Gateway says about that call.
    """

    def __init__(self, app_name: str) -> None:
        super().__init__(app_name)
        self.view = View("zh-CN", False, "./")
        self.context: Mapping[str, Any] = {}

    def __call__(self, event: Any, context: Any) -> dict[str, Any]:
        """Answer one API Gateway event."""
        self.view = View.of(event)
        self.context = event.get("requestContext") or {}
        return super().__call__(event, context)

    def page(
        self,
        template: str,
        *,
        here: str,
        status: int | None = None,
        sends_to: Sequence[str] = (),
        **facts: Any,
    ) -> Answer:
        """Fill a template.

        Args:
            template: its name without ``.html``.
            here: the page itself, such as ``report``: what the other language's link leads to.
            sends_to: addresses outside that a form of the page may send to, or be led to after that: the uploads
                bucket, and the way back from it.
            facts: what the template shows.
        """
        html = _template(template).render(
            view=self.view,
            say=self.view.say,
            phrase=self.view.phrase,
            url=self.view.url,
            moment=self._moment,
            day=self._day,
            languages=LANGUAGES,
            assets=assets(),
            here=here,
            **self.standing_facts(),
            **facts,
        )
        headers = {
            "Content-Language": self.view.language,
            "Content-Security-Policy": self.policy(_origins(sends_to)),
            "Referrer-Policy": "no-referrer",
        }
        return Answer(html, headers=headers, status=status, content_type="text/html; charset=utf-8")

    def standing_facts(self) -> dict[str, Any]:
        """What every template of the application may show."""
        return {}

    def policy(self, sends_to: str) -> str:
        """The Content-Security-Policy of the page being answered.

        Args:
            sends_to: the origins that it may send to besides ours, each after a space.
        """
        raise NotImplementedError

    def _day(self, at: datetime) -> str:
        return self.view.day(at, city_zone())

    def _moment(self, at: datetime) -> str:
        return self.view.moment(at, city_zone())


class PageApp(TemplateApp):
    """An application of pages for citizens; its refusals are pages, too."""

    def policy(self, sends_to: str) -> str:
        """Nothing inline runs; only the embedded form may stand in a frame."""
        allowed = embed_origins() if self.view.embedded else ()
        policy = POLICY.format(framed_by=" ".join(allowed) or "'none'")
        return policy.replace("form-action 'self'", f"form-action 'self'{sends_to}").replace(
            "connect-src 'self'", f"connect-src 'self'{sends_to}"
        )

    def refusal(self, error: HotlineError) -> Answer:
        """What went wrong and what to do about it."""
        return self.page("refusal", here="", error=error, advice=ADVICE.get(error.code, ANY_ADVICE))


def _origins(addresses: Sequence[str]) -> str:
    """The origins of addresses, each after a space, as a policy lists them."""
    return "".join(f" {'/'.join(address.split('/')[:3])}" for address in addresses if address)


def _template(name: str) -> Template:
    return _environment().get_template(f"{name}.html")


@cache
def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
