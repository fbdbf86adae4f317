-- By which channels appeals came, agencies made contact and citizens answered.
-- :first, :last city days, both counted · :district, :agency a code, or * for all. An answer by the link, or by number
-- and key, is "link".
WITH uses AS (
    SELECT
        CASE name WHEN 'AppealRegistered' THEN 'registered' WHEN 'CitizenContacted' THEN 'contacted' ELSE 'answered' END
            AS what,
        CASE WHEN name = 'WorkOrderClosed' THEN coalesce(how, 'link') ELSE coalesce(channel, 'unknown') END AS channel
    FROM facts
    WHERE (name IN ('AppealRegistered', 'CitizenContacted')
            OR (name = 'WorkOrderClosed' AND outcome = 'answered' AND into_appeal IS NULL))
        AND day BETWEEN :first AND :last
        AND (:district = '*' OR district = :district) AND (:agency = '*' OR agency_id = :agency)
)
SELECT what, channel, count(*) AS times
FROM uses
GROUP BY what, channel
ORDER BY what DESC, times DESC, channel
