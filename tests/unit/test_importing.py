"""CSV files become events: whole or not at all, the same ones each time, and every error says where it is."""

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import orjson
import pytest

from events.codec import decode_message
from events.envelope import structured
from events.register import BY_WIRE
from infra.importing import Imported, columns_help, columns_markdown, read_directory
from infra.importing.manual import page
from infra.importing.tables import TABLES
from infra.schemas import IMPORT_DOCS

PARTS = "part,name,unit,make_or_buy\n"
OPENING = "part,site,location,quantity,unit,cut_off\n"
CUT = "2026-03-31T18:00:00+02:00"


def read(directory: Path, as_of: datetime | None = None, **files: str | bytes) -> Imported:
    for name, text in files.items():
        (directory / f"{name}.csv").write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_directory(directory, as_of)


def errors(directory: Path, **files: str | bytes) -> list[str]:
    found = read(directory, **files)
    assert not found.events, "all or nothing"
    return [str(fault) for fault in found.errors]


def data(found: Imported) -> list[Mapping[str, Any]]:
    assert not found.errors, [str(fault) for fault in found.errors]
    return [event["data"] for event in found.events]


def quoted(table: Any) -> str:
    cells = [f'"{column.example}"' for column in table.columns]
    return ",".join(column.name for column in table.columns) + "\n" + ",".join(cells) + "\n"


def test_the_documented_examples_can_be_imported(tmp_path: Path) -> None:
    found = read(tmp_path, **{table.file.removesuffix(".csv"): quoted(table) for table in TABLES})
    assert [str(fault) for fault in found.errors] == []


def test_every_event_can_enter_at_the_door(tmp_path: Path) -> None:
    for event in read(tmp_path, **factory()).events:
        envelope = structured(orjson.dumps(event))
        assert decode_message(envelope.type, bytes(envelope.data)).stream == event["subject"]


def factory() -> dict[str, str]:
    return {
        "opening_stock": OPENING + f"SADDLE,plant,A,37,C62,{CUT}\nBIKE,plant,A,1,C62,\n",
        "bills": "parent,component,quantity,unit\nBIKE,SADDLE,1,C62\nBIKE,FRAME,1,C62\nFRAME,TUBE,4,MTR\n",
        "agreements": "supplier,part,unit,price,currency,lead_time_days\nHUBER,SADDLE,CT,410.00,EUR,14\n",
        "conversions": "part,unit,base_units\nSADDLE,CT,24\n",
        "parts": PARTS + "BIKE,Bike,C62,make\nSADDLE,Saddle,C62,buy\nFRAME,Frame,C62,make\nTUBE,Tube,MTR,buy\n",
        "suppliers": "supplier,name,contact_person,contact\nHUBER,Huber GmbH,person-17,Ann Lee\n",
        "locations": "site,location\nplant,A\n",
        "sites": "site,name,zone\nplant,Plant,Europe/Berlin\n",
    }


def test_nothing_comes_before_what_it_refers_to(tmp_path: Path) -> None:
    kinds = [BY_WIRE[event["type"]].name for event in read(tmp_path, **factory()).events]
    assert list(dict.fromkeys(kinds)) == [
        "DefineSite",
        "DefineLocation",
        "DefineSupplier",
        "DefinePart",
        "DefineConversion",
        "DefineBill",
        "DefineAgreement",
        "OpeningStock",
    ]


def test_importing_twice_gives_the_same_events(tmp_path: Path) -> None:
    assert read(tmp_path, **factory()) == read_directory(tmp_path)


def test_a_changed_row_is_a_new_event_and_its_neighbours_are_not(tmp_path: Path) -> None:
    before = read(tmp_path, parts=PARTS + "A,Axle,C62,buy\nB,Bolt,C62,buy\n")
    after = read(tmp_path, parts=PARTS + "0,New first row,C62,buy\nA,Axle,C62,buy\nB,Long bolt,C62,buy\n")
    old, new = ([event["id"] for event in found.events] for found in (before, after))
    assert new[1] == old[0]
    assert new[2] != old[1]


def test_another_way_to_write_the_same_is_the_same_event(tmp_path: Path) -> None:
    one = read(tmp_path, conversions="part,unit,base_units\nA,CT,24\n")
    other = read(tmp_path, conversions="\ufeffpart , unit,base_units\r\n A ,CT ,24.0\r\n\r\n")
    assert [event["id"] for event in one.events] == [event["id"] for event in other.events]


def test_a_time_given_makes_a_statement_anew(tmp_path: Path) -> None:
    old = read(tmp_path, parts=PARTS + "A,Axle,C62,buy\n").events[0]
    new = read_directory(tmp_path, datetime(2026, 4, 1, tzinfo=UTC)).events[0]
    assert new["id"] != old["id"]
    assert new["time"] == "2026-04-01T00:00:00+00:00"


