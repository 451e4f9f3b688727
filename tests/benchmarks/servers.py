"""Start, load, ask and stop the SPARQL servers that the embedded store is measured against.

    if not available("virtuoso"):
        with SERVERS["virtuoso"](Path("closed.nt")) as ask:
            payload = ask("SELECT ...")

All listen on loopback only, or on no socket at all. They end, and their temporary folders go, with the block, whether it
is left by an exception or by a request to end the process; should the process be killed, they end too. Nothing is
installed here: `available` tells what is to be.
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlencode
from zipfile import ZipFile

import pyoxigraph as ox

from gcmgraph.reasoning.closure import Closure

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from gcmgraph import Corpus

OXIGRAPH = Path(sys.executable).with_name("oxigraph")
JARS = tuple(
    Path("/usr/share/java", f"{name}.jar")
    for name in ("jena-arq", "jena-base", "jena-core", "jena-iri", "thrift", "guava", "commons-compress", "slf4j-nop")
)
HARNESS = Path(__file__).with_name("JenaPeer.java")
NEEDS = {
    "virtuoso": {"virtuoso-opensource-7": ("virtuoso-t", "isql-vt")},
    "jena": {"openjdk-17-jdk-headless": ("java", "javac"), "libapache-jena-java": JARS},
    "oxigraph": {"oxigraph": (OXIGRAPH,)},
}
MESSAGES = "org/apache/jena/ext/"
GRAPH = "urn:x-gcmgraph:closed"
STARTING, PATIENCE = 120, 120
BUFFERS, BUFFER_BYTES = 340_000, 9_000
TICKS = os.sysconf("SC_CLK_TCK")
ADDRESS = "127.0.0.1"
INI = """
[Database]
DatabaseFile = virtuoso.db
ErrorLogFile = virtuoso.log
LockFile = virtuoso.lck
TransactionFile = virtuoso.trx
xa_persistent_file = virtuoso.pxa
FileExtend = 200
TempStorage = TempDatabase

[TempDatabase]
DatabaseFile = virtuoso-temp.db
TransactionFile = virtuoso-temp.trx

[Parameters]
ServerPort = {address}:{sql}
DisableUnixSocket = 1
DirsAllowed = {folder}
NumberOfBuffers = {buffers}
MaxDirtyBuffers = {dirty}
MaxQueryMem = 2G
MaxMemPoolSize = 2000000000
VectorSize = 1000
ThreadsPerQuery = 4
AsyncQueueMaxThreads = 10
CheckpointInterval = 0

[HTTPServer]
ServerPort = {address}:{http}
ServerRoot = .
ServerThreads = 4
MaxKeepAlives = 4
KeepAliveTimeout = 600

