"""The pages: what ``functions/web`` runs with. They do what the HTTP API does, without a detour over HTTP."""

from __future__ import annotations

from datetime import datetime

from hotline.adapters.aws import SOMEONE_WAITS
from hotline.domain.answers import AppealStatus, Receipt, SurveyResult, SurveyView
from hotline.domain.appeal import RegisterAppeal
from hotline.domain.directory import Directory
from hotline.use_cases.survey_citizens import AnswerSurvey
from hotline.wiring import common, intake, survey


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


def directory() -> Directory:
    """The directory in force."""
    return intake.directory()


def now() -> datetime:
    """The present moment."""
    return common.now()
