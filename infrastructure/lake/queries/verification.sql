-- How often a second call by another operator heard something else than the first.
-- :first, :last city days of the second call, both counted · :since day from which on its beginnings are looked for ·
-- :district a code, or * for all.
WITH calls AS (
    SELECT month, order_id, district, day, answers AS heard, name,
        max(CASE WHEN name = 'SideOrderAsked' THEN answers END) OVER (PARTITION BY order_id) AS recorded
    FROM facts
    WHERE name IN ('SideOrderAsked', 'SideOrderDone') AND kind = 'verification' AND day BETWEEN :since AND :last
)
SELECT month,
    count(*) AS calls,
    count(heard) AS heard,
    count(*) FILTER (WHERE heard = recorded) AS agreed,
    count(*) FILTER (WHERE heard <> recorded) AS disagreed,
    count(*) FILTER (WHERE substr(heard, 1, 1) <> substr(recorded, 1, 1)) AS on_contact,
    count(*) FILTER (WHERE substr(heard, 2, 1) <> substr(recorded, 2, 1)) AS on_resolution,
    count(*) FILTER (WHERE substr(heard, 3, 1) <> substr(recorded, 3, 1)) AS on_satisfaction
FROM calls
WHERE name = 'SideOrderDone' AND day >= :first AND (:district = '*' OR district = :district)
GROUP BY month
ORDER BY month