[SPARQL]
ResultSetMaxRows = 1000000
MaxQueryExecutionTime = {patience}
"""
LOADING = """
ld_dir('{folder}', 'closed.nt', '{graph}');
rdf_loader_run();
checkpoint;
select 'fault: ' || coalesce(ll_error, 'not loaded') from DB.DBA.load_list where ll_state <> 2 or ll_error is not null;
"""


# Stored queries that a server is known to answer wrong, on some data or on all, and why.
TWO_OPTIONALS = (
    "with two OPTIONALs that each compare with a variable outside, it gives rows that !BOUND is to take away"
)
STALE_GROUPS = "where a UNION leaves variables unbound, it groups and counts with the values of other rows"
FAULTS: dict[str, dict[str, str]] = {
    "virtuoso": {
        "civil-society-demands-without-state-echo": "it gives rows that MINUS and !BOUND are to take away",
        "conflicting-accounts-by-event": TWO_OPTIONALS,
        "contradictions-by-document": TWO_OPTIONALS,
        "convergences-and-challenges-by-event": "it gives 1 and 0 for EXISTS, not true and false",
        "documents-by-kind": STALE_GROUPS,
        "echoes-by-kind": TWO_OPTIONALS,
        "persons-by-several-documents": "it loses what BIND gives within a UNION within an OPTIONAL",
        "positions-by-actor-and-theme": "it loses all rows to ORDER BY",
        "recommendation-counts-by-event": STALE_GROUPS,
        "recommendations-by-earlier-advice": TWO_OPTIONALS,
        "state-statements-without-civil-society-echo": "it gives rows that MINUS and !BOUND are to take away",
        "themes-by-two-meetings": "it refuses a count within an expression of ORDER BY",
    },
    "jena": {},
    "oxigraph": {},
}


class NoAnswerError(Exception):
    """A server could not be started, or did not answer a query; the message is its own."""


@dataclass(frozen=True)
class Peer:
    """A running server that holds a graph; called with the text of a query, it gives SPARQL JSON results.

    Attributes:
        name: its name in `SERVERS`.
        pid: its process.
        send: what asks it.
        url: the address of its query service; empty if it has none.
    """

    name: str
    pid: int
    send: Callable[[str], bytes]
    url: str = ""

    def __call__(self, text: str) -> bytes:
        """Answer a SELECT or ASK query, or raise NoAnswerError; Oxigraph may then still be at work on it."""
        return self.send(text)

    def cpu_seconds(self) -> float:
        """Tell the CPU time that the process and its children have used so far, to start and to load included."""
        return sum(map(_cpu_seconds, _family(self.pid)))

    def peak_bytes(self) -> int:
        """Tell the most memory that the process has held so far."""
        status = Path(f"/proc/{self.pid}/status").read_text()
        return next((int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM:")), 0) * 1024


def available(name: str) -> str:
    """Tell why a server cannot run here: what is not installed; empty if it can."""
    if not Path("/proc/self/status").exists():
        return "there is no /proc to read CPU time and memory from"
    lacking = [
        f"{Path(part).name} is not installed ({'pip' if name == 'oxigraph' else 'apt-get'} install {package})"
        for package, parts in NEEDS[name].items()
        for part in parts
        if not shutil.which(part) and not Path(part).is_file()
    ]
    return "; ".join(lacking)


def closed(corpus: Corpus) -> bytes:
    """Write what a corpus holds and what follows from it as N-Triples, each triple once."""
    triples = dict.fromkeys((*corpus.triples(), *Closure(corpus.triples()).triples()))
    return ox.serialize(triples, format=ox.RdfFormat.N_TRIPLES) or b""


def rows(payload: bytes) -> Counter[tuple[str, ...]]:
    """Read SPARQL JSON results as a multiset of rows, terms in the order of the variables; ASK gives one row."""
    parsed = ox.parse_query_results(payload, format=ox.QueryResultsFormat.JSON)
    if isinstance(parsed, ox.QueryBoolean):
        return Counter([(str(bool(parsed)),)])
    return Counter(tuple(getattr(term, "value", "") for term in row) for row in parsed)


@contextmanager
def virtuoso(file: Path) -> Iterator[Peer]:
    """Run Virtuoso on a file of N-Triples, in a database that is made and thrown away."""
    with _folder() as folder:
        sql, http = _free_ports(2)
        buffers = min(BUFFERS, _free_memory() // 2 // BUFFER_BYTES)
        sizes = {"buffers": buffers, "dirty": buffers * 3 // 4, "patience": PATIENCE}
        ini = INI.format(address=ADDRESS, sql=sql, http=http, folder=folder, **sizes)
        (folder / "virtuoso.ini").write_text(ini)
        (folder / "closed.nt").symlink_to(file.resolve())
        command = ["virtuoso-t", "+foreground", "+configfile", "virtuoso.ini"]
        with (
            _running(command, folder, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL) as process,
            _over_http(http, "/sparql", **{"default-graph-uri": GRAPH}) as ask,
        ):
            _wait(process, ask, folder / "virtuoso.log")
            _load_by_isql(folder, sql)
            url = f"http://{ADDRESS}:{http}/sparql?{urlencode({'default-graph-uri': GRAPH})}"
            yield Peer("virtuoso", process.pid, ask, url)


@contextmanager
def jena(file: Path) -> Iterator[Peer]:
    """Run Jena's query engine on a file of N-Triples, in memory, asked through pipes."""
    with _folder() as folder:
        _mend_jena(folder)
        path = ":".join(map(str, (folder, *JARS)))
        command = ["java", "-Xmx8g", "-cp", path, str(HARNESS), file.resolve().as_uri(), str(PATIENCE)]
        with _running(command, folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:

            def ask(text: str) -> bytes:
                query = text.encode()
                return _exchange(process, struct.pack(">i", len(query)) + query, folder / "log")

            _exchange(process, b"", folder / "log")
            try:
                yield Peer("jena", process.pid, ask)
            finally:
                with suppress(OSError):
                    process.stdin.close()


@contextmanager
def oxigraph(file: Path) -> Iterator[Peer]:
    """Run `oxigraph serve` on a file of N-Triples, in memory."""
    with _folder() as folder:
        (port,) = _free_ports(1)
        command = [str(OXIGRAPH), "serve", "--bind", f"{ADDRESS}:{port}", "--timeout-s", str(PATIENCE)]
        with (
            _running(command, folder, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL) as process,
            _over_http(port, "/query") as ask,
        ):
            _wait(process, ask, folder / "log")
            with closing(HTTPConnection(ADDRESS, port)) as connection, file.open("rb") as body:
                connection.request("POST", "/store?default", body, {"Content-Type": "application/n-triples"})
                _body(connection)
            yield Peer("oxigraph", process.pid, ask, f"http://{ADDRESS}:{port}/query")


SERVERS = {server.__name__: server for server in (virtuoso, jena, oxigraph)}


@contextmanager
def _folder() -> Iterator[Path]:
    """Make a temporary folder that goes also if the process is asked to end."""
    with tempfile.TemporaryDirectory(prefix="gcmgraph-server-") as folder, _ending_in_order():
        yield Path(folder)


@contextmanager
def _ending_in_order() -> Iterator[None]:
    """Turn a request to end the process into an exception."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


@contextmanager
def _running(command: list[str], folder: Path, **pipes: int) -> Iterator[subprocess.Popen[bytes]]:
    """Run a server in a folder until the block ends, or this process does."""
    tie = ["setpriv", "--pdeathsig", "KILL", "--"] if shutil.which("setpriv") else []
    with (
        (folder / "log").open("wb") as log,
        subprocess.Popen([*tie, *command], cwd=folder, stderr=log, **pipes) as process,
    ):
        try:
            yield process
        finally:
            process.kill()


def _wait(process: subprocess.Popen[bytes], ask: Callable[[str], bytes], log: Path) -> None:
    """Wait until a server answers."""
    end = time.monotonic() + STARTING
    while process.poll() is None and time.monotonic() < end:
        with suppress(NoAnswerError):
            ask("ASK {}")
            return
        time.sleep(0.05)
    raise NoAnswerError(f"it did not start: {_tail(log)}")


@contextmanager
def _over_http(port: int, path: str, **parameters: str) -> Iterator[Callable[[str], bytes]]:
    """Give what asks a server by the SPARQL protocol, over one connection."""
    headers = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/sparql-results+json"}

    def ask(text: str) -> bytes:
        try:
            connection.request("POST", path, urlencode({"query": text, **parameters}), headers)
            return _whole(_body(connection))
        except (OSError, HTTPException) as error:
            connection.close()
            raise NoAnswerError(f"{type(error).__name__}: {error}") from error

    with closing(HTTPConnection(ADDRESS, port, timeout=PATIENCE + 3)) as connection:
        yield ask


def _body(connection: HTTPConnection) -> bytes:
    """Read the body of an answer."""
    reply = connection.getresponse()
    body = reply.read()
    if reply.status >= 300 or reply.getheader("X-SQL-State"):
        raise NoAnswerError(f"HTTP status {reply.status}: {_start(body)}")
    return body


def _whole(body: bytes) -> bytes:
    """Refuse an answer that a server broke off: Oxigraph does so in the middle of it, after saying that all is well."""
    if not body.rstrip().endswith(b"}"):
        raise NoAnswerError(f"it broke off: {body[-60:].decode(errors='replace')}")
    return body


def _load_by_isql(folder: Path, port: int) -> None:
    """Load `closed.nt` into Virtuoso."""
    script = LOADING.format(folder=folder, graph=GRAPH)
    command = ["isql-vt", f"{ADDRESS}:{port}", "dba", "dba", "VERBOSE=OFF", "ERRORS=STDOUT"]
    done = subprocess.run(command, input=script.encode(), cwd=folder, stdout=subprocess.PIPE, check=False)
    if done.returncode or b"fault: " in done.stdout or b"*** Error" in done.stdout:
        raise NoAnswerError(f"it did not load: {_start(done.stdout)}")


def _mend_jena(folder: Path) -> None:
    """Put the message texts of Debian's Jena where its classes look for them; without, none of them can be used."""
    with ZipFile(next(jar for jar in JARS if jar.stem == "jena-core")) as archive:
        for name in archive.namelist():
            if name.startswith(MESSAGES) and name.endswith(".properties"):
                target = folder / name.removeprefix(MESSAGES)
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(archive.read(name))


def _exchange(process: subprocess.Popen[bytes], message: bytes, log: Path) -> bytes:
    """Send a message to Jena and take its answer."""
    with suppress(BrokenPipeError):
        process.stdin.write(message)
        process.stdin.flush()
    head = process.stdout.read(4)
    if len(head) < 4:
        raise NoAnswerError(f"it has ended: {_tail(log)}")
    (length,) = struct.unpack(">i", head)
    body = process.stdout.read(abs(length))
    if length < 0:
        raise NoAnswerError(_start(body))
    return body


def _free_ports(count: int) -> list[int]:
    """Find free ports of loopback."""
    sockets = [socket.create_server((ADDRESS, 0)) for _ in range(count)]
    ports = [free.getsockname()[1] for free in sockets]
    for free in sockets:
        free.close()
    return ports


def _free_memory() -> int:
    """Tell how many bytes of memory are to be had."""
    lines = Path("/proc/meminfo").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("MemAvailable:")) * 1024


def _family(pid: int) -> set[int]:
    """Find a process and those that it started."""
    parents = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            parents[int(path.parent.name)] = int(path.read_text().rpartition(")")[2].split()[1])
    family = {pid}
    while new := {child for child, parent in parents.items() if parent in family} - family:
        family |= new
    return family


def _cpu_seconds(pid: int) -> float:
    """Tell the CPU time of a process, to the nanosecond, and that of its ended children, to the tick of /proc."""
    with suppress(OSError):
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        return time.clock_gettime(~pid << 3 | 2) + (int(fields[13]) + int(fields[14])) / TICKS
    return 0.0


def _start(text: bytes) -> str:
    """Shorten a message."""
    return " ".join(text.decode(errors="replace").split())[:300]


def _tail(log: Path) -> str:
    """Give the end of a log."""
    return " ".join(log.read_text(errors="replace").split())[-300:] if log.exists() else "it left no log"
