"""Decision tables: which fee, which way, by a few inputs and the first row that fits. Pure.

A row says what each input must be: one of some values, or a number within bounds; an input that it does not name may
be anything. The first row that fits gives the result, so the order is part of the rule, and the last row names no
input: it is the answer for everything else. `faults` proves by cases that each row can be the first to fit.
"""

from collections.abc import Iterator, Mapping
from itertools import product
from typing import Any, Literal

from pydantic import Field, model_validator

from procedures.definition.base import Frozen, Sourced, Text

__all__ = ["Cell", "Fault", "Row", "Table", "faults"]

MOST_CASES = 20_000
Fault = tuple[Literal["row_never_first", "table_without_rest", "too_many_cases", "cell_of_wrong_kind"], int]
"""(what is wrong, which row counted from 1, or 0 for the whole table)."""


class Cell(Frozen):
    """What one input must be for a row to fit: one of `values`, or a whole number from `least` to `most`."""

    values: tuple[str, ...] = ()
    least: int | None = None
    most: int | None = None

    @model_validator(mode="after")
    def _one_kind(self) -> "Cell":
        bounded = self.least is not None or self.most is not None
        if bool(self.values) == bounded:
            raise ValueError("a cell names either values or bounds")
        if self.least is not None and self.most is not None and self.least > self.most:
            raise ValueError("a cell that no number can be within")
        return self

    def fits(self, value: Any) -> bool:
        """Whether an answer fits; one of the wrong kind never does."""
        if self.values:
            return isinstance(value, str) and value in self.values
        if isinstance(value, bool) or not isinstance(value, int):
            return False
        return (self.least is None or value >= self.least) and (self.most is None or value <= self.most)


class Row(Sourced):
    """One rule of a table."""

    when: dict[str, Cell] = Field(default_factory=dict)
    """Input → what it must be."""
    then: str | int
    """The result: the same kind in every row."""
    note: Text | None = None


class Table(Frozen):
    """A decision table."""

    title: Text
    inputs: tuple[str, ...] = Field(min_length=1, max_length=8)
    """Names of a condition's scope: fields of the form, or `facts.…`."""
    rows: tuple[Row, ...] = Field(min_length=1, max_length=200)

    @model_validator(mode="after")
    def _agrees(self) -> "Table":
        if len({type(row.then) for row in self.rows}) > 1:
            raise ValueError("every row of a table gives the same kind of result")
        for row in self.rows:
            strange = sorted(set(row.when) - set(self.inputs))
            if strange:
                raise ValueError(f"a row asks for {', '.join(strange)}, which is not an input of the table")
        return self

    @property
    def empty(self) -> str | int:
        """What the result counts as where nobody has answered: its kind, without content."""
        return "" if isinstance(self.rows[0].then, str) else 0

    def row_for(self, values: Mapping[str, Any]) -> int | None:
        """Index of the first row that fits the inputs (name → value); None when none does."""
        for index, row in enumerate(self.rows):
            if all(cell.fits(values.get(name)) for name, cell in row.when.items()):
                return index
        return None

    def result(self, values: Mapping[str, Any]) -> str | int:
        """The result for the inputs; its empty value when no row fits, which a verified table never lets happen."""
        index = self.row_for(values)
        return self.empty if index is None else self.rows[index].then


def faults(table: Table, *, kinds: Mapping[str, object]) -> Iterator[Fault]:
    """What is wrong with a table, by trying one value of every kind that its cells tell apart.

    `kinds` gives for each input its empty value ("" or 0), so that a bound on a text is found.
    """
    for number, row in enumerate(table.rows, 1):
        for name, cell in row.when.items():
            if isinstance(kinds.get(name), int) == bool(cell.values):
                yield "cell_of_wrong_kind", number
                return
    cases = [_samples(table, name, kinds.get(name, "")) for name in table.inputs]
    total = 1
    for samples in cases:
        total *= len(samples)
    if total > MOST_CASES:
        yield "too_many_cases", 0
        return
    first: set[int | None] = {
        table.row_for(dict(zip(table.inputs, values, strict=True))) for values in product(*cases)
    }
    if None in first:
        yield "table_without_rest", 0
    for number in range(len(table.rows)):
        if number not in first:
            yield "row_never_first", number + 1


def _samples(table: Table, name: str, empty: object) -> list[str | int]:
    """One value of each kind that the table's cells tell apart, and one that none of them names."""
    cells = [row.when[name] for row in table.rows if name in row.when]
    if isinstance(empty, int):
        points: set[int] = {0}
        for cell in cells:
            points |= {
                edge
                for bound in (cell.least, cell.most)
                if bound is not None
                for edge in (bound - 1, bound, bound + 1)
            }
        return sorted(points)
    named = {value for cell in cells for value in cell.values}
    return [*sorted(named), ""] if "" not in named else sorted(named)
