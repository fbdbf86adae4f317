"""What is withheld from a published table cannot be worked out, by an attacker who knows the rule."""

from __future__ import annotations

from itertools import product

from hypothesis import given, settings
from hypothesis import strategies as st

from hotline.domain.disclosure import Sum, exposed, shown_cells

K = 3


def tree(leaves: dict[tuple[str, str], int]) -> tuple[dict[object, int], list[Sum]]:
    """City → places → services, and each service over the places, in bands."""
    places, services = sorted({place for place, _ in leaves}), sorted({service for _, service in leaves})
    cells: dict[object, int] = dict(leaves)
    sums = []
    for place in places:
        parts = tuple((place, service) for service in services)
        cells[place] = sum(leaves[part] for part in parts)
        sums.append(Sum(place, parts))
    cells["city"] = sum(leaves.values())
    sums.append(Sum("city", tuple(places)))
    for service in services:
        column = tuple((place, service) for place in places)
        cells[service] = sum(leaves[part] for part in column)
        sums.append(Sum(service, column, bands_from=K))
    return cells, sums


def possible_worlds(cells: dict[object, int], sums: list[Sum], shown: set[object]) -> list[dict[object, int]]:
    """Every table that agrees with all that is shown: found by trying all of them."""
    rows = [each for each in sums if each.total in ("east", "west")]
    found = []
    for halves in product(*(possible_rows(cells, each, shown) for each in rows)):
        world: dict[object, int] = {}
        for each, values in zip(rows, halves, strict=True):
            world |= dict(zip(each.parts, values, strict=True))
        for each in sums:
            world[each.total] = sum(world[part] for part in each.parts)
        if all(
            each.range_of(cells[each.total])[0] <= world[each.total] <= each.range_of(cells[each.total])[1]
            for each in sums
            if each.total in shown
        ):
            found.append(world)
    return found


def possible_rows(cells: dict[object, int], row: Sum, shown: set[object]) -> list[tuple[int, ...]]:
    """Every way in which the parts of a place may be filled."""
    total = cells[row.total] if row.total in shown else None
    most = total if total is not None else max(cells["city"], 9)
    ways = product(*([cells[part]] if part in shown else range(most + 1) for part in row.parts[:-1]))
    found = []
    for way in ways:
        if total is not None:
            last = total - sum(way)
            if last >= 0 and (row.parts[-1] not in shown or last == cells[row.parts[-1]]):
                found.append((*way, last))
        else:
            ends = [cells[row.parts[-1]]] if row.parts[-1] in shown else range(most + 1)
            found += [(*way, last) for last in ends if sum(way) + last <= most]
    return found


counts = st.integers(0, 6)


@settings(max_examples=60, deadline=None)
@given(values=st.lists(counts, min_size=6, max_size=6))
def test_no_small_count_can_be_told_by_trying_every_table_that_fits(values: list[int]) -> None:
    leaves = dict(zip(product(("east", "west"), ("lamp", "noise", "water")), values, strict=True))
    cells, sums = tree(leaves)
    shown = shown_cells(cells, sums, K)
    worlds = possible_worlds(cells, sums, shown)
    assert worlds, "the truth is one of them"
    for key, count in cells.items():
        assert key not in shown or count >= K
        if key not in shown and 0 < count < K:
            known = {world[key] for world in worlds}
            assert len(known) > 1, f"{key} must be {count}"
            assert 0 in known or max(known) >= K, f"{key} must be one of {sorted(known)}"


def test_a_rest_of_one_takes_its_neighbour_with_it() -> None:
    cells = {"city": 30, "a": 20, "b": 9, "c": 1}
    assert shown_cells(cells, [Sum("city", ("a", "b", "c"))], 5) == {"city", "a"}


def test_a_total_of_small_counts_alone_is_withheld_when_it_is_small() -> None:
    cells = {"city": 40, "east": 38, "west": 2, "west/lamp": 1, "west/noise": 1}
    sums = [Sum("city", ("east", "west")), Sum("west", ("west/lamp", "west/noise"))]
    assert shown_cells(cells, sums, 5) == {"city"}


def test_what_is_shown_without_care_is_found_out() -> None:
    cells = {"city": 30, "a": 28, "b": 2}
    sums = [Sum("city", ("a", "b"))]
    assert exposed(cells, sums, {"city", "a"}, 5) == {"b"}
    assert exposed(cells, sums, {"city"}, 5) == set()


def test_a_band_hides_what_an_exact_one_would_tell() -> None:
    cells = {"lamp": 22, "east": 20, "west": 2}
    exact, coarse = Sum("lamp", ("east", "west")), Sum("lamp", ("east", "west"), bands_from=5)
    assert exposed(cells, [exact], {"lamp", "east"}, 5) == {"west"}
    assert exposed(cells, [coarse], {"lamp", "east"}, 5) == set()


def test_columns_and_rows_together_give_nothing_away() -> None:
    """Each sum alone is harmless; the bounds of two of them meet."""
    cells = {"p": 11, "pa": 9, "pb": 2, "b": 12, "qb": 10}
    sums = [Sum("p", ("pa", "pb")), Sum("b", ("pb", "qb"))]
    shown = shown_cells(cells, sums, 5)
    assert exposed(cells, sums, shown, 5) == set()
    assert "pb" not in shown
