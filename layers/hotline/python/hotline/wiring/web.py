"""The pages: what ``functions/web`` runs with. They do what the HTTP API does, without a detour over HTTP."""

from __future__ import annotations

from datetime import datetime

from hotline.adapters.aws import SOMEONE_WAITS
from hotline.domain.answers import AppealStatus, Receipt, SurveyResult, SurveyView
from hotline.domain.appeal import RegisterAppeal
from hotline.domain.attachments import AnyPicture, AttachmentView, OfferUpload, UploadOffer
from hotline.domain.case import Case
from hotline.domain.directory import Directory
from hotline.domain.phone_codes import AskForCode, CheckCode, CitizenPass, CodeAsked
from hotline.settings import setting
from hotline.use_cases.choose_notices import ChooseNotices
from hotline.use_cases.join_appeal import JointOffer, join_appeal, joint_offers
from hotline.use_cases.list_own_appeals import OwnAppeals, OwnAppealsQuery
from hotline.use_cases.survey_citizens import AnswerSurvey
from hotline.wiring import common, intake, opting, phone_codes, survey


def register(command: RegisterAppeal, form_id: str) -> Receipt:
    """Register an appeal once per form, however often the form is sent."""
    return intake.register(command, form_id, "pages", SOMEONE_WAITS)


def offers_to_join(draft: RegisterAppeal, form_id: str) -> tuple[JointOffer, ...]:
    """What others have reported on the same matter."""
    stored = common.cases()
    return joint_offers(
        draft,
        form_id,
        cases=stored,
        lists=stored,
        words=common.words(),
        directories=common.directories(),
        tokens=common.tokens(),
        now=common.now,
    )


def join(appeal_id: str, draft: RegisterAppeal, ref: str, form_id: str) -> bool:
    """Let an appeal that was just registered join the one that was shown; whether it did."""
    stored = common.cases()
    return join_appeal(
        appeal_id,
        draft,
        ref,
        form_id,
        cases=stored,
        lists=stored,
        words=common.words(),
        directories=common.directories(),
        tokens=common.tokens(),
        now=common.now,
    )


def track(number: str, secret_key: str) -> AppealStatus:
    """Tell how far an appeal is."""
    return intake.track(number, secret_key)


def supplement(number: str, secret_key: str, text: str, form_id: str) -> Case:
    """Add further words, once per form."""
    return intake.supplement(number, secret_key, text, f"pages/{form_id}")


def withdraw(number: str, secret_key: str) -> Case:
    """Take an appeal back; taking it back twice is the same."""
    return intake.withdraw(number, secret_key, "pages")


def allow_upload(
    number: str, secret_key: str, command: OfferUpload | AnyPicture, then: str | None
) -> UploadOffer:
    """Allow one picture to be sent; a browser without a script is led to ``then``."""
    return intake.allow_upload(number, secret_key, command, then=then)


def pictures(number: str, secret_key: str) -> tuple[AttachmentView, ...]:
    """The pictures of an appeal."""
    return intake.show_pictures(number, secret_key)


def uploads_address() -> str:
    """Where pictures are sent: the one address outside that a page may send to."""
    return intake.pictures().uploads_address()


def choose_notices(number: str, secret_key: str, *, wanted: bool) -> bool:
    """Whether messages are sent from now on."""
    return opting.choose(number, secret_key, ChooseNotices(wanted=wanted)).wanted


def own_domain() -> tuple[str, str]:
    """The pages' own domain and, on the embedded AWS, what stands behind the API's id; each may be empty."""
    return setting("PUBLIC_URL"), setting("API_HOST")


def show_survey(token: str) -> SurveyView:
    """The questions behind a link."""
    return survey.show(token)


def answer_survey(token: str, command: AnswerSurvey) -> SurveyResult:
    """Take the citizen's word."""
    return survey.answer(token, command)


def ask_for_code(command: AskForCode, address: str) -> CodeAsked:
    """Ask for a code by text message, without proof of work: these pages run no script."""
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


def now() -> datetime:
    """The present moment."""
    return common.now()
