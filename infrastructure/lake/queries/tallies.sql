-- The counts of every agency and month, as the scorecards must have them.
-- :first, :last city days of the closings, both counted · :as_of last day of corrections · :district (of the
-- appeal's place), :agency a code, or * for all. What was corrected stands as it was corrected, in the month of
-- its closing. Who called for assists and summonses is not in the lake.
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
parts AS (
    SELECT month, agency_id,
        count(*) FILTER (WHERE kind = 'assist') AS assists,
        count(*) FILTER (WHERE kind = 'assist' AND in_time = 1) AS assists_in_time,
        count(*) FILTER (WHERE kind = 'summons') AS summons,
        count(*) FILTER (WHERE kind = 'summons' AND in_time = 1) AS summons_in_time
    FROM facts
    WHERE name IN ('SideOrderDone', 'SideOrderCancelled') AND kind IN ('assist', 'summons') AND in_time IS NOT NULL
        AND day BETWEEN :first AND :last
        AND (:district = '*' OR district = :district) AND (:agency = '*' OR agency_id = :agency)
    GROUP BY month, agency_id
),
counts AS (
    SELECT month, agency_id,
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
        count(*) FILTER (WHERE ended = 'answered' AND substr(answers, 2, 1) = 'y' AND closings.reopened = 0)
            AS resolved_first_time,
        count(*) FILTER (WHERE ended = 'answered' AND substr(answers, 3, 1) = 'y') AS satisfied,
        count(*) FILTER (WHERE ended <> 'excluded' AND handled_in_time = 1) AS handled_in_time,
        count(*) FILTER (WHERE ended <> 'excluded' AND closings.reopened > 0) AS reopened,
        CAST(coalesce(sum(closings.reopened) FILTER (WHERE ended <> 'excluded'), 0) AS bigint) AS reopenings
    FROM closings
    GROUP BY month, agency_id
)
SELECT
    coalesce(counts.month, parts.month) AS month, coalesce(counts.agency_id, parts.agency_id) AS agency_id,
    coalesce(closed, 0) AS closed,
    coalesce(excluded, 0) AS excluded,
    coalesce(answered, 0) AS answered,
    coalesce(unanswered, 0) AS unanswered,
    coalesce(unreasonable, 0) AS unreasonable,
    coalesce(contacted_in_time, 0) AS contacted_in_time,
    coalesce(contact_confirmed, 0) AS contact_confirmed,
    coalesce(contacted, 0) AS contacted,
    coalesce(resolved, 0) AS resolved,
    coalesce(resolved_first_time, 0) AS resolved_first_time,
    coalesce(satisfied, 0) AS satisfied,
    coalesce(handled_in_time, 0) AS handled_in_time,
    coalesce(reopened, 0) AS reopened,
    coalesce(reopenings, 0) AS reopenings,
    coalesce(assists, 0) AS assists,
    coalesce(assists_in_time, 0) AS assists_in_time,
    coalesce(summons, 0) AS summons,
    coalesce(summons_in_time, 0) AS summons_in_time
FROM counts
FULL JOIN parts ON parts.month = counts.month AND parts.agency_id = counts.agency_id
ORDER BY 1, 2
