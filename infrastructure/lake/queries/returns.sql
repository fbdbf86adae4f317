-- How often orders were given back by agencies (退单), and sent back to them by citizens (返工).
-- :first, :last city days, both counted · :as_of last day of corrections · :district, :agency a code, or * for all.
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
    SELECT district, agency_id, name, 0 AS reopened
    FROM facts
    WHERE name IN ('WorkOrderDispatched', 'WorkOrderRedispatched', 'WorkOrderReturned', 'ReturnUpheld')
        AND day BETWEEN :first AND :last
        AND (:district = '*' OR district = :district) AND (:agency = '*' OR agency_id = :agency)
    UNION ALL
    SELECT district, agency_id, 'closing', reopened FROM closings WHERE ended <> 'excluded'
)
SELECT
    CASE GROUPING(district, agency_id) WHEN 3 THEN 'city' WHEN 1 THEN 'district' ELSE 'agency' END AS level,
    district, agency_id,
    count(*) FILTER (WHERE name IN ('WorkOrderDispatched', 'WorkOrderRedispatched')) AS dispatched,
    count(*) FILTER (WHERE name = 'WorkOrderReturned') AS returned,
    count(*) FILTER (WHERE name = 'ReturnUpheld') AS refused,
    count(*) FILTER (WHERE name = 'closing') AS closed,
    count(*) FILTER (WHERE name = 'closing' AND flow.reopened > 0) AS reopened,
    CAST(coalesce(sum(flow.reopened), 0) AS bigint) AS reopenings
FROM flow
GROUP BY GROUPING SETS ((), (district), (agency_id))
ORDER BY level DESC, district, agency_id
