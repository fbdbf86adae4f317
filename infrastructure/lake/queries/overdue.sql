-- The open orders that have been past their handling limit the longest.
-- :last city day at whose end they were open · :now UTC time at which the lateness is read · :since day from
-- which on orders are looked for · :district, :agency a code, or * for all · :most how many. Late since the breach
-- was recorded, as a rule less than a minute after the limit.
WITH steps AS (
    SELECT order_id, name, clock, occurred_at, district, subdistrict, service_code, agency_id, tier,
        row_number() OVER (PARTITION BY order_id ORDER BY number DESC) AS latest
    FROM facts
    WHERE day BETWEEN :since AND :last
        AND (name IN ('WorkOrderResolved', 'WorkOrderClosed', 'WorkOrderReopened', 'WorkOrderReturned',
                'WorkOrderRedispatched', 'WorkOrderHeld', 'ExtensionGranted', 'AppealWithdrawn', 'AppealMerged',
                'AppealConcluded')
            OR (name = 'ClockBreached' AND clock = 'handling'))
)
SELECT order_id, agency_id, district, subdistrict, service_code, tier, occurred_at AS late_since,
    date_diff('second', occurred_at, :now) AS late_seconds
FROM steps
WHERE latest = 1 AND name = 'ClockBreached'
    AND (:district = '*' OR district = :district) AND (:agency = '*' OR agency_id = :agency)
ORDER BY late_seconds DESC, order_id
LIMIT :most
