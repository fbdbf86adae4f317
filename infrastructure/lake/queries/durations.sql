-- How long citizens waited for contact and result: half waited no longer than p50, nine in ten than p90.
-- :first, :last city days of the contact, or of the closing, both counted · :since day from which on their
-- beginnings are looked for · :district, :agency a code, or * for all. Seconds of the calendar, nights and holds
-- included: from the last dispatch to the first contact; from the first dispatch to the last "done" before a closing.
WITH steps AS (
    SELECT order_id, number, name, occurred_at, day, district, agency_id,
        max(CASE WHEN name IN ('WorkOrderDispatched', 'WorkOrderRedispatched') THEN occurred_at END)
            OVER (PARTITION BY order_id ORDER BY number ROWS UNBOUNDED PRECEDING) AS dispatched_at,
        min(CASE WHEN name = 'WorkOrderDispatched' THEN occurred_at END)
            OVER (PARTITION BY order_id ORDER BY number ROWS UNBOUNDED PRECEDING) AS first_dispatched_at,
        max(CASE WHEN name = 'WorkOrderResolved' THEN occurred_at END)
            OVER (PARTITION BY order_id ORDER BY number ROWS UNBOUNDED PRECEDING) AS done_at,
        count(CASE WHEN name = 'CitizenContacted' THEN 1 END)
            OVER (PARTITION BY order_id ORDER BY number ROWS UNBOUNDED PRECEDING) AS contacts,
        coalesce(lead(name) OVER (PARTITION BY order_id ORDER BY number), 'none') AS name_after
    FROM facts
    WHERE name IN ('WorkOrderDispatched', 'WorkOrderRedispatched', 'CitizenContacted', 'WorkOrderResolved',
            'WorkOrderClosed', 'WorkOrderReopened')
        AND into_appeal IS NULL AND conclusion IS NULL AND day BETWEEN :since AND :last
),
waits AS (
    SELECT district, agency_id, 'contact' AS until, date_diff('second', dispatched_at, occurred_at) AS seconds
    FROM steps
    WHERE name = 'CitizenContacted' AND contacts = 1 AND dispatched_at IS NOT NULL AND day >= :first
    UNION ALL
    SELECT district, agency_id, 'result', date_diff('second', first_dispatched_at, done_at)
    FROM steps
    WHERE name = 'WorkOrderClosed' AND name_after <> 'WorkOrderReopened'
        AND done_at IS NOT NULL AND first_dispatched_at IS NOT NULL AND day >= :first
),
chosen AS (
    SELECT * FROM waits
    WHERE (:district = '*' OR district = :district) AND (:agency = '*' OR agency_id = :agency)
),
levels AS (
    SELECT 'city' AS level, CAST(NULL AS varchar) AS district, CAST(NULL AS varchar) AS agency_id, until, seconds
    FROM chosen
    UNION ALL
    SELECT 'district', district, NULL, until, seconds FROM chosen
    UNION ALL
    SELECT 'agency', NULL, agency_id, until, seconds FROM chosen
),
ranked AS (
    SELECT level, district, agency_id, until, seconds,
        row_number() OVER (PARTITION BY level, district, agency_id, until ORDER BY seconds) AS place,
        count(*) OVER (PARTITION BY level, district, agency_id, until) AS orders
    FROM levels
)
SELECT level, district, agency_id, until,
    max(orders) AS orders,
    min(seconds) FILTER (WHERE place * 100 >= orders * 50) AS p50_seconds,
    min(seconds) FILTER (WHERE place * 100 >= orders * 90) AS p90_seconds,
    max(seconds) AS longest_seconds
FROM ranked
GROUP BY level, district, agency_id, until
ORDER BY level DESC, district, agency_id, until
