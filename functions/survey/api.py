"""访: the citizen answers."""

from __future__ import annotations

from hotline.domain.answers import SurveyResult, SurveyView
from hotline.domain.errors import NotFound, SurveyClosed
from hotline.edges.http import HttpApp, Request
from hotline.use_cases.survey_citizens import AnswerSurvey
from hotline.wiring import survey

app = HttpApp("survey")


@app.operation(
    "GET",
    "/surveys/{survey_token}",
    answer=SurveyView,
    public=True,
    summary="回访问题",
    summary_en="The questions behind a survey link",
    errors=(NotFound, SurveyClosed),
)
def show_survey(survey_token: str, request: Request) -> SurveyView:
    return survey.show(survey_token)


@app.operation(
    "POST",
    "/surveys/{survey_token}",
    body=AnswerSurvey,
    answer=SurveyResult,
    public=True,
    summary="提交回访答案",
    summary_en="Answer a survey",
    errors=(NotFound, SurveyClosed),
)
def answer_survey(command: AnswerSurvey, survey_token: str, request: Request) -> SurveyResult:
    return survey.answer(survey_token, command)