def test_an_id_doesnt_tell_of_a_person(tmp_path: Path) -> None:
    header = "supplier,name,contact_person,contact\n"
    one = read(tmp_path, suppliers=header + "HUBER,Huber,person-17,Ann Lee\n").events[0]
    other = read(tmp_path, suppliers=header + "HUBER,Huber,person-17,Bo Ng\n").events[0]
    assert one["id"] == other["id"]
    assert one["data"]["contact"] == {"person": "person-17", "value": "Ann Lee"}


def test_empty_optional_cells_and_short_rows_say_nothing(tmp_path: Path) -> None:
    text = "part,name,unit,make_or_buy,pack,pack_unit,weight,weight_unit\nA,Axle,C62,buy,,, ,\nB,Bolt,C62,buy\n"
    assert [sorted(row) for row in data(read(tmp_path, parts=text))] == [["id", "make_or_buy", "name", "unit"]] * 2


def test_amounts_with_units_and_money_come_together(tmp_path: Path) -> None:
    text = "part,name,unit,make_or_buy,weight,weight_unit,standard_cost,currency\nA,Axle,C62,buy,0.350,KGM,18.5,EUR\n"
    (axle,) = data(read(tmp_path, parts=text))
    assert axle["weight"] == {"amount": "0.350", "unit": "KGM"}
    assert axle["standard_cost"] == {"amount": "18.5", "currency": "EUR"}


def test_conversions_are_exact_ratios(tmp_path: Path) -> None:
    rows = "part,unit,base_units,per\nWIRE,ONZ,0.028349523,\nPIN,MIL,1000,1\nOIL,LTR,1,3\n"
    ratios = [(row["numerator"], row["denominator"]) for row in data(read(tmp_path, conversions=rows))]
    assert ratios == [(28349523, 1000000000), (1000, 1), (1, 3)]


def test_rows_of_a_parent_are_one_bill_and_keep_their_order(tmp_path: Path) -> None:
    rows = (
        "parent,site,line,component,quantity,unit,effective_from,effective_to\n"
        "BIKE,,,SADDLE,1,C62,,2026-05-01\nFRAME,,,TUBE,2,MTR,,\nBIKE,,1,POST,1,C62,,\nBIKE,north,,SADDLE,2,C62,,\n"
        "BIKE,,,SADDLE,2,C62,2026-05-01,\n"
    )
    bills = data(read(tmp_path, bills=rows))
    assert [(bill["part"], bill.get("site"), [line["line"] for line in bill["lines"]]) for bill in bills] == [
        ("BIKE", None, [2, 1, 3]),
        ("FRAME", None, [1]),
        ("BIKE", "north", [1]),
    ]
    assert bills[0]["lines"][0]["effective_to"] == "2026-05-01T00:00:00+00:00"
    assert bills[0]["lines"][2]["quantity"] == {"amount": "2", "unit": "C62"}


def test_successors_come_after_all_parts_and_sites_keep_their_own_levels(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        parts="part,name,unit,make_or_buy,superseded_by,superseded_from\nA,Axle,C62,buy,B,2026-07-01\nB,New,C62,buy,,\n",
        stocking="part,site,safety_stock\nA,plant,5\nA,north,7\n",
    )
    assert [BY_WIRE[event["type"]].name for event in found.events] == ["DefinePart", "DefinePart", "SupersedePart"]
    assert found.events[0]["data"]["stocking"] == [
        {"site": "plant", "safety_stock": "5"},
        {"site": "north", "safety_stock": "7"},
    ]


def test_calendars_list_days_and_shifts_in_a_cell(tmp_path: Path) -> None:
    rows = "calendar,days,holidays,shifts\nweek,monday FRIDAY,2026-12-25 2026-12-26,06:00-14:00 22:00-06:00\n"
    (week,) = data(read(tmp_path, calendars=rows))
    assert week["days"] == ["monday", "friday"]
    assert week["holidays"] == ["2026-12-25", "2026-12-26"]
    assert week["shifts"][1] == {"start": "22:00", "end": "06:00"}


def test_a_lane_has_times_and_may_have_costs_and_a_capacity(tmp_path: Path) -> None:
    head = "lane,from_node,to_node,mode,least_hours,usual_hours,most_hours,fixed_cost,currency,capacity,capacity_unit"
    rows = f"{head}\nA,supplier/S,site/P,road,4,8,20,45,EUR,900,KGM\nB,site/P,zone/N,air,2,3,5,,,,\n"
    one, other = data(read(tmp_path, lanes=rows))
    assert one["transit"] == {"least": 4, "usual": 8, "most": 20}
    assert one["cost"] == {"currency": "EUR", "fixed": "45"}
    assert one["capacity"] == {"quantity": {"amount": "900", "unit": "KGM"}}
    assert {"cost", "capacity"}.isdisjoint(other)


