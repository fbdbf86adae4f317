"""Which stored version of the directory decided at a moment of the past."""

from __future__ import annotations

import csv
import io
from datetime import date, datetime
from functools import cache

from hotline.adapters.dynamodb.directory import DirectoryStore
from hotline.domain.directory import Directory
from hotline.domain.errors import DirectoryMissing


class KeptDirectories:
    """Every stored version of the directory, by the time of its import.

    Raises:
        DirectoryMissing: nothing has been imported yet.
    """

    def __init__(self, store: DirectoryStore) -> None:
        self._store = store
        imported = {
            version: datetime.fromisoformat(facts["imported_at"])
            for version, facts in store.versions().items()
        }
        self._imported = dict(sorted(imported.items(), key=lambda row: row[1]))
        if not self._imported:
            raise DirectoryMissing
        self._open = cache(store.open)
        self._notes = cache(self._read_notes)

    def at(self, moment: datetime, policy: str | None, version: str | None) -> Directory:
        """The version that an event names; otherwise the newest import before it, with the right policy.

        When which version was put in force is not stored, only when each was imported; a policy keeps
        its name as long as its limits, so the newest import of that name is the one that counted.

        Args:
            policy: the first part of a rule id (条例 Art 13); None for any.
            version: the version that the event cites; None when it cites none.

        Raises:
            KeyError: no kept version has that policy.
        """
        before = [each for each, imported_at in self._imported.items() if imported_at <= moment]
        after = [each for each in self._imported if each not in before]
        named = [version] if version in self._imported else []
        for candidate in (*named, *reversed(before), *after):
            directory = self._open(candidate)
            if policy in (None, directory.sla.version):
                return directory
        raise KeyError(f"policy {policy} is in no kept version of the directory")

    def note(self, version: str, calendar_id: str, day: date) -> str | None:
        """What calendar_days.csv of a version says about a single day; None when it says nothing."""
        return self._notes(version).get((calendar_id, day.isoformat())) or None

    def _read_notes(self, version: str) -> dict[tuple[str, str], str]:
        text: str = self._store.part(version, "source").get("calendar_days.csv", "")
        rows = csv.DictReader(io.StringIO(text))
        return {(row["calendar_id"], row["date"]): row["note"] or "" for row in rows if row["date"]}
