"""The citizens' pages: report, track, answer the survey. They work without JavaScript.

A form that succeeds is answered by its page at once, not by a redirect to another: the receipt shows a
secret, which must not stand in an address, and there is no cookie that could carry it. Nothing happens
twice when a reader reloads: the form's id makes registering idempotent, and the same answer to a survey
counts once.

Every form has the button ``do=show`` as well: the other language's, which shows the page again with what
was typed so far and checks nothing.
"""

from __future__ import annotations

from urllib.parse import quote

from pydantic import ValidationError

from hotline.domain.answers import SurveyView
from hotline.domain.appeal import Language
from hotline.domain.errors import HotlineError, InvalidInput, NotFound, SurveyClosed, TooManyRequests
from hotline.domain.identifiers import spoken
from hotline.domain.phone_codes import AskForCode, CheckCode, CodeRefused, PassExpired
from hotline.domain.phrases import CODE_ASKED, Phrase
from hotline.edges.forms import Form
from hotline.edges.http import Answer, Request, RouteUnknown
from hotline.edges.sentences import invalid_input
from hotline.use_cases.list_own_appeals import OwnAppealsQuery
from hotline.use_cases.survey_citizens import AnswerSurvey
from hotline.wiring import web
from web import phrases, report_pages, track_pages
from web.assets import by_public_name
from web.page_app import PageApp
from web.report_form import faults_of

FOR_EVER = {"Cache-Control": "public, max-age=31536000, immutable"}
HTML = "text/html"
ASKED = ("contacted", "resolved", "satisfied")
"""The three questions of the survey, by the member of the answer."""

_NOTHING_TYPED = Form({})

app = PageApp("pages")


class SurveyUnknown(HotlineError):
    """The survey link is not one of ours, or is damaged."""

    code = "survey-unknown"
    title = "Survey unknown"
    status = 404

    def __init__(self) -> None:
        super().__init__("没有找到这份回访", "We do not know this survey link")


@app.operation("GET", "/", public=True, content_type=HTML, summary="首页", summary_en="Home page")
def show_home(request: Request) -> Answer:
    return app.page("home", here="")


@app.operation("GET", "/assets/{name}", public=True, content_type="text/css", summary="样式等文件")
def show_asset(name: str, request: Request) -> Answer:
    asset = by_public_name().get(name)
    if asset is None:
        raise RouteUnknown
    return Answer(asset.text, headers=FOR_EVER, content_type=asset.content_type)


# ---- report -----------------------------------------------------------------------------------


@app.operation("GET", "/report", public=True, content_type=HTML, summary="反映问题", summary_en="Report")
def show_report_form(request: Request) -> Answer:
    return report_pages.fresh_form(app, request.parameters.get("topic", ""))


@app.operation(
    "POST",
    "/report",
    form=True,
    public=True,
    content_type=HTML,
    summary="提交诉求并看到回执",
    summary_en="The next step of the form; the last one registers the appeal and shows its receipt",
    errors=(InvalidInput,),
)
def send_report(form: Form, request: Request) -> Answer:
    return report_pages.answer(app, form)


# ---- track ------------------------------------------------------------------------------------


@app.operation("GET", "/track", public=True, content_type=HTML, summary="查询进度", summary_en="Track")
def show_track_form(request: Request) -> Answer:
    return track_pages.form_page(app, _NOTHING_TYPED)


@app.operation(
    "POST",
    "/track",
    form=True,
    public=True,
    content_type=HTML,
    summary="凭编号和密钥查看进度",
    summary_en="See how far an appeal is; posted, so that the key stays out of addresses and logs",
)
def show_progress(form: Form, request: Request) -> Answer:
    if form.text("do") == "show":
        return track_pages.form_page(app, form)
    return track_pages.progress(app, form)