def test_one_cut_off_holds_for_the_whole_file(tmp_path: Path) -> None:
    found = read(tmp_path, opening_stock=OPENING + f"A,plant,X,5,C62,\nB,plant,X,0,C62,{CUT}\n")
    assert [(event["time"], event["data"]["cut_off"]) for event in found.events] == [(CUT, CUT)] * 2


def test_amounts_keep_every_digit(tmp_path: Path) -> None:
    (rate,) = data(read(tmp_path, rates="base,quote,rate,valid_from\nEUR,USD,1.084500001,2026-01-01\n"))
    assert Decimal(rate["rate"]) == Decimal("1.084500001")


GOOD = "A,Axle,C62,buy\n"


@pytest.mark.parametrize(
    ("files", "said"),
    [
        (
            {"parts": "part,nmae,unit,make_or_buy\n" + GOOD},
            "parts.csv, line 1, column nmae: no such column; did you mean name?",
        ),
        (
            {"parts": "part,name,unit\nA,Axle,C62\n"},
            "parts.csv, line 1, column make_or_buy: missing; add this column, e.g. buy",
        ),
        ({"parts": "part,part,name,unit,make_or_buy\n"}, "parts.csv, line 1, column part: is there twice; leave one"),
        (
            {"parts": PARTS.replace(",", ";") + GOOD},
            "parts.csv, line 1: has no commas between its columns; save it with commas",
        ),
        ({"parts": ""}, "parts.csv, line 1: has no columns; begin with their names, like part,name,unit"),
        (
            {"parts": PARTS + "A,,C62,buy\n"},
            "parts.csv, line 2, column name: is empty; it is required, e.g. Saddle, black",
        ),
        ({"parts": PARTS + "A,Axle,piece,buy\n"}, "column unit: 'piece' is not a UN/CEFACT unit; e.g. C62"),
        (
            {"parts": PARTS + "A,Axle,C62,steal\n"},
            "column make_or_buy: 'steal' is not one of them; write one of: make, buy, both",
        ),
        ({"parts": PARTS + "A@1,Axle,C62,buy\n"}, "column part: 'A@1' holds '@'; codes are printable ASCII without @"),
        ({"parts": PARTS + "Ä,Axle,C62,buy\n"}, "column part: 'Ä' holds 'Ä'; codes are printable ASCII without @"),
        (
            {"parts": PARTS + GOOD + "B,Bolt,C62,buy\nA ,Axle,C62,buy\n"},
            "line 4, column part: part A: already in line 2; keep one",
        ),
        (
            {"parts": PARTS + "A,Axle, big,C62,buy\n"},
            "line 2: has 5 cells where there are 4 columns; put cells that hold commas",
        ),
        ({"parts": PARTS + '"A","two\nlines",C62,buy\nB,"x"y,C62,buy\n'}, "parts.csv, line 4: can't be read as CSV"),
        (
            {"parts": (PARTS + "A,Rückl\u00e4ufer,C62,buy\n").encode("latin-1")},
            "parts.csv, line 2: is not UTF-8 text; save it as",
        ),
        (
            {"conversions": 'part,unit,base_units\nA,CT,"2,5"\n'},
            "line 2, column base_units: '2,5' has a decimal comma; write a point: 2.5",
        ),
        (
            {"conversions": "part,unit,base_units\nA,CT,1 200\n"},
            "column base_units: '1 200' has a separator of thousands",
        ),
        (
            {"conversions": "part,unit,base_units\nA,CT,many\n"},
            "column base_units: 'many' is not a number; plain digits",
        ),
        (
            {"conversions": "part,unit,base_units\nA,CT,0\n"},
            "line 2, column base_units: 0 is not above zero; write how many",
        ),
        (
            {"conversions": "part,unit,base_units,per\nA,CT,1,0\n"},
            "line 2, column per: 0 is not above zero; write how many, like 1",
        ),
        (
            {"revisions": "part,revision,effective_from\nA,B,31.3.2026\n"},
            "column effective_from: '31.3.2026' is not a time",
        ),
        ({"revisions": "part,revision,effective_from\nA,B,2026-02-30\n"}, "'2026-02-30' is not in the calendar"),
        (
            {"revisions": "part,revision,effective_from,effective_to\nA,B,2026-05-01,2026-04-01\n"},
            "line 2, column effective_to: not later than effective_from; a later time",
        ),
        (
            {"sites": "site,name,zone\np,Plant,Berlin\n"},
            "sites.csv, line 2, column zone: 'Berlin' is no time zone; an IANA name",
        ),
        (
            {"sites": "site,name,zone,country\np,Plant,UTC,Germany\n"},
            "column country: 'Germany' is not an ISO 3166 country",
        ),
        ({"sites": "site,name,zone,active\np,Plant,UTC,maybe\n"}, "column active: 'maybe' is neither yes nor no"),
        (
            {"locations": "site,location,kind\np,A,shelf\n"},
            "column kind: 'shelf' is not one of them; write one of: storage",
        ),
        (
            {"agreements": "supplier,part,unit,price,lead_time_days\nS,A,CT,4,14\n"},
            "agreements.csv, line 2, column price: is given without currency; fill in currency too",
        ),
        (
            {"agreements": "supplier,part,unit,lead_time_days,minimum,maximum\nS,A,CT,14,9,3\n"},
            "agreements.csv, line 2, column maximum: minimum and multiple together ask for more; at least 9",
        ),
        ({"agreements": "supplier,part,unit,lead_time_days\nS,A,CT,two\n"}, "'two' is not a whole number; digits only"),
        (
            {"rates": "base,quote,rate,valid_from\nEUR,EUR,1,2026-01-01\n"},
            "rates.csv, line 2, column quote: a currency's rate to itself",
        ),
        (
            {"rates": "base,quote,rate,valid_from\nEUR,usd,1,2026-01-01\n"},
            "column quote: 'usd' is not an ISO 4217 currency",
        ),
        ({"opening_stock": OPENING + "A,p,X,1,C62,\n"}, "line 2, column cut_off: is empty in every row"),
        ({"opening_stock": OPENING + "A,p,X,1,C62,2026-03-31T18:00\n"}, "has no UTC offset; add one"),
        (
            {"opening_stock": OPENING + f"A,p,X,1,C62,{CUT}\nB,p,X,1,C62,2026-04-01T18:00:00Z\nC,p,X,1,C62,\n"},
            "line 4, column cut_off: is empty, though other rows say different times",
        ),
        (
            {"opening_stock": OPENING + f"A,p,X,-1,C62,{CUT}\n"},
            "line 2, column quantity: input should be greater than or equal to 0",
        ),
        (
            {"opening_stock": OPENING + f"A,p,X,1,C62,{CUT}\nA,p,X,2,C62,{CUT}\n"},
            "line 3, column part: part A, site p, location X: already in line 2; keep one of the two lines",
        ),
        (
            {"bills": "parent,line,component,quantity,unit\nB,1,A,1,C62\nB,1,C,1,C62\n"},
            "bills.csv, line 3, column parent: parent B, line 1: already in line 2",
        ),
        (
            {"bills": "parent,component,quantity,unit\nB,A,0,C62\n"},
            "bills.csv, line 2, column quantity: input should be greater than 0",
        ),
        ({"calendars": "calendar,days\nweek,mon\n"}, "column days: 'mon' is not one of them; write one of: monday"),
        ({"calendars": "calendar,shifts\nweek,6-14\n"}, "column shifts: '6-14' are no hours; write begin-end"),
        ({"cross_references": "scheme,value,kind,id\ngtin,123,part,A\n"}, "cross_references.csv, line 2, column"),
        ({"part": PARTS + GOOD}, "part.csv: no such file can be imported; did you mean parts.csv?"),
        (
            {"stocking": "part,site\nZ,p\n", "parts": PARTS + GOOD},
            "stocking.csv, line 2, column part: Z is not in parts.csv",
        ),
    ],
)
def test_an_error_says_where_and_what_would_be_right(tmp_path: Path, files: dict[str, str | bytes], said: str) -> None:
    found = errors(tmp_path, **files)
    assert any(said in text for text in found), found


