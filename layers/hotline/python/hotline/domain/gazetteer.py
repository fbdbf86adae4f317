"""From the words of an address to the sub-districts it can mean.

Names are looked up, longest first; nothing is guessed. A name that two sub-districts bear (there
is an 八里庄街道 in 朝阳 and another in 海淀) yields both, unless the text itself names the district or
another place that settles it.

Example:
    >>> gazetteer = Gazetteer({"八里庄街道": "3 110105015 110108005", "海淀区": "4 110108"})
    >>> gazetteer.locate("八里庄街道").codes
    ('110105015', '110108005')
    >>> gazetteer.locate("海淀区八里庄街道").codes
    ('110108005',)
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from enum import IntEnum
from typing import NamedTuple

from hotline.domain.lexicon import Lexicon, Match, normalise
from hotline.domain.model import Frozen

DISTRICT_DIGITS = 6
_COMMUNITY = ("社区", "村")


class Rank(IntEnum):
    """How much a name says. Higher ranks are heard first.

    NOTHING is for words that contain a name and mean no place (大兴土木); they only keep their
    letters from being read otherwise. WEAK names are everyday words (光明, 新村) and count only
    directly behind a better name (昌平区光明).
    """

    NOTHING = 0
    WEAK = 1
    COMMUNITY = 2
    SUBDISTRICT = 3
    DISTRICT = 4


Names = Mapping[str, str]
"""Normalised name → its rank and the codes that it can mean, as :func:`entry` writes them."""


def entry(rank: Rank, codes: Iterable[str]) -> str:
    """Write what a name stands for: one short string, which is quick to load 13,000 times.

    Example:
        >>> entry(Rank.SUBDISTRICT, ["110105015", "110108005"])
        '3 110105015 110108005'
    """
    return " ".join((str(int(rank)), *codes))


class _Mention(NamedTuple):
    """A name found in a text."""

    rank: Rank
    codes: tuple[str, ...]
    name: str

    @classmethod
    def of(cls, match: Match[str]) -> _Mention:
        rank, *codes = match.value.split()
        return cls(Rank(int(rank)), tuple(codes), match.word)


class BoundingBox(Frozen):
    """A rectangle around the city, in degrees of WGS 84."""

    south: float
    west: float
    north: float
    east: float

    def contains(self, lat: float, long: float) -> bool:
        """Whether a point lies within, edges included.

        There is no outline data behind it: a point inside the box may still lie beyond the city's
        border, and no point alone says which sub-district it is in.
        """
        return self.south <= lat <= self.north and self.west <= long <= self.east


class Location(Frozen):
    """What an address can mean.

    Attributes:
        codes: the jurisdictions that fit, narrowest known; one code is an answer, several are a
            question, none is silence.
        names: the names in the text that led there.
    """

    codes: tuple[str, ...] = ()
    names: tuple[str, ...] = ()

    @property
    def code(self) -> str | None:
        """The one jurisdiction, when there is exactly one."""
        return self.codes[0] if len(self.codes) == 1 else None

    @property
    def district(self) -> str | None:
        """The district that all candidates share; None when they do not."""
        districts = _districts_of(self.codes)
        return districts.pop() if len(districts) == 1 else None


class Gazetteer:
    """The names of a city's places."""

    def __init__(self, names: Names) -> None:
        self._names = names
        self._lexicon = Lexicon(names)

    def communities(self, code: str) -> tuple[str, ...]:
        """The communities and villages of a sub-district, for whoever is asked for an address there.

        Example:
            >>> Gazetteer({"银闸社区": "2 110101001", "银闸": "2 110101001"}).communities("110101001")
            ('银闸社区',)
        """
        return tuple(
            name
            for name, value in self._names.items()
            if code in value and name.endswith(_COMMUNITY) and value.startswith(str(int(Rank.COMMUNITY)))
        )

    def locate(self, text: str) -> Location:
        """Find the jurisdictions that a text can mean.

        A place must fit every name: a sub-district lies in the district that is named, a community
        in its sub-district. Names of lower rank refine what better names found and never
        contradict it; names of one rank that do not fit together are several places.
        """
        mentions = list(_mentions(self._lexicon.find(normalise(text))))
        districts = {code for mention in mentions if mention.rank is Rank.DISTRICT for code in mention.codes}
        found = set[str]()
        for district in districts:
            found |= _fitting(mentions, {district}) or {district}
        if not districts:
            found = _fitting(mentions, districts)
        found |= _elsewhere(mentions, districts)
        return Location(codes=tuple(sorted(found)), names=_names_leading_to(mentions, found))


def _mentions(matches: Iterable[Match[str]]) -> Iterator[_Mention]:
    end_of_better = -1
    for match in matches:
        mention = _Mention.of(match)
        if mention.rank > Rank.WEAK or (mention.rank is Rank.WEAK and match.start == end_of_better):
            yield mention
            end_of_better = match.end


def _fitting(mentions: Iterable[_Mention], districts: set[str]) -> set[str]:
    """The sub-districts that fit the names, within the districts given (anywhere if none is)."""
    fitting = set[str]()
    decisive: Rank | None = None
    for mention in sorted(mentions, key=lambda each: each.rank, reverse=True):
        codes = {code for code in mention.codes if not districts or code[:DISTRICT_DIGITS] in districts}
        if mention.rank is Rank.DISTRICT or not codes:
            continue
        if not fitting:
            fitting, decisive = codes, mention.rank
        elif fitting & codes:
            narrower = not fitting <= codes
            fitting, decisive = fitting & codes, mention.rank if narrower else decisive
        elif mention.rank is decisive:
            return fitting | codes
    return fitting


def _elsewhere(mentions: Iterable[_Mention], districts: set[str]) -> set[str]:
    """Sub-districts named in full that lie in none of the districts named: a contradiction to show."""
    codes = (mention.codes for mention in mentions if districts and mention.rank is Rank.SUBDISTRICT)
    return {code for each in codes if not _districts_of(each) & districts for code in each}


def _districts_of(codes: Iterable[str]) -> set[str]:
    return {code[:DISTRICT_DIGITS] for code in codes}


def _names_leading_to(mentions: Iterable[_Mention], found: set[str]) -> tuple[str, ...]:
    around = found | _districts_of(found)
    return tuple(dict.fromkeys(mention.name for mention in mentions if around & set(mention.codes)))
