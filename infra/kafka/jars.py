"""The files a broker is made of: fetched by Maven into a cache, and none of them used before its sum was checked.

``jars.lock`` names every file with its SHA-256. A file that is missing, or too many, or another one than it was when it
was pinned, stops the start: what runs is exactly what was looked at when the lock was written.

``python -m infra.kafka.jars`` writes the lock anew from ``pom.xml``.
"""

import hashlib
import os
import pwd
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from typing import Final

from infra.errors import NoKafka
from infra.locks import alone

LOCK: Final = "jars.lock"
POM: Final = "pom.xml"
_HERE: Final = files("infra.kafka")
_PATIENCE: Final = 600.0
"""Seconds for Maven to fetch some forty files."""


def pinned() -> Mapping[str, str]:
    """The SHA-256 of each file, by its name."""
    lines = (_HERE / LOCK).read_text().splitlines()
    return {name: digest for digest, name in (line.split() for line in lines if line and not line.startswith("#"))}


def cache() -> Path:
    """Where the files are kept, by what the lock says: another lock has another folder."""
    root = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return root / "lotone" / f"kafka-{hashlib.sha256((_HERE / LOCK).read_bytes()).hexdigest()[:12]}"


def ready() -> Path:
    """The folder with all files, fetched if they aren't there, and checked. ``NoKafka`` says what is in the way."""
    folder, expected = cache(), pinned()
    folder.mkdir(parents=True, exist_ok=True)
    with alone(folder / "lock"):
        if not all((folder / "libs" / name).exists() for name in expected):
            fetch(folder / "libs")
        _check(folder / "libs", expected)
    return folder / "libs"


def fetch(into: Path) -> None:
    """What ``pom.xml`` resolves to, by the machine's own Maven and its settings."""
    if shutil.which("mvn") is None:
        raise NoKafka(
            "Maven isn't installed, and it fetches the broker: install it (Debian: apt install maven), or name a "
            "broker of yours in LOTONE_KAFKA_BOOTSTRAP"
        )
    shutil.rmtree(into, ignore_errors=True)
    work = into.parent / "work"
    work.mkdir(parents=True, exist_ok=True)
    (work / POM).write_text((_HERE / POM).read_text())
    command = [
        "mvn", "-q", "-B", "-f", str(work / POM), "dependency:copy-dependencies", "-DincludeScope=runtime",
        f"-DoutputDirectory={into}",
    ]
    if not os.access(pwd.getpwuid(os.geteuid()).pw_dir, os.W_OK):  # Maven would keep its own files there
        command.append(f"-Dmaven.repo.local={into.parent / 'repository'}")
    done = subprocess.run(command, capture_output=True, text=True, timeout=_PATIENCE, check=False)
    if done.returncode:
        told = "\n".join((done.stdout + done.stderr).strip().splitlines()[-5:])
        raise NoKafka(f"Maven couldn't fetch the broker; check its settings and the network:\n{told}")


def _check(folder: Path, expected: Mapping[str, str]) -> None:
    found = sums(folder)
    for name in sorted({*found, *expected}):
        if found.get(name) != expected.get(name):
            raise NoKafka(
                f"{name} isn't what jars.lock pins ({(found.get(name) or 'missing')[:16]}, pinned "
                f"{(expected.get(name) or 'nothing')[:16]}): remove {folder.parent} and start again; if it is so "
                "again, somebody serves you another file"
            )


def sums(folder: Path) -> dict[str, str]:
    """The SHA-256 of each file in a folder, by its name."""
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(folder.glob("*.jar"))}


def java() -> str:
    """The machine's Java. ``NoKafka`` when there is none that a broker runs on."""
    found = shutil.which("java")
    if found is None:
        raise NoKafka(
            "Java isn't installed, and the broker runs on it: install Java 17 or newer (Debian: apt install "
            "openjdk-17-jre-headless), or name a broker of yours in LOTONE_KAFKA_BOOTSTRAP"
        )
    told = subprocess.run([found, "-version"], capture_output=True, text=True, timeout=60, check=False).stderr
    version = told.split('"')[1].split(".")[0] if '"' in told else "0"
    if not version.isdigit() or int(version) < 17:
        raise NoKafka(f"this machine's Java is version {version}, and the broker needs 17 or newer: install that")
    return found


def main() -> None:
    """Write the lock anew."""
    with tempfile.TemporaryDirectory() as folder:
        fetch(Path(folder) / "libs")
        lines = [f"{digest}  {name}" for name, digest in sums(Path(folder) / "libs").items()]
    Path(__file__).with_name(LOCK).write_text("\n".join(["# SHA-256 of what pom.xml resolves to", *lines, ""]))
    sys.stdout.write(f"{len(lines)} files pinned in {LOCK}\n")


if __name__ == "__main__":
    main()