@app.operation(
    "POST",
    "/track/words",
    form=True,
    public=True,
    content_type=HTML,
    summary="补充内容",
    summary_en="Add words to an open appeal",
    errors=(InvalidInput,),
)
def send_words(form: Form, request: Request) -> Answer:
    if form.text("do") == "show":
        return track_pages.progress(app, form)
    return track_pages.add_words(app, form)


@app.operation(
    "POST",
    "/track/picture",
    form=True,
    public=True,
    content_type=HTML,
    summary="添加图片",
    summary_en="The form that sends one picture straight to the store, without a script",
)
def show_picture_form(form: Form, request: Request) -> Answer:
    return track_pages.picture_form(app, form)


@app.operation(
    "GET",
    "/track/sent",
    public=True,
    content_type=HTML,
    summary="图片已收到",
    summary_en="Where the store leads a browser that has sent a picture",
)
def show_picture_sent(request: Request) -> Answer:
    return app.page("picture_sent", here="track/sent")


@app.operation(
    "POST",
    "/track/withdrawal",
    form=True,
    public=True,
    content_type=HTML,
    summary="撤回诉求",
    summary_en="Asks whether it is meant, then takes the appeal back",
)
def send_withdrawal(form: Form, request: Request) -> Answer:
    return track_pages.withdraw(app, form)


@app.operation(
    "POST",
    "/track/notices",
    form=True,
    public=True,
    content_type=HTML,
    summary="接收或退订通知",
    summary_en="Want messages, or none",
)
def send_notices(form: Form, request: Request) -> Answer:
    return track_pages.choose_notices(app, form)


# ---- the key is lost --------------------------------------------------------------------------


@app.operation(
    "GET",
    "/lost-key",
    public=True,
    content_type=HTML,
    summary="忘记查询密钥",
    summary_en="Prove a telephone number to see its appeals without their keys",
)
def show_lost_key_form(request: Request) -> Answer:
    return _lost_key_page(_NOTHING_TYPED)


@app.operation(
    "POST",
    "/lost-key",
    form=True,
    public=True,
    content_type=HTML,
    summary="获取短信验证码并填写",
    summary_en="Ask for a code by text message; the answer is the same for every number",
)
def send_lost_key(form: Form, request: Request) -> Answer:
    if form.text("do") == "show":
        return _lost_key_page(form)
    if not form.text("phone").strip():
        return _lost_key_page(form, faults={"phone": phrases.NEEDED}, status=400)
    try:
        command = AskForCode(phone=form.text("phone"), language=app.view.language)
        web.ask_for_code(command, request.source_ip)
    except ValidationError as error:
        return _lost_key_page(form, faults=faults_of(invalid_input(error)), status=400)
    except InvalidInput as refusal:
        return _lost_key_page(form, faults=faults_of(refusal), status=400)
    except TooManyRequests as refusal:
        return _lost_key_page(form, notice=phrases.TOO_MANY, status=refusal.status)
    return _code_page(form)


@app.operation(
    "POST",
    "/lost-key/code",
    form=True,
    public=True,
    content_type=HTML,
    summary="用验证码查看本人近期的诉求",
    summary_en="See the appeals of the number that the code proves",
)
def send_code(form: Form, request: Request) -> Answer:
    if form.text("do") == "show":
        return _code_page(form)
    if not form.text("code").strip():
        return _code_page(form, faults={"code": phrases.NEEDED}, status=400)
    try:
        command = CheckCode.model_validate({name: form.text(name) for name in ("phone", "code")})
        given = web.check_code(command, request.source_ip)
    except ValidationError as error:
        return _code_page(form, faults=faults_of(invalid_input(error)), status=400)
    except InvalidInput:
        return _lost_key_page(form, status=400)
    except CodeRefused as refusal:
        return _code_page(form, notice=phrases.WRONG_CODE, status=refusal.status)
    except TooManyRequests as refusal:
        return _code_page(form, notice=phrases.TOO_MANY, status=refusal.status)
    return _own_appeals_page(given.citizen_token, None)


