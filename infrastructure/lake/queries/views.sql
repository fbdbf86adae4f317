-- What came in, what was done and what citizens say of it, for the city, its districts and its agencies.
-- :by month, week (its Monday), service, place · :first, :last city days, both counted · :as_of last day of
-- corrections · :district, :agency a code, or * for all. A district is where the appeal's place is.
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
    SELECT day, month, district, subdistrict, service_code, agency_id, name, clock
    FROM facts
    WHERE name IN ('AppealRegistered', 'WorkOrderDispatched', 'WorkOrderRedispatched', 'WorkOrderReturned',
            'CitizenContacted', 'WorkOrderResolved', 'ClockBreached', 'WorkOrderReopened')
        AND day BETWEEN :first AND :last
        AND (:district = '*' OR district = :district) AND (:agency = '*' OR agency_id = :agency)
),
both_kinds AS (
    SELECT day, month, district, subdistrict, service_code, agency_id, name, clock, CAST(NULL AS varchar) AS ended,
        CAST(NULL AS integer) AS response_in_time, CAST(NULL AS integer) AS handled_in_time,
        CAST(NULL AS integer) AS reopened, CAST(NULL AS varchar) AS answers
    FROM flow
    UNION ALL
    SELECT day, month, district, subdistrict, service_code, agency_id, 'closing', NULL, ended,
        response_in_time, handled_in_time, reopened, answers
    FROM closings
),
placed AS (
    SELECT both_kinds.*,
        CASE :by
            WHEN 'month' THEN month
            WHEN 'week' THEN CAST(CAST(date_trunc('week', CAST(day AS date)) AS date) AS varchar)
            WHEN 'service' THEN service_code
            WHEN 'place' THEN subdistrict
        END AS bucket
    FROM both_kinds
)
SELECT
    CASE GROUPING(district, agency_id) WHEN 3 THEN 'city' WHEN 1 THEN 'district' ELSE 'agency' END AS level,
    bucket, district, agency_id,
    count(*) FILTER (WHERE name = 'AppealRegistered') AS registered,
    count(*) FILTER (WHERE name IN ('WorkOrderDispatched', 'WorkOrderRedispatched')) AS dispatched,
    count(*) FILTER (WHERE name = 'WorkOrderReturned') AS returned,
    count(*) FILTER (WHERE name = 'CitizenContacted') AS contacts,
    count(*) FILTER (WHERE name = 'WorkOrderResolved') AS reported_done,
    count(*) FILTER (WHERE name = 'ClockBreached' AND clock = 'handling') AS overdue,
    count(*) FILTER (WHERE name = 'WorkOrderReopened') AS sent_back,
    count(*) FILTER (WHERE ended <> 'excluded') AS closed,
    count(*) FILTER (WHERE ended = 'excluded') AS excluded,
    count(*) FILTER (WHERE ended = 'answered') AS answered,
    count(*) FILTER (WHERE ended = 'unanswered') AS unanswered,
    count(*) FILTER (WHERE ended = 'unreasonable') AS unreasonable,
    count(*) FILTER (WHERE ended <> 'excluded' AND response_in_time = 1) AS contacted_in_time,
    count(*) FILTER (WHERE ended <> 'excluded' AND response_in_time = 1
        AND coalesce(substr(answers, 1, 1), 'y') = 'y') AS contact_confirmed,
    count(*) FILTER (WHERE ended = 'answered' AND substr(answers, 1, 1) = 'y') AS contacted,
    count(*) FILTER (WHERE ended = 'answered' AND substr(answers, 2, 1) = 'y') AS resolved,
    count(*) FILTER (WHERE ended = 'answered' AND substr(answers, 2, 1) = 'y' AND placed.reopened = 0)
        AS resolved_first_time,
    count(*) FILTER (WHERE ended = 'answered' AND substr(answers, 3, 1) = 'y') AS satisfied,
    count(*) FILTER (WHERE ended <> 'excluded' AND handled_in_time = 1) AS handled_in_time,
    count(*) FILTER (WHERE ended <> 'excluded' AND placed.reopened > 0) AS reopened,
    CAST(coalesce(sum(placed.reopened) FILTER (WHERE ended <> 'excluded'), 0) AS bigint) AS reopenings
FROM placed
GROUP BY GROUPING SETS ((bucket), (bucket, district), (bucket, agency_id))
ORDER BY level DESC, bucket, district, agency_id
