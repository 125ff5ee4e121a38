"""The plan database: SQLite beside the runs by default, PostgreSQL by URL."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

from sqlalchemy import URL, Connection, Engine, NullPool, create_engine, event, inspect, make_url, text
from sqlalchemy.exc import ArgumentError, DatabaseError, NoSuchModuleError, OperationalError

from supplychain.errors import BusyError, PlanError, SupplyChainError, UsageError
from supplychain.store.schema import REVISION

__all__ = ["Database"]

_BUSY = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}
_CANNOT_WRITE = {sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN}
_READING = "supplychain_reading"
_LOCK_TIMED_OUT = "55P03"  # PostgreSQL's lock_not_available
_WRITERS = 7_263_511  # advisory lock of whoever writes to the plan database; any number that nobody else uses


class Database:
    """Transactions on the plan database; every connection is closed after its transaction."""

    def __init__(self, url: str | Path, *, busy_seconds: float) -> None:
        """Prepare the engine; nothing is opened yet. A path is an SQLite file.

        Raises UsageError for a URL that is none, or of a database that is not supported or lacks its driver.
        """
        self.url = URL.create("sqlite", database=str(url)) if isinstance(url, Path) else _parse_url(url)
        self.is_read_only = isinstance(url, Path) and url.is_file() and not _is_writable(url)
        self._busy_seconds = busy_seconds
        self._engine = _engine(_for_reading(url) if self.is_read_only else self.url, busy_seconds)

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """One write transaction, taken at once before any other writer's: all of it or nothing.

        Raises BusyError when another process keeps the lock past the busy timeout, SupplyChainError when the disk or
        the file refuses.
        """
        if self.is_read_only:
            raise SupplyChainError(f"{self.shown}: is read-only; choose another folder with --store")
        with self._clear_errors(), self._engine.begin() as connection:
            yield connection

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """One read transaction: a consistent view that does not hold up writers. Raises as `writing` does."""
        with self._clear_errors(), self._engine.connect() as connection:
            marked = connection.execution_options(**{_READING: True})
            with marked.begin():
                yield marked

    def upgrade(self, *, check_new: Callable[[], None] = lambda: None) -> None:
        """Bring the tables to this version's schema; does nothing when they are.

        ``check_new`` is called before tables are made in a database that has none yet, and may raise against it.
        Raises PlanError when a newer version of the toolkit made them, SupplyChainError when an older one did and they
        are read-only.
        """
        with self.reading() as connection:
            found = _revision(connection)
            if found == REVISION:
                return
        if self.is_read_only:
            if found is None:
                check_new()
            rule = "another version of supplychain-toolkit made it, and it is read-only"
            raise SupplyChainError(f"{self.shown}: {rule}; copy the store to where it can be written and name the copy")
        if self.url.get_backend_name() == "sqlite":
            with self._clear_errors():
                _use_write_ahead_log(self._engine)
        with self.writing() as connection:
            found = _revision(connection)
            if found is None:
                check_new()  # under the lock: nobody can have made the tables and a run meanwhile
            if found != REVISION:
                _migrate(connection, self.url)

    @property
    def shown(self) -> str:
        """The database as people may see it: without a password."""
        return self.url.render_as_string(hide_password=True)

    @contextmanager
    def _clear_errors(self) -> Iterator[None]:
        shown = self.shown
        try:
            yield
        except DatabaseError as error:
            code = getattr(error.orig, "sqlite_errorcode", 0) & 0xFF
            if code in _BUSY or getattr(error.orig, "sqlstate", None) == _LOCK_TIMED_OUT:
                raise BusyError(
                    f"{shown}: another process has been writing for more than {self._busy_seconds:g} s; "
                    "wait until it ends, then try again"
                ) from error
            if isinstance(error, OperationalError) or code in {sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT}:
                fix = "; choose another folder with --store" if code in _CANNOT_WRITE else ""
                reason = str(error.orig).strip()
                raise SupplyChainError(f"{shown}: {reason}; nothing was changed{fix}") from error
            raise


def _is_writable(file: Path) -> bool:
    """SQLite also writes files beside the database."""
    return os.access(file, os.W_OK) and os.access(file.parent, os.W_OK | os.X_OK)


def _for_reading(file: Path | str) -> URL:
    """SQLite may not make its shared-memory file here, so it is told that nobody changes the database.

    Unless a writer's log lies beside it: then that writer lives or was killed, and the log must be read too.
    """
    path = Path(file).resolve()
    logged = path.with_name(f"{path.name}-wal")
    query = {"mode": "ro", "uri": "true"} | ({} if logged.is_file() and logged.stat().st_size else {"immutable": "1"})
    return URL.create("sqlite", database=f"file:{quote(str(path))}", query=query)


def _engine(url: URL, busy_seconds: float) -> Engine:
    if url.get_backend_name() == "postgresql":
        return _postgresql_engine(url, busy_seconds)
    engine = create_engine(url, poolclass=NullPool, connect_args={"timeout": busy_seconds})
    event.listen(engine, "connect", _prepare)
    event.listen(engine, "begin", _begin)
    return engine


def _parse_url(text: str) -> URL:
    try:
        url = make_url(text)
    except ArgumentError as error:
        raise UsageError(f"database URL: {error}; write postgresql://user@host/name") from error
    if url.get_backend_name() not in {"postgresql", "sqlite"}:
        raise UsageError(f"database URL {url.drivername}://...: must be of postgresql or sqlite")
    return url.set(drivername="postgresql+psycopg") if url.drivername == "postgresql" else url


def _postgresql_engine(url: URL, busy_seconds: float) -> Engine:
    """Readers see one moment; writers take turns, and wait no longer than ``busy_seconds``."""
    try:
        engine = create_engine(url, poolclass=NullPool)
    except (ModuleNotFoundError, NoSuchModuleError) as error:
        rule = "PostgreSQL needs its driver; install supplychain-toolkit[postgres]"
        raise UsageError(f"database URL {url.drivername}://...: {rule}") from error
    patience = max(round(1000 * busy_seconds), 1)  # milliseconds; 0 would mean for ever

    def begin(connection: Connection) -> None:
        if connection.get_execution_options().get(_READING, False):
            connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        else:
            connection.exec_driver_sql(f"SET LOCAL lock_timeout = {patience}")
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_WRITERS})")

    event.listen(engine, "begin", begin)
    return engine


def _prepare(connection: sqlite3.Connection, _record: object) -> None:
    connection.isolation_level = None  # the driver would begin transactions on its own and too late
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA synchronous = FULL")


def _begin(connection: Connection) -> None:
    reading = connection.get_execution_options().get(_READING, False)
    connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")


def _use_write_ahead_log(engine: Engine) -> None:
    """The mode is kept in the file. It cannot be set inside a transaction, so the driver's connection is used."""
    raw = engine.raw_connection()
    try:
        raw.cursor().execute("PRAGMA journal_mode = WAL")
    except sqlite3.OperationalError as error:
        raise OperationalError("PRAGMA journal_mode = WAL", {}, error) from error
    finally:
        raw.close()


def _revision(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    revision = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return None if revision is None else str(revision)


def _migrate(connection: Connection, url: URL) -> None:
    from alembic import command  # slow to import, and needed only once in a store's life
    from alembic.config import Config
    from alembic.util.exc import CommandError

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    try:
        command.upgrade(config, "head")
    except CommandError as error:
        raise PlanError(
            f"{url.render_as_string(hide_password=True)}: made by a newer version of supplychain-toolkit ({error}); "
            "update the toolkit or use another store"
        ) from error
