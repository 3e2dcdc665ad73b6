"""Options from a CSV file: all rows of one option are one statement."""

from pathlib import Path
from typing import Any

import pytest

from events.register import BY_WIRE
from infra.importing import read_directory

HEAD = (
    "part,option,option_name,required,choice,choice_name,default,add,quantity,unit,remove,replace,by,by_quantity,"
    "by_per,excludes_option,excludes_choice\n"
)
COLUMNS = HEAD.strip().split(",")


def row(**cells: str) -> str:
    told = {"part": "BIKE", "option": "colour"} | cells
    assert told.keys() <= set(COLUMNS)
    return ",".join(told.get(name, "") for name in COLUMNS) + "\n"


def read(directory: Path, *rows: str) -> Any:
    (directory / "options.csv").write_text(HEAD + "".join(rows))
    return read_directory(directory)


def statements(directory: Path, *rows: str) -> list[Any]:
    found = read(directory, *rows)
    assert not found.errors, [str(fault) for fault in found.errors]
    assert {BY_WIRE[event["type"]].name for event in found.events} == {"DefineOption"}
    return [event["data"] for event in found.events]


def test_the_rows_of_an_option_are_one_statement_with_its_choices_in_their_order(tmp_path: Path) -> None:
    assert statements(
        tmp_path,
        row(choice="red", option_name="Colour", required="yes", replace="BLACK", by="RED"),
        row(choice="black", default="yes"),
        row(option="bell", choice="yes", add="BELL", quantity="2", unit="C62"),
        row(choice="red", choice_name="Fire", remove="LAMP", excludes_option="bell", excludes_choice="yes"),
    ) == [
        {
            "part": "BIKE", "option": "colour", "name": "Colour", "required": True, "default": "black",
            "choices": [
                {
                    "choice": "red", "name": "Fire", "remove": ["LAMP"],
                    "replace": [{"component": "BLACK", "by": "RED"}],
                    "excludes": [{"option": "bell", "choice": "yes"}],
                },
                {"choice": "black"},
            ],
        },
        {
            "part": "BIKE", "option": "bell",
            "choices": [{
                "choice": "yes",
                "add": [{"line": 1, "component": "BELL", "quantity": {"amount": "2", "unit": "C62"}}],
            }],
        },
    ]


def test_additions_are_numbered_within_their_choice_and_a_ratio_is_exact(tmp_path: Path) -> None:
    (told,) = statements(
        tmp_path,
        row(choice="a", add="BELL", quantity="1", unit="C62"), row(choice="a", add="LAMP", quantity="1", unit="C62"),
        row(choice="b", replace="CHAIN", by="BELT", by_quantity="2.5", by_per="10"),
    )
    assert [line["line"] for line in told["choices"][0]["add"]] == [1, 2]
    assert told["choices"][1]["replace"] == [{"component": "CHAIN", "by": "BELT", "numerator": 1, "denominator": 4}]


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        (
            (row(choice="a", required="yes"), row(choice="b", required="no")),
            "options.csv, line 3, column required: line 2 says otherwise; say it once",
        ),
        (
            (row(choice="a", default="yes"), row(choice="b", default="yes")),
            "options.csv, line 3, column default: a is this option's default already",
        ),
        (
            (row(choice="a", choice_name="One"), row(choice="a", choice_name="Two", remove="BELL")),
            "options.csv, line 3, column choice_name: line 2 says otherwise",
        ),
        ((row(choice="a", add="BELL"),), "options.csv, line 2, column add: is given without quantity"),
        ((row(choice="a", replace="BELL"),), "options.csv, line 2, column replace: is given without by"),
        ((row(choice="a"), row(choice="a")), "options.csv, line 3, column part: part BIKE, option colour, choice a"),
    ],
)
def test_what_does_not_fit_is_told_where_it_stands(tmp_path: Path, rows: tuple[str, ...], said: str) -> None:
    found = [str(fault) for fault in read(tmp_path, *rows).errors]
    assert any(said in text for text in found), found
