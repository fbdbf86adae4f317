-- How often each event happened.
-- :first, :last city days, both counted · :district, :agency a code, or * for all.
SELECT name, count(*) AS events, count(DISTINCT appeal_id) AS appeals, min(day) AS first_day, max(day) AS last_day
FROM facts
WHERE day BETWEEN :first AND :last
    AND (:district = '*' OR district = :district) AND (:agency = '*' OR agency_id = :agency)
GROUP BY name
ORDER BY events DESC, name
