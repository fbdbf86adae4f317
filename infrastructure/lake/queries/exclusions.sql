-- What was excluded from the assessment (剔除), by reason, and of which agencies.
-- :first, :last city days of the decision, both counted · :district, :agency a code, or * for all.
WITH excluded_orders AS (
    SELECT order_id, agency_id, coalesce(reason, excluded) AS reason
    FROM facts
    WHERE name = 'ExcludedFromAssessment' AND day BETWEEN :first AND :last
        AND (:district = '*' OR district = :district) AND (:agency = '*' OR agency_id = :agency)
)
SELECT
    CASE GROUPING(agency_id) WHEN 1 THEN 'city' ELSE 'agency' END AS level,
    agency_id, reason, count(DISTINCT order_id) AS orders
FROM excluded_orders
GROUP BY GROUPING SETS ((reason), (reason, agency_id))
ORDER BY level DESC, agency_id, reason
