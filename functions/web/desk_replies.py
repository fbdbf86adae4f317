"""Reply templates on the desk: which ones a form offers, filled in with the order's facts, and what they leave open."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

from hotline.domain.answers import OrderView
from hotline.domain.errors import InvalidInput
from hotline.domain.identifiers import spoken
from hotline.domain.phrases import Phrase
from hotline.domain.reply_templates import blanks_in, fill_in
from hotline.domain.side_orders import LEAD
from hotline.edges.forms import Form
from hotline.wiring.pages import city_zone

if TYPE_CHECKING:
    from hotline.domain.directory import Directory
    from web.view import View

FILL = "fill"
"""What the button of the templates says in place of sending."""

_UNKNOWN = {
    "service": Phrase("【请写明事项】", "【please name the matter】"),
    "place": Phrase("【请写明地点】", "【please name the place】"),
    "agency": Phrase("【请写明单位】", "【please name the agency】"),
    "due": Phrase("【请写明时限】", "【please give the limit】"),
}


class Reply(NamedTuple):
    """A template as one order's form offers it."""

    code: str
    name: str
    text: str


def replies_for(order: OrderView, directory: Directory, view: View) -> Mapping[str, list[Reply]]:
    """The templates for each command, filled in, in the reader's language."""
    facts = _facts(order, directory, view)
    found: dict[str, list[Reply]] = {}
    for each in directory.reply_templates:
        text = fill_in(view.say(each.text_zh, each.text_en), facts)
        found.setdefault(each.command, []).append(
            Reply(each.code, view.say(each.name_zh, each.name_en), text)
        )
    return found


def with_reply(form: Form, replies: list[Reply]) -> Form:
    """The form with the chosen template at the end of what was typed.

    Raises:
        InvalidInput: none was chosen, or one that there is not for this command.
    """
    chosen = next((each for each in replies if each.code == form.text("template")), None)
    if chosen is None:
        raise InvalidInput.field("template", "请先选择一条常用回复", "Choose a reply template first")
    typed = form.text("text").rstrip()
    text = f"{typed}\n{chosen.text}" if typed else chosen.text
    return Form({**form, "text": (text,)})


def refuse_blanks(form: Form) -> None:
    """Let no text out that still says what should be written.

    Raises:
        InvalidInput: it does; the first of the blanks is named.
    """
    blanks = blanks_in(form.text("text"))
    if blanks:
        raise InvalidInput.field(
            "text",
            f"还有 {len(blanks)} 处没有填写，请把{blanks[0]}换成实际情况",
            f"{len(blanks)} left to fill in: replace {blanks[0]} by what happened",
        )


def _facts(order: OrderView, directory: Directory, view: View) -> dict[str, str]:
    """What the order fills in; whatever it does not know becomes a blank."""
    agency = directory.agencies.get(order.agency_id or "")
    due = _due(order)
    known = {
        "service": view.say(order.service.name_zh, order.service.name_en) if order.service else "",
        "place": _place(order, directory, view),
        "agency": view.say(agency.name_zh, agency.name_en) if agency else "",
        "due": view.moment(due, city_zone()) if due else "",
    }
    facts = {name: text or view.phrase(_UNKNOWN[name]) for name, text in known.items()}
    return {"number": spoken(order.appeal_id), **facts}


def _place(order: OrderView, directory: Directory, view: View) -> str:
    """District and sub-district only: an address may be where the citizen lives."""
    codes = (order.place.district, order.place.subdistrict) if order.place else ()
    named = [directory.jurisdictions[code] for code in codes if code in directory.jurisdictions]
    return view.say("".join(each.name_zh for each in named), ", ".join(each.name_en for each in named))


def _due(order: OrderView) -> datetime | None:
    """The handling limit of a lead order; another order has one limit."""
    return next((each.due_at for each in order.due if order.kind != LEAD or each.clock == "handling"), None)