def test_all_errors_are_told_at_once(tmp_path: Path) -> None:
    found = errors(
        tmp_path, parts=PARTS + "A,Axle,piece,steal\n,Bolt,C62,buy\n", conversions="part,unit,base_units\nA,CT,1;2\n"
    )
    assert [text.split(":")[0] for text in found] == [
        "conversions.csv, line 2, column base_units",
        "parts.csv, line 2, column unit",
        "parts.csv, line 2, column make_or_buy",
        "parts.csv, line 3, column part",
    ]


def test_a_directory_must_be_there_and_hold_something(tmp_path: Path) -> None:
    assert "is not a directory" in str(read_directory(tmp_path / "nowhere").errors[0])
    assert "holds no CSV file" in str(read_directory(tmp_path).errors[0])


def test_hidden_files_and_other_kinds_are_left_alone(tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text("about these files")
    (tmp_path / "._parts.csv").write_bytes(b"\0\1")
    assert len(data(read(tmp_path, parts=PARTS + GOOD))) == 1


def test_the_page_about_the_files_is_what_reads_them() -> None:
    assert IMPORT_DOCS.read_text("utf-8") == page(), "stale: run python -m infra.schemas --docs and commit it"


def test_every_column_is_documented() -> None:
    for table in TABLES:
        for column in table.columns:
            assert f"  {column.name}" in columns_help()
            assert f"| `{column.name}` |" in columns_markdown()
