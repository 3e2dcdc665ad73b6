"""The command line as its users run it: every command, what it says, and how it ends."""

import shutil
import signal
from pathlib import Path
from typing import Any

import orjson
import pytest
from typer.main import get_command

from infra.sample import DIRECTORY
from projections.api.cli.main import app
from tests.integration.asking import found, lines
from tests.integration.commands import Place, Served
from tests.integration.processes import until
from tests.plant import event


def commands(group: Any, path: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    """Every command, and every group of them."""
    inner = getattr(group, "commands", {})
    return [path] + [found for name, one in inner.items() for found in commands(one, (*path, name))]


# -- help and settings -------------------------------------------------------------------------------------------------


def test_every_command_explains_itself_each_argument_and_each_option() -> None:
    for path in commands(get_command(app)):
        one = get_command(app)
        for name in path:
            one = one.commands[name]  # type: ignore[attr-defined]
        assert one.help, path
        for parameter in one.params:
            assert getattr(parameter, "help", None), (path, parameter.name)


def test_help_is_printed_and_a_wrong_word_names_what_there_is(tmp_path: Path) -> None:
    place = Place(tmp_path)
    assert "LOTONE_POSTGRES_DSN" in place.lotone("--help").out
    done = place.lotone("import", "--help")
    assert done.code == 0
    for word in ("parts.csv", "--as-of", "--check", "opening_stock.csv"):
        assert word in done.out
    done = place.lotone("publsh")
    assert done.code == 2
    assert "publish" in done.err


NONSENSE = {
    "LOTONE_PORT": ("many", "LOTONE_PORT"),
    "LOTONE_SHARDS": ("0", "greater than or equal to 1"),
    "LOTONE_PARK_DAYS": ("inf", "36500"),
    "LOTONE_LOG_LEVEL": ("loud", "'debug', 'info', 'warning' or 'error'"),
    "LOTONE_INTAKE_WINDOW_MS": ("nan", "LOTONE_INTAKE_WINDOW_MS"),
    "LOTONE_POSTGRES_DSN": ("http://nowhere:secret", "not a PostgreSQL address"),
    "LOTONE_KEYS": ("/dev/null/keys.db", "key store"),
    "LOTONE_BATCH": ("-1", "Messages of one shard"),
}


@pytest.mark.parametrize("name", NONSENSE)
def test_a_setting_that_makes_no_sense_is_told_in_a_sentence(place: Place, name: str) -> None:
    value, says = NONSENSE[name]
    done = place.lotone("parked", **{name: value})
    assert done.code == 1
    assert says in done.err
    assert "Traceback" not in done.err
    assert "secret" not in done.err


def test_a_misspelled_setting_is_noticed(place: Place) -> None:
    assert "did you mean LOTONE_PORT?" in place.lotone("settings", LOTONE_PROT="1").err


def test_settings_are_shown_without_the_password(place: Place) -> None:
    told = place.lotone("settings", "--json").json
    assert told["LOTONE_SHARDS"]["value"] == "2"
    assert all(row["meaning"] for row in told.values())
    hidden = Place(place.folder, "host=127.0.0.1 port=1 user=x password=open-sesame dbname=x")
    assert "open-sesame" not in hidden.lotone("settings").out + hidden.lotone("settings", "--json").out


def test_a_database_that_is_not_there_is_told(tmp_path: Path) -> None:
    done = Place(tmp_path, "host=127.0.0.1 port=1 user=x dbname=x").lotone("parked")
    assert done.code == 1
    assert "PostgreSQL can't be reached" in done.err
    assert "Traceback" not in done.err


def test_a_database_of_another_shard_count_is_told(told: Place) -> None:
    done = told.lotone("parked", LOTONE_SHARDS="3")
    assert done.code == 1
    assert "inventory=2" in done.err
    assert "shard counts never change" in done.err


# -- publish -----------------------------------------------------------------------------------------------------------


def test_publishing_a_file_says_what_became_of_it_and_again_changes_nothing(told: Place, tmp_path: Path) -> None:
    file = tmp_path / "events.jsonl"
    file.write_bytes(b"\xef\xbb\xbf\n" * 0 + lines(found("1"), b"", found("2")) + b"[" + found("3") + b"]\r\n")
    done = told.lotone("publish", file, "--json")
    assert (done.code, done.json["taken"], done.json["outcomes"]) == (0, 3, {"decided": 3})
    before = told.lotone("verify", "--json").json["facts"]
    assert told.lotone("publish", file).code == 0
    assert told.lotone("verify", "--json").json["facts"] == before


def test_what_is_refused_names_file_and_line_and_ends_with_1(told: Place, tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_bytes(b"\xef\xbb\xbf" + lines(found("4"), b"", b"{}"))
    (tmp_path / "b.jsonl").write_bytes(lines(found("5", amount="x"), found("4", amount="6"), found("6", part="NEW")))
    done = told.lotone("publish", tmp_path / "a.jsonl", tmp_path / "b.jsonl", "--json")
    assert done.code == 1
    assert {problem["line"] for problem in done.json["problems"]} == {"a.jsonl:3", "b.jsonl:1"}
    assert done.json["outcomes"] == {"decided": 1, "parked": 1, "contradicted": 1}
    assert {each["outcome"] for each in done.json["not_decided"]} == {"contradiction", "parked"}
    text = told.lotone("publish", tmp_path / "a.jsonl")
    assert "a.jsonl:3" in text.out
    assert "1 invalid" in text.out


def test_a_file_that_is_no_file_of_events_is_told_before_anything_is_published(place: Place, tmp_path: Path) -> None:
    good = tmp_path / "good.jsonl"
    good.write_bytes(lines(found("7")))
    (tmp_path / "utf16.jsonl").write_bytes(found("8").decode().encode("utf-16"))
    (tmp_path / "pretty.json").write_bytes(orjson.dumps(orjson.loads(found("9")), option=orjson.OPT_INDENT_2))
    for name, says in (
        ("missing.jsonl", "No such file"),
        (".", "Is a directory"),
        ("utf16.jsonl", "save it as UTF-8"),
        ("pretty.json", "jq -c ."),
    ):
        done = place.lotone("publish", good, tmp_path / name)
        assert (done.code, says in done.err, "Traceback" in done.err) == (1, True, False), done.err
    done = place.lotone("publish", "-", stdin=b"{\n}\n")
    assert (done.code, "jq -c ." in done.err) == (1, True)
    assert place.lotone("rejected", "list", "--json").json == []
    with place.store() as base:
        assert not any(base.queue.ends("intake").values())


def test_binary_garbage_is_refused_and_kept(told: Place, tmp_path: Path) -> None:
    garbage = bytes(range(1, 10)) + b"\xff\x00\n" + bytes(range(128, 256)) + b"\n"
    (tmp_path / "garbage").write_bytes(garbage)
    done = told.lotone("publish", tmp_path / "garbage", "--json")
    assert (done.code, done.json["invalid"]) == (1, 2)
    kept = [told.lotone("rejected", "show", number, "--raw").raw for number in (1, 2)]
    assert b"\n".join(kept) + b"\n" == garbage


def test_publishing_works_beside_a_running_up_and_without_one(told: Place) -> None:
    with told.up() as served:
        done = told.lotone("publish", "-", "--json", stdin=lines(found("10")))
        assert done.json["outcomes"] == {"decided": 1}
        assert served.http.get("/readyz").json()["failures"] == []
        assert told.lotone("publish", "-", "--no-wait", stdin=lines(found("11"))).code == 0
        assert served.outcome("api", "11")["status"] == "decided"
    done = told.lotone("publish", "-", "--json", stdin=lines(found("10"), found("11"), found("12")))
    assert done.json["outcomes"] == {"decided": 3}


def test_a_request_that_a_service_refused_ends_with_1_and_a_repeat_is_told(told: Place) -> None:
    told_ = {"part": "API-1", "site": "kassel", "reservation": "V", "purpose": "X"}
    pieces = {"amount": "99", "unit": "C62"}
    asked = event("inventory.ReserveStock", "reserve", {**told_, "quantity": pieces}, source="api")
    done = told.lotone("publish", "-", "--json", stdin=lines(asked, found("13")))
    assert (done.code, done.json["outcomes"], done.json["repeated"]) == (1, {"decided": 1, "refused": 1}, 0)
    (only,) = done.json["not_decided"]
    assert (only["outcome"], only["why"].partition(":")[0]) == ("refused", "quantity")
    assert "wait until more has come" in only["why"]
    again = told.lotone("publish", "-", stdin=lines(found("13")))
    assert (again.code, "1 told before (a repeat changes nothing)" in again.out) == (0, True), again.out


# -- import ------------------------------------------------------------------------------------------------------------


@pytest.fixture
def factory_files(tmp_path: Path) -> Path:
    """The sample factory's files, to be spoilt."""
    return Path(shutil.copytree(DIRECTORY, tmp_path / "files", ignore=shutil.ignore_patterns("*.py", "__pycache__")))


def test_an_import_with_an_error_names_file_line_and_column_and_imports_nothing(
    place: Place, factory_files: Path
) -> None:
    parts = factory_files / "parts.csv"
    rows = parts.read_text().splitlines()
    parts.write_text("\n".join([*rows[:3], rows[3].replace("C62", "pieces"), *rows[4:]]) + "\n")
    done = place.lotone("import", factory_files)
    assert done.code == 1
    assert "parts.csv, line 4, column unit" in done.err
    assert "nothing was imported" in done.err
    told = place.lotone("import", factory_files, "--json").json
    assert (told["errors"][0]["file"], told["errors"][0]["line"], told["errors"][0]["column"]) == (
        "parts.csv",
        4,
        "unit",
    )
    with place.store() as base:
        assert not any(base.queue.ends("intake").values())


def test_importing_twice_changes_nothing_unless_another_time_is_given(place: Place, factory_files: Path) -> None:
    assert "no errors" in place.lotone("import", factory_files, "--check").out
    first = place.lotone("import", factory_files, "--json")
    assert first.code == 0, first.err
    assert first.json["outcomes"] == {"decided": first.json["taken"]}
    facts = place.lotone("verify", "--json").json["facts"]
    again = place.lotone("import", factory_files, "--json").json
    assert again == {**first.json, "repeated": first.json["taken"]}
    assert place.lotone("verify", "--json").json["facts"] == facts
    with place.store() as base:
        before = base.queue.ends("intake")
    anew = place.lotone("import", factory_files, "--as-of", "2026-02-01", "--json")
    assert anew.json["taken"] == first.json["taken"]
    with place.store() as base:
        assert base.queue.ends("intake") != before
        ids = base.ledger.taken([("import", "x")])
    assert ids == {}
    for wrong, says in (("soon", "like 2026-01-05"), ("2026-01-05T06:00:00", "UTC offset")):
        done = place.lotone("import", factory_files, "--as-of", wrong)
        assert (done.code, says in done.err) == (2, True)


def test_a_directory_that_is_none_is_told(place: Place, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    assert "is not a directory" in place.lotone("import", tmp_path / "nowhere").err
    assert "holds no CSV file" in place.lotone("import", tmp_path / "empty").err


# -- reading -----------------------------------------------------------------------------------------------------------


def test_show_and_history_print_what_is_known_and_json_for_programs(factory: Served) -> None:
    place = factory.place
    order = factory.get("/purchase-orders/lines", limit=1)["items"][0]
    for what, id_, says in (
        ("part", "SADDLE", "kassel"),
        ("order", order["number"], order["part"]),
        ("supplier", order["supplier"], "lead p50"),
    ):
        done = place.lotone("show", what, id_)
        assert (done.code, says in done.out) == (0, True), done.out
        assert place.lotone("show", what, id_, "--json").json["at"]
        done = place.lotone("show", what, "nothing [bold]")
        assert (done.code, "lotone history nothing [bold]" in done.err) == (1, True)
    assert "StockOpened" in place.lotone("history", "SADDLE").out
    facts = place.lotone("history", "stock/SADDLE@kassel", "--json").json
    assert [fact["version"] for fact in facts] == list(range(1, len(facts) + 1))
    assert '"amount"' in place.lotone("history", "stock/SADDLE@kassel", "--full").out
    assert place.lotone("history", "nothing").code == 1


def test_an_empty_ledger_is_no_trouble(place: Place) -> None:
    done = place.lotone("show", "part", "X")
    assert (done.code, "lotone up" in done.err, "Traceback" in done.err) == (1, True, False), done.err
    assert place.lotone("history", "X").code == 1
    for command in (("parked",), ("rejected", "list"), ("verify",), ("rebuild", "--prove"), ("publish", "-")):
        done = place.lotone(*command)
        assert (done.code, "Traceback" in done.err) == (0, False), done.err
    assert place.lotone("show", "part", "X").code == 1


def test_tail_prints_the_last_facts_and_goes_on_until_ctrl_c(told: Place) -> None:
    done = told.lotone("tail", "--no-follow", "--domain", "inventory", "--json")
    assert [orjson.loads(line)["type"] for line in done.out.splitlines()] == ["StockFound.v1"]
    assert told.lotone("tail", "--no-follow", "--last", "0").out == ""
    done = told.lotone("tail", "--domain", "nowhere")
    assert (done.code, "catalogue, orders, inventory" in done.err) == (1, True)
    with told.running("tail", "--last", "1") as tail:
        until(lambda: "StockFound" in tail.out)
        told.lotone("publish", "-", stdin=lines(found("20")))
        until(lambda: tail.out.count("StockFound") == 2)
        tail.send(signal.SIGINT)
        assert tail.ended().code == 0
