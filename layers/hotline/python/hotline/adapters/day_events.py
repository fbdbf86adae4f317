"""What a day has brought, from the lake's files of that day, with DuckDB."""

from __future__ import annotations

from datetime import date

from hotline.adapters.lake_files import LakeFiles
from hotline.adapters.parquet import database
from hotline.domain.lake import CLOSED
from hotline.domain.stock import COUNTED_EVENTS, Happened

_MEMORY_MB = 512

# An appeal's place may become known after it came: each of its events of the day tells it for all of them.
_SQL = """
WITH once AS (
    SELECT event_id, any_value(appeal_id) AS appeal_id, any_value(name) AS name, max(district) AS district,
        max(subdistrict) AS subdistrict, max(service_code) AS service_code, max(into_appeal) AS into_appeal
    FROM read_parquet([{files}], union_by_name = true)
    GROUP BY event_id
), placed AS (
    SELECT name, into_appeal,
        coalesce(district, max(district) OVER appeal) AS district,
        coalesce(subdistrict, max(subdistrict) OVER appeal) AS subdistrict,
        coalesce(service_code, max(service_code) OVER appeal) AS service_code
    FROM once
    WINDOW appeal AS (PARTITION BY appeal_id)
)
SELECT name, district, subdistrict, service_code, count(*) AS times
FROM placed
WHERE name IN ({names}) AND NOT (name = '{closed}' AND into_appeal IS NOT NULL)
GROUP BY ALL
"""


class LakeDayEvents:
    """Implements ``ports.DayEvents``."""

    def __init__(self, files: LakeFiles) -> None:
        self._files = files

    def of_day(self, day: date) -> list[Happened]:
        """Read the day's files, some seven hundred on a busy day before they are merged, and count."""
        files = self._files.files(day, day)
        if not files:
            return []
        with database(_MEMORY_MB) as (connection, folder):
            paths = []
            for place, each in enumerate(files):
                paths.append(folder / f"{place}.parquet")
                paths[-1].write_bytes(self._files.read(each.key))
            sql = _SQL.format(
                files=", ".join(f"'{path}'" for path in paths),
                names=", ".join(f"'{name}'" for name in COUNTED_EVENTS),
                closed=CLOSED,
            )
            return [Happened(*row) for row in connection.execute(sql).fetchall()]
