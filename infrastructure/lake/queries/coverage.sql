-- How many citizens were asked and answered, and how: on how many answers the rates rest.
-- :first, :last city days, both counted · :as_of last day of corrections · :district, :agency a code, or * for all.
-- "earlier" said that it was not resolved, and nothing when asked again: the last word counts.
WITH corrections AS (
    SELECT order_id, closed_at, name, answers, excluded, judged,
        row_number() OVER (PARTITION BY order_id, closed_at ORDER BY number DESC) AS latest
    FROM facts
    WHERE name IN ('SurveyAnswerChanged', 'ExcludedFromAssessment', 'DissatisfactionJudged', 'WorkOrderReopened')
        AND closed_at IS NOT NULL AND day BETWEEN :first AND :as_of
),
standings AS (
    SELECT closing.day, closing.month, closing.district, closing.subdistrict, closing.service_code, closing.agency_id,
        closing.outcome, closing.how, closing.response_in_time, closing.handled_in_time, closing.reopened,
        CASE WHEN latest IS NULL THEN closing.answers ELSE corrections.answers END AS answers,
        CASE WHEN latest IS NULL THEN closing.excluded ELSE corrections.excluded END AS excluded,
        CASE WHEN latest IS NULL THEN closing.judged ELSE corrections.judged END AS judged
    FROM facts AS closing
    LEFT JOIN corrections
        ON corrections.order_id = closing.order_id AND corrections.closed_at = closing.closed_at AND latest = 1
    WHERE closing.name = 'WorkOrderClosed' AND closing.day BETWEEN :first AND :last
        AND closing.into_appeal IS NULL AND closing.conclusion IS NULL
        AND (latest IS NULL OR corrections.name <> 'WorkOrderReopened')
        AND (:district = '*' OR closing.district = :district) AND (:agency = '*' OR closing.agency_id = :agency)
),
closings AS (
    SELECT standings.*,
        CASE
            WHEN excluded IS NOT NULL THEN 'excluded'
            WHEN judged = 'unreasonable' THEN 'unreasonable'
            WHEN answers IS NULL THEN 'unanswered'
            ELSE 'answered'
        END AS ended
    FROM standings
),
flow AS (
    SELECT district, agency_id, 'asked' AS ended, CAST(NULL AS varchar) AS outcome, CAST(NULL AS varchar) AS how
    FROM facts
    WHERE name = 'SurveyOpened' AND day BETWEEN :first AND :last
        AND (:district = '*' OR district = :district) AND (:agency = '*' OR agency_id = :agency)
    UNION ALL
    SELECT district, agency_id, ended, outcome, how FROM closings WHERE ended <> 'excluded'
)
SELECT
    CASE GROUPING(district, agency_id) WHEN 3 THEN 'city' WHEN 1 THEN 'district' ELSE 'agency' END AS level,
    district, agency_id,
    count(*) FILTER (WHERE ended = 'asked') AS asked,
    count(*) FILTER (WHERE ended <> 'asked') AS closed,
    count(*) FILTER (WHERE ended = 'answered') AS answered,
    count(*) FILTER (WHERE ended = 'answered' AND outcome = 'answered' AND coalesce(how, 'link') <> 'phone') AS by_web,
    count(*) FILTER (WHERE ended = 'answered' AND outcome = 'answered' AND how = 'phone') AS by_phone,
    count(*) FILTER (WHERE ended = 'answered' AND outcome <> 'answered') AS earlier,
    count(*) FILTER (WHERE ended = 'unanswered') AS unanswered,
    count(*) FILTER (WHERE ended = 'unreasonable') AS unreasonable
FROM flow
GROUP BY GROUPING SETS ((), (district), (agency_id))
ORDER BY level DESC, district, agency_id
