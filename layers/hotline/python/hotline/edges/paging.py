"""Turn a list's position into a sealed cursor, and back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol, Self, TypeVar

from hotline.domain.actor import Actor
from hotline.edges import cursor

KeySource = Callable[[], bytes]


class Paged(Protocol):
    """A part of a list; ``next`` is where the following part begins."""

    @property
    def next(self) -> str | None:
        """The position, plain or sealed; None at the end."""
        ...

    def model_copy(self, *, update: Mapping[str, Any] | None = None) -> Self:
        """The same with other values."""
        ...


Page = TypeVar("Page", bound=Paged)


def position(sealed: str | None, key: KeySource, of_list: str, caller: Actor) -> str | None:
    """Where the caller stopped reading this list.

    Raises:
        InvalidInput: the cursor was changed, or comes from another list or caller.
    """
    if sealed is None:
        return None
    return cursor.unseal(sealed, key(), of_list, caller.signature)["at"]


def sealed(page: Page, key: KeySource, of_list: str, caller: Actor) -> Page:
    """The page with its ``next`` as a cursor for this list and caller."""
    if page.next is None:
        return page
    return page.model_copy(update={"next": cursor.seal({"at": page.next}, key(), of_list, caller.signature)})
