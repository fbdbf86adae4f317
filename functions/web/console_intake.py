"""One screen for a call: who calls, what it is about, what the rules make of it, and how it ends."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hotline.domain.appeal import RegisterAppeal
from hotline.domain.errors import InvalidInput, NotFound
from hotline.use_cases.assist_call import WordsSoFar
from hotline.use_cases.compare_draft import CompareDraft
from hotline.use_cases.find_repeats import DraftAppeal
from hotline.use_cases.look_up_caller import Caller
from hotline.use_cases.take_call import TakeCall
from hotline.wiring import console
from web.console_forms import agency_of, conclusion_of, parsed

if TYPE_CHECKING:
    from hotline.domain.actor import Actor
    from hotline.edges.forms import Form
    from hotline.use_cases.take_call import CallTaken

_DISTRICT_DIGITS = 6


class CallForm:
    """What an operator has typed while somebody speaks.

    The caller is looked up when that is asked for, and again when the page is shown anew with the list on it:
    each is a look on record.
    """

    def __init__(self, form: Form, by: Actor) -> None:
        self.form = form
        self._by = by
        self.confidential = form.text("confidential") == "true"

    def facts(self, *, without_look: bool = False) -> dict[str, Any]:
        """What the page shows besides what was typed.

        Raises:
            InvalidInput: the caller's number is none.
        """
        return {
            **self.hints(),
            "earlier": None if without_look else self._earlier(),
            "comparison": self._comparison(),
            "compared_with": self._same_as,
            "services": sorted(console.directory().services.values(), key=lambda each: each.service_code),
        }

    def hints(self) -> dict[str, Any]:
        """What the rules make of the words so far, and which appeals may be on the same matter."""
        if not self.form.text("text").strip():
            return {"hints": None, "similar": ()}
        try:
            words = parsed(
                WordsSoFar,
                {"text": self.form.text("text"), "service_code": self._service, "place": self._place},
            )
            return {"hints": console.hints(words), "similar": () if self.confidential else self._similar()}
        except InvalidInput:
            # Half a word or half a number is nothing to complain about while somebody types.
            return {"hints": None, "similar": ()}

    def take(self, form_id: str) -> CallTaken:
        """Take the call down.

        Raises:
            InvalidInput: with one error per wrong input.
        """
        form, directory = self.form, console.directory()
        members: dict[str, Any] = {
            **form.command("type", "text", "contact.name", "confidential"),
            "language": "en" if form.text("spoken") == "en" else "zh-CN",
            "place": self._place,
            "service_code": self._service,
        }
        if form.text("phone").strip():
            members["contact"] = {**members.get("contact", {}), "phone": form.text("phone").strip()}
        if form.text("spoken") not in ("", "zh-CN", "en"):
            members["spoken"] = form.text("spoken")
        if form.text("about_agency").strip():
            members["about_agency"] = agency_of(
                "about_agency", form.text("about_agency"), directory
            ).agency_id
        # First the appeal alone, so that its errors carry the inputs' own names.
        parsed(RegisterAppeal, {name: value for name, value in members.items() if name != "spoken"})
        if form.text("do") == "told" or form.text("answer.outcome"):
            members["answer"] = conclusion_of(form, directory, console.now()).model_dump()
        return console.take(parsed(TakeCall, members), form_id, self._by)

    @property
    def _service(self) -> str | None:
        return self.form.text("service_code") or self.form.text("service_other") or None

    @property
    def _place(self) -> dict[str, str] | None:
        area, address = self.form.text("place.area"), self.form.text("place.address_text").strip()
        place = {"address_text": address} if address else {}
        if area:
            place["district"] = area[:_DISTRICT_DIGITS]
            if len(area) > _DISTRICT_DIGITS:
                place["subdistrict"] = area
        return place or None

    @property
    def _same_as(self) -> str:
        """The earlier appeal that the words are to be compared with."""
        return self.form.text("compare") or self.form.text("answer.same_as")

    def _earlier(self) -> Any:
        if self.form.text("do") != "look" and self.form.text("looked") != self.form.text("phone").strip():
            return None
        if not self.form.text("phone").strip():
            return None
        return console.look_up(parsed(Caller, {"phone": self.form.text("phone").strip()}), self._by)

    def _similar(self) -> Any:
        phone = self.form.text("phone").strip()
        draft = {
            "text": self.form.text("text"),
            "service_code": self._service,
            "place": self._place,
            "contact": {"phone": phone} if phone else None,
        }
        return console.similar(parsed(DraftAppeal, draft)).appeals

    def _comparison(self) -> Any:
        if not self._same_as or self.confidential or not self.form.text("text").strip():
            return None
        try:
            return console.compare_draft(
                parsed(CompareDraft, {"text": self.form.text("text"), "same_as": self._same_as})
            )
        except (InvalidInput, NotFound):
            return None