@app.operation(
    "POST",
    "/lost-key/appeals",
    form=True,
    public=True,
    content_type=HTML,
    summary="本人近期的诉求",
    summary_en="The same list again: its next page, or in the other language",
)
def show_own_appeals(form: Form, request: Request) -> Answer:
    try:
        return _own_appeals_page(form.text("pass"), form.text("cursor") or None)
    except PassExpired as refusal:
        return _lost_key_page(_NOTHING_TYPED, notice=phrases.PASS_EXPIRED, status=refusal.status)


def _lost_key_page(
    form: Form, *, faults: dict[str, Phrase] | None = None, notice: Phrase | None = None, status: int = 200
) -> Answer:
    return app.page(
        "lost_key",
        here="lost-key",
        status=status,
        form=form,
        faults=faults or {},
        notice=notice,
        labels=phrases.LABELS,
    )


def _code_page(
    form: Form, *, faults: dict[str, Phrase] | None = None, notice: Phrase | None = None, status: int = 200
) -> Answer:
    return app.page(
        "lost_key_code",
        here="lost-key/code",
        status=status,
        form=form,
        faults=faults or {},
        notice=notice,
        labels=phrases.LABELS,
        asked=CODE_ASKED,
    )


def _own_appeals_page(citizen_token: str, cursor: str | None) -> Answer:
    shown = web.own_appeals(citizen_token, OwnAppealsQuery(cursor=cursor))
    sent = {"pass": (citizen_token,), **({"cursor": (cursor,)} if cursor else {})}
    return app.page("own_appeals", here="lost-key/appeals", shown=shown, sent=Form(sent))


# ---- survey -----------------------------------------------------------------------------------


@app.operation(
    "GET",
    "/survey/{survey_token}",
    public=True,
    content_type=HTML,
    summary="回访",
    summary_en="The survey behind the link of a text message",
    errors=(SurveyUnknown, SurveyClosed),
)
def show_survey_form(survey_token: str, request: Request) -> Answer:
    return _survey_page(survey_token, _NOTHING_TYPED)


@app.operation(
    "POST",
    "/survey/{survey_token}",
    form=True,
    public=True,
    content_type=HTML,
    summary="提交回访答案",
    summary_en="Answer the survey",
    errors=(SurveyUnknown, SurveyClosed),
)
def send_survey(form: Form, survey_token: str, request: Request) -> Answer:
    if form.text("do") == "show":
        return _survey_page(survey_token, form)
    try:
        answer = AnswerSurvey.model_validate(form.command(*ASKED, "comment"))
        result = web.answer_survey(survey_token, answer)
    except ValidationError as error:
        return _survey_page(survey_token, form, faults=faults_of(invalid_input(error)), status=400)
    except NotFound:
        raise SurveyUnknown from None
    return app.page("thanks", here=_address(survey_token), result=result, sent=form)


def _survey_page(
    token: str, form: Form, *, faults: dict[str, Phrase] | None = None, status: int = 200
) -> Answer:
    survey = _open_survey(token)
    questions = {question.field: Phrase(question.text_zh, question.text_en) for question in survey.questions}
    return app.page(
        "survey",
        here=_address(token),
        status=status,
        form=form,
        faults=faults or {},
        number=spoken(survey.tracking_number),
        expires_at=survey.expires_at,
        concluded=survey.concluded,
        answered=survey.answered,
        questions=questions,
        labels={**phrases.LABELS, **questions},
    )


def _open_survey(token: str) -> SurveyView:
    """The survey, which is shown in the language of the appeal unless its reader chose another."""
    try:
        survey = web.show_survey(token)
    except NotFound:
        raise SurveyUnknown from None
    if not app.view.chosen:
        language: Language = "en" if survey.language == "en" else "zh-CN"
        app.view = app.view._replace(language=language)
    return survey


def _address(token: str) -> str:
    return f"survey/{quote(token, safe='')}"
