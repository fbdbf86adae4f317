-- What was put before reviewers, and what they decided.
-- :first, :last city days, both counted · :district a code, or * for all. "inbox" tells what a review was about;
-- the decision is its verdict, what became of a dissatisfaction, or the reason of an exclusion.
WITH decisions AS (
    SELECT name, actor,
        CASE WHEN kind = 'review' THEN agency_id END AS inbox,
        CASE name
            WHEN 'SideOrderDone' THEN outcome
            WHEN 'DissatisfactionJudged' THEN judged
            WHEN 'ExcludedFromAssessment' THEN reason
        END AS decision
    FROM facts
    WHERE ((name IN ('SideOrderAsked', 'SideOrderDone') AND kind = 'review')
            OR name IN ('DissatisfactionJudged', 'ExcludedFromAssessment'))
        AND day BETWEEN :first AND :last AND (:district = '*' OR district = :district)
)
SELECT name AS what, inbox, actor, decision, count(*) AS times
FROM decisions
GROUP BY name, inbox, actor, decision
ORDER BY what, inbox, actor, decision
