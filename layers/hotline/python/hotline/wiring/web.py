"""The pages: what ``functions/web`` runs with. They do what the HTTP API does, without a detour over HTTP."""

from __future__ import annotations

from datetime import datetime

from hotline.adapters.aws import SOMEONE_WAITS
from hotline.domain.answers import AppealStatus, Receipt, SurveyResult, SurveyView
from hotline.domain.appeal import RegisterAppeal
from hotline.domain.directory import Directory
from hotline.domain.phone_codes import AskForCode, CheckCode, CitizenPass, CodeAsked
from hotline.settings import setting
from hotline.use_cases.list_own_appeals import OwnAppeals, OwnAppealsQuery
from hotline.use_cases.survey_citizens import AnswerSurvey
from hotline.wiring import common, intake, phone_codes, survey


def register(command: RegisterAppeal, form_id: str) -> Receipt:
    """Register an appeal once per form, however often the form is sent."""
    return intake.register(command, form_id, "pages", SOMEONE_WAITS)


def track(number: str, secret_key: str) -> AppealStatus:
    """Tell how far an appeal is."""
    return intake.track(number, secret_key)


def show_survey(token: str) -> SurveyView:
    """The questions behind a link."""
    return survey.show(token)


def answer_survey(token: str, command: AnswerSurvey) -> SurveyResult:
    """Take the citizen's word."""
    return survey.answer(token, command)


def ask_for_code(command: AskForCode, address: str) -> CodeAsked:
    """Ask for a code by text message, without proof of work: the pages run no script."""
    return phone_codes.ask(command, address)


def check_code(command: CheckCode, address: str) -> CitizenPass:
    """Exchange a code for a pass."""
    return phone_codes.check(command, address)


def own_appeals(citizen_token: str, query: OwnAppealsQuery) -> OwnAppeals:
    """A page of the appeals of whoever holds the pass."""
    return phone_codes.own_appeals(citizen_token, query)


def directory() -> Directory:
    """The directory in force."""
    return intake.directory()


def embed_origins() -> tuple[str, ...]:
    """The sites that may show the embedded form of a page in a frame; none unless the stack names some."""
    return tuple(setting("EMBED_ORIGINS").split(",")) if setting("EMBED_ORIGINS") else ()


def now() -> datetime:
    """The present moment."""
    return common.now()
