-- Every event once, though a redelivered batch may have left it in the lake twice. `day` is the city's day, yyyy-mm-dd.
SELECT
    event_id, appeal_id, order_id, number, name, occurred_at, month, actor, agency_id, district, subdistrict,
    service_code, tier, kind, outcome, answers, reason, clock, conclusion, judged, excluded, response_in_time,
    handled_in_time, in_time, reopened, channel, into_appeal, side, how, trigger, score, closed_at, was_answers,
    was_excluded, was_judged, agency_group, confidential, day
FROM (
    SELECT events.*, row_number() OVER (PARTITION BY day, event_id ORDER BY agency_id, agency_group) AS copy
    FROM events
) AS copies
WHERE copy = 1
