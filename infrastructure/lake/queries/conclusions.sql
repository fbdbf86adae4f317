-- The hotline's own answers (条例 Art 11): how many of each kind were given, and how many citizens contested.
-- :first, :last city days, both counted · :district a code, or * for all.
SELECT coalesce(outcome, 'unknown') AS conclusion,
    count(*) FILTER (WHERE name = 'AppealConcluded') AS told,
    count(*) FILTER (WHERE name = 'ConclusionContested') AS contested
FROM facts
WHERE name IN ('AppealConcluded', 'ConclusionContested') AND day BETWEEN :first AND :last
    AND (:district = '*' OR district = :district)
GROUP BY coalesce(outcome, 'unknown')
ORDER BY conclusion
