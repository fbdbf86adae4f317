-- How orders ended, by month, as it was when they were closed.
-- :first, :last city days, both counted · :district, :agency a code, or * for all. What was corrected later is not.
SELECT
    month,
    count(*) AS closed,
    count(answers) AS answered,
    count(*) FILTER (WHERE substr(answers, 2, 1) = 'y') AS resolved,
    count(*) FILTER (WHERE response_in_time = 1) AS contacted_in_time,
    count(*) FILTER (WHERE handled_in_time = 1) AS handled_in_time,
    count(*) FILTER (WHERE reopened > 0) AS reopened
FROM facts
WHERE name = 'WorkOrderClosed' AND into_appeal IS NULL AND conclusion IS NULL AND day BETWEEN :first AND :last
    AND (:district = '*' OR district = :district) AND (:agency = '*' OR agency_id = :agency)
GROUP BY month
ORDER BY month
