"""Style as a test: where the rules of the layout and the manner are broken, this says so."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import LONGEST

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("events", "services", "projections", "infra")
SOURCES = sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))
TESTS = sorted(path for package in ("tests", "benchmarks") for path in (ROOT / package).rglob("*.py"))

MAY_IMPORT = {
    "events": {"events"},
    "infra": {"infra", "events"},
    "services": {"services", "infra", "events"},
    "projections": {"projections", "infra", "events"},
    "projections/api": {"projections", "infra", "events", "services"},
}
PURE_FILES = re.compile(
    r"^(events/.*|services/\w+/(commands|state|decide|react)\.py|projections/(routing|replenishment)/.*)$"
)
IMPURE_MODULES = {
    "os",
    "io",
    "sys",
    "time",
    "random",
    "secrets",
    "uuid",
    "socket",
    "subprocess",
    "threading",
    "asyncio",
    "pathlib",
    "psycopg",
    "psycopg_pool",
    "sqlite3",
    "httpx",
    "infra",
    "structlog",
    "logging",
    "tempfile",
    "shutil",
}
IMPURE_WORDS = re.compile(
    r"datetime\.now\(|\.today\(|uuid4\(|random\.|os\.environ|(?<![\w.])print\(|(?<![\w.])(?<!def )open\("
)


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def imports(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute"
            yield node.module or ""


@pytest.mark.parametrize("path", SOURCES, ids=name)
def test_imports_point_down(path: Path) -> None:
    layer = "projections/api" if name(path).startswith("projections/api/") else name(path).split("/")[0]
    for module in imports(ast.parse(path.read_text())):
        top = module.split(".")[0]
        if top in PACKAGES:
            assert top in MAY_IMPORT[layer], f"{name(path)} imports {module}"
        if layer == "services" and top == "services":
            assert module.split(".")[1] == name(path).split("/")[1], f"{name(path)} imports {module}"
        if layer == "projections":
            assert not module.startswith("projections.api"), f"{name(path)} imports {module}"


@pytest.mark.parametrize("path", [path for path in SOURCES if PURE_FILES.match(name(path))], ids=name)
def test_pure_modules_have_no_io_no_clock_no_chance(path: Path) -> None:
    text = path.read_text()
    for module in imports(ast.parse(text)):
        assert module.split(".")[0] not in IMPURE_MODULES, f"{name(path)} imports {module}"
    found = IMPURE_WORDS.search(text)
    assert found is None, f"{name(path)} says {found.group()}" if found else ""


@pytest.mark.parametrize("path", SOURCES + TESTS, ids=name)
def test_files_are_short_and_say_what_they_are(path: Path) -> None:
    text = path.read_text()
    assert len(text.splitlines()) <= 400, f"{name(path)}: one idea a file"
    assert ast.get_docstring(ast.parse(text)) or path.name == "__init__.py" or not text.strip(), (
        f"{name(path)} has no docstring"
    )


@pytest.mark.parametrize("path", SOURCES + TESTS, ids=name)
def test_functions_are_short(path: Path) -> None:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            assert node.end_lineno is not None
            assert node.end_lineno - node.lineno < 60, f"{name(path)}: {node.name} is too long"


@pytest.mark.parametrize("path", SOURCES, ids=name)
def test_public_classes_say_what_they_mean(path: Path) -> None:
    for node in ast.parse(path.read_text()).body:
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
            assert ast.get_docstring(node), f"{name(path)}: {node.name} has no docstring"


def test_nothing_swallows_every_exception() -> None:
    found = [
        name(path)
        for path in SOURCES
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ExceptHandler)
        and (node.type is None or (isinstance(node.type, ast.Name) and node.type.id == "Exception"))
    ]
    assert len(found) <= 1, f"except Exception stands in one place, not in {found}"


def test_nothing_is_named_for_being_shared() -> None:
    vague = {"common", "utils", "util", "helpers", "helper", "misc", "shared", "base"}
    assert [name(path) for path in SOURCES if path.stem in vague or path.parent.name in vague] == []


def test_services_have_the_same_files() -> None:
    wanted = {"commands.py", "state.py", "decide.py", "react.py", "app.py", "__main__.py", "__init__.py"}
    for folder in sorted(
        path for path in (ROOT / "services").iterdir() if path.is_dir() and path.name != "__pycache__"
    ):
        assert wanted <= {path.name for path in folder.iterdir()}, f"services/{folder.name} lacks a file"


def test_no_path_of_a_machine_no_registry_address() -> None:
    banned = re.compile(
        "|".join(
            [
                "/wo" + "rk/",
                "/fa" + "rm/",
                "/ro" + "ot/",
                r"--(extra-)?index-u" + "rl",
                r'"https?://[^"]*\.(whl|tar\.gz)',
            ]
        )
    )
    for path in [
        *SOURCES,
        *TESTS,
        ROOT / "README.md",
        ROOT / "pyproject.toml",
        ROOT / "infra/constraints.txt",
        ROOT / "Makefile",
    ]:
        if path.exists():
            found = banned.search(path.read_text())
            assert found is None, f"{name(path)} holds {found.group() if found else ''}"


@pytest.mark.parametrize("file", LONGEST)
def test_what_begins_first_is_there(file: str) -> None:
    assert (ROOT / "tests" / file).exists(), "it has another name now: tests/conftest.py, LONGEST"
