-- The callback desk: how attempts to call ended, and how call tasks ended.
-- :first, :last city days, both counted · :district a code, or * for all.
SELECT
    CASE WHEN name = 'CallAttempted' THEN 'attempt' ELSE 'task' END AS what,
    coalesce(outcome, 'unknown') AS outcome,
    count(*) AS times,
    count(DISTINCT order_id) AS tasks
FROM facts
WHERE kind = 'callback' AND name IN ('CallAttempted', 'SideOrderDone', 'SideOrderCancelled')
    AND day BETWEEN :first AND :last AND (:district = '*' OR district = :district)
GROUP BY CASE WHEN name = 'CallAttempted' THEN 'attempt' ELSE 'task' END, coalesce(outcome, 'unknown')
ORDER BY what, times DESC, outcome
