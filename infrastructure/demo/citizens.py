"""The simulated citizens: they post, perhaps twice, take back, wait, and answer the survey."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, Literal

from hotline.domain.phones import e164, takes_texts
from infrastructure.demo.habits import Citizen, Desk, Entry, pick
from infrastructure.demo.hotline import Hotline
from infrastructure.demo.journal import Journal, Posted
from infrastructure.demo.rows import Row
from infrastructure.demo.script import Script

Json = dict[str, Any]

LONGEST_S = 10.0
"""At the most between two looks at an appeal; soon after its agency has answered it is looked at anyway."""

_SURVEY_TOKEN = re.compile(r"([0-9A-Z]{17})\.(\d+)\.[\w-]+")

Next = float | Literal["ended"]
"""In how many seconds to look at an appeal again, or that there is nothing more to do."""


class Citizens:
    """All citizens, each behind one appeal.

    Args:
        departments: agencies that a confidential report may be about.
    """

    def __init__(
        self, hotline: Hotline, journal: Journal, script: Script, departments: Sequence[str] = ()
    ) -> None:
        self._hotline = hotline
        self._journal = journal
        self._script = script
        self._departments = departments
        self._answered: set[tuple[str, int]] = set()

    def who(self, row: int) -> Citizen:
        """The citizen of a row."""
        return self._script.habits.citizen(self._script.seed, row)

    def withdraws(self, row: int) -> bool:
        """Whether this citizen takes the appeal back at once."""
        return self._script.plan(row).entry is Entry.WITHDRAWN

    def body(self, row: Row) -> Json:
        """What this citizen posts. A confidential report is about a department, which must not get it."""
        body = dict(row.body)
        if self._script.plan(row.number).entry is Entry.CONFIDENTIAL:
            body = {name: body[name] for name in ("text", "place", "language") if name in body}
            body |= {"type": "report", "confidential": True}
            if self._departments:
                about = pick(self._script.seed, f"about {row.number}", len(self._departments))
                body["about_agency"] = self._departments[about]
        phone = self._script.phone(row)
        return {**body, "contact": {"phone": phone}} if phone else body

    def post(self, row: Row) -> Posted:
        """Post an appeal and keep the receipt."""
        body = self.body(row)
        key = f"demo-{self._journal.run}-{row.number}"
        answers = [self._hotline.register(body, key) for _ in range(1 + self.who(row.number).posts_twice)]
        refusal = next((answer.problem for answer in answers if not answer.ok), None)
        if refusal is None and len({answer.body["tracking_number"] for answer in answers}) > 1:
            refusal = "the same Idempotency-Key led to two appeals"
        if refusal is not None:
            self._journal.refused(row.number, refusal)
            return Posted(row.number, None, None, "refused", refusal)
        receipt = answers[0].body
        self._journal.posted(row.number, receipt["tracking_number"], receipt["secret_key"])
        return Posted(row.number, receipt["tracking_number"], receipt["secret_key"], None, None)

    def look(self, row: Row, number: str, secret_key: str, looks: int) -> tuple[str | None, Next]:
        """See how far an appeal is, and do what this citizen does then.

        Who left a phone waits for the text message; everybody else, and now and then they as well, asks
        with number and key.

        Args:
            looks: how many times this citizen has looked before; patience grows.

        Returns:
            The status as far as it was seen, and when to look again.
        """
        mobile, withdraws = self._mobile(row), self.withdraws(row.number)
        if mobile and not withdraws:
            if token := self._fresh_link(mobile, number):
                return self._asked(row.number, number, secret_key, token)
            if looks % 4 != 3:
                return None, 1.5
        answer = self._hotline.track(number, secret_key)
        if not answer.ok:
            return answer.problem, 2.0
        appeal = answer.body
        status = appeal["status"]
        if appeal["status_type"] == "ended":
            return status, "ended"
        if withdraws:
            self._hotline.withdraw(number, secret_key)
            return status, 1.0
        if status == "surveying" and not mobile:
            return self._asked(row.number, number, secret_key, appeal["survey"]["token"])
        return status, 1.5 if mobile else LONGEST_S if appeal["status_type"] == "waiting" else min(
            1.0 + looks, LONGEST_S
        )

    def texts(self, row: Row, number: str) -> Mapping[int, int] | None:
        """Text messages about an appeal, by survey; None for a citizen whom no text can reach."""
        mobile = self._mobile(row)
        if mobile is None:
            return None
        return Counter(survey for appeal_id, survey, _ in self._links(mobile) if appeal_id == number)

    def _asked(self, row: int, number: str, secret_key: str, token: str) -> tuple[str, Next]:
        """The survey is open: answer it, or say nothing."""
        citizen = self.who(row)
        if citizen.silent:
            return "surveying", "ended"
        survey = int(token.split(".")[1])
        resolved = survey > 1 or self._accepts(row, number, secret_key)
        answers = {"contacted": True, "resolved": resolved, "satisfied": resolved and citizen.satisfied}
        result = self._hotline.answer_survey(token, {**answers, "comment": COMMENTS[resolved]})
        self._answered.add((number, survey))
        if not result.ok:
            return result.problem, 2.0
        return result.body["status"], "ended" if result.body["status"] == "closed" else LONGEST_S

    def _accepts(self, row: int, number: str, secret_key: str) -> bool:
        """Whether this citizen says "resolved" when asked for the first time, or accepts a conclusion."""
        plan = self._script.plan(row)
        if plan.desk is Desk.CONCLUDE:
            appeal = self._hotline.track(number, secret_key)
            happened = {entry["event"] for entry in appeal.body["timeline"]} if appeal.ok else set()
            if "AppealConcluded" in happened:
                return not plan.contested
        return not self.who(row).unresolved_at_first

    def _fresh_link(self, mobile: str, number: str) -> str | None:
        """The token in a text message that this citizen has not answered yet."""
        links = ((survey, token) for appeal_id, survey, token in self._links(mobile) if appeal_id == number)
        return next((token for survey, token in links if (number, survey) not in self._answered), None)

    def _mobile(self, row: Row) -> str | None:
        number = e164(self._script.phone(row) or "")
        return number if number and takes_texts(number) else None

    def _links(self, mobile: str) -> list[tuple[str, int, str]]:
        """Survey links that reached a phone: appeal, number of the survey, token."""
        found = (_SURVEY_TOKEN.search(text) for text in self._hotline.text_messages(mobile))
        return [(match[1], int(match[2]), match[0]) for match in found if match]


COMMENTS = {True: "谢谢。 Thank you.", False: "问题还在，请再来看看。 It is still there, please come again."}
"""What a citizen adds to the answers, by whether it is resolved."""
