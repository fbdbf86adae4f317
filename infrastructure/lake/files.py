"""The lake's files, brought to this machine to be read here.

A file is fetched once and kept: its name in the folder holds what S3 says of its content, so a replaced one is
fetched again, and one that is gone from the bucket goes from the folder.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path

from botocore.exceptions import ClientError

from hotline.adapters.lake_files import LakeFile, LakeFiles
from infrastructure.lake.local import FILES
from infrastructure.ops.stack import Stack

CACHE = Path(".local/lake")
PARALLEL_CALLS = 16

Progress = Callable[[int, int], None]


class LakeBucket(LakeFiles):
    """The bucket of a deployed stack."""

    def __init__(self, stack: Stack) -> None:
        super().__init__(stack.client("s3", connections=PARALLEL_CALLS), stack["lake_bucket"])

    @property
    def folder(self) -> Path:
        """Where its files are kept on this machine."""
        return CACHE / self.name

    def fetch(self, progress: Progress, first: date | None = None, last: date | None = None) -> Path:
        """Bring the files of some days here; the folder that they are in, with what was fetched before.

        A file that a compaction has just taken away is looked for again where the merged one is.
        """
        for _ in range(3):
            wanted = self.files(first, last)
            if all(self._bring(wanted, progress)):
                break
        keep = {each.path_in(self.folder) for each in wanted}
        for path in self.folder.glob(FILES):
            day = path.parent.name.removeprefix("day=")
            asked_for = str(first or "") <= day <= str(last or "9")
            if asked_for and path not in keep:
                path.unlink()
        return self.folder

    def _bring(self, wanted: Sequence[LakeFile], progress: Progress) -> Iterable[bool]:
        missing = [each for each in wanted if not each.path_in(self.folder).exists()]
        came: list[bool] = []
        with ThreadPoolExecutor(PARALLEL_CALLS) as pool:
            for one in pool.map(self._bring_one, missing):
                came.append(one)
                progress(len(came), len(missing))
        return came

    def _bring_one(self, file: LakeFile) -> bool:
        try:
            content = self.read(file.key)
        except ClientError as error:
            if error.response["Error"]["Code"] != "NoSuchKey":
                raise
            return False
        path = file.path_in(self.folder)
        path.parent.mkdir(parents=True, exist_ok=True)
        half = path.with_suffix(".part")
        half.write_bytes(content)
        half.replace(path)
        return True
