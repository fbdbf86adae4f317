-- The orders that were done the longest after their handling limit.
-- :first, :last city days of the "done", both counted · :since day from which on breaches are looked for ·
-- :district, :agency a code, or * for all · :most how many. Late since the breach was recorded, as a rule less than
-- a minute after the limit.
WITH steps AS (
    SELECT order_id, name, occurred_at, day, district, subdistrict, service_code, agency_id, tier,
        lag(name) OVER (PARTITION BY order_id ORDER BY number) AS name_before,
        lag(occurred_at) OVER (PARTITION BY order_id ORDER BY number) AS late_since
    FROM facts
    WHERE day BETWEEN :since AND :last
        AND (name IN ('WorkOrderResolved', 'WorkOrderClosed', 'WorkOrderReopened', 'WorkOrderReturned',
                'WorkOrderRedispatched', 'WorkOrderHeld', 'ExtensionGranted')
            OR (name = 'ClockBreached' AND clock = 'handling'))
)
SELECT order_id, agency_id, district, subdistrict, service_code, tier, late_since, occurred_at AS done_at,
    date_diff('second', late_since, occurred_at) AS late_seconds
FROM steps
WHERE name = 'WorkOrderResolved' AND name_before = 'ClockBreached' AND day >= :first
    AND (:district = '*' OR district = :district) AND (:agency = '*' OR agency_id = :agency)
ORDER BY late_seconds DESC, order_id
LIMIT :most
