"""Under which names a place is looked up.

The gazetteer file holds official names; people write shorter ones. Which short forms can stand
alone, and which only behind the name of a district, is decided here, once, at import.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from hotline.domain.directory import Level
from hotline.domain.gazetteer import DISTRICT_DIGITS, Rank, entry
from hotline.domain.lexicon import normalise
from infrastructure.directory.rows import CommunityRow, JurisdictionRow, PlaceNameRow

_COMMITTEE = re.compile(r"(社区)?(居民委员会|居委会|村民委员会|村委会)$")
_SEAT_KIND = re.compile(r"(街道|地区|镇|(..族)?乡)$")
_ANYWHERE = re.compile(r"^.[路街区里院村]$")
"""东路, 二区: there is one everywhere, so they name nothing."""
_ROAD = ("路", "街")
_STANDS_ALONE = 3
"""Characters from which on a bare name is distinctive: 和平里 is a place, 和平 is peace."""

Named = tuple[str, Rank, tuple[str, ...]]


def compile_names(
    jurisdictions: Iterable[JurisdictionRow],
    communities: Iterable[CommunityRow],
    places: Iterable[PlaceNameRow],
) -> dict[str, str]:
    """Collect every name with its rank and codes; hand-written names overrule derived ones.

    Of one name with several ranks the highest counts: 望京 is a sub-district's short name before it
    is a community's.
    """
    names: dict[str, tuple[Rank, set[str]]] = {}
    derived = [name for row in jurisdictions for name in _jurisdiction_names(row)]
    derived += [name for row in communities for name in _community_names(row)]
    for name, rank, codes in derived:
        _add(names, normalise(name), rank, codes)
    for place in places:
        names[normalise(place.name)] = (_rank_of(place), set(place.codes))
    return {name: entry(rank, sorted(codes)) for name, (rank, codes) in sorted(names.items())}


def _add(names: dict[str, tuple[Rank, set[str]]], name: str, rank: Rank, codes: tuple[str, ...]) -> None:
    known_rank, known = names.get(name, (rank, set[str]()))
    if rank > known_rank:
        names[name] = (rank, set(codes))
    elif rank == known_rank:
        names[name] = (rank, known | set(codes))


def _rank_of(place: PlaceNameRow) -> Rank:
    if not place.codes:
        return Rank.NOTHING
    only_districts = all(len(code) == DISTRICT_DIGITS for code in place.codes)
    return Rank.DISTRICT if only_districts else Rank.COMMUNITY


def _jurisdiction_names(row: JurisdictionRow) -> Iterator[Named]:
    codes = (row.code,)
    if row.level is Level.DISTRICT:
        for name in (row.name_zh, row.name_zh.removesuffix("区"), row.name_en, _bare_english(row)):
            yield name, Rank.DISTRICT, codes
    elif row.level is Level.SUBDISTRICT:
        yield row.name_zh, Rank.SUBDISTRICT, codes
        yield row.name_en, Rank.SUBDISTRICT, codes
        yield _bare_english(row), Rank.COMMUNITY, codes
        bare = _SEAT_KIND.sub("", row.name_zh)
        if row.name_zh.endswith("地区"):  # a 地区办事处 mostly governs a 镇 or 乡 of the same name
            yield f"{bare}镇", Rank.SUBDISTRICT, codes
            yield f"{bare}乡", Rank.SUBDISTRICT, codes
        yield bare, _rank_of_bare(bare), codes


def _bare_english(row: JurisdictionRow) -> str:
    return row.name_en.rsplit(" ", 1)[0]


def _community_names(row: CommunityRow) -> Iterator[Named]:
    codes = (row.place,)
    bare = _COMMITTEE.sub("", row.name)
    if len(bare) < 2:
        return
    if row.name.endswith(("村民委员会", "村委会")):
        yield bare.removesuffix("村") + "村", Rank.COMMUNITY, codes
    else:
        yield bare.removesuffix("社区") + "社区", Rank.COMMUNITY, codes
    if not _ANYWHERE.search(bare):
        yield bare, _rank_of_bare(bare), codes


def _rank_of_bare(name: str) -> Rank:
    return Rank.COMMUNITY if len(name) >= _STANDS_ALONE and not name.endswith(_ROAD) else Rank.WEAK
