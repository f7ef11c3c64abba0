"""The engine: Dask ``distributed``, on this machine or on a cluster that stands. The one place that knows it.

Tasks are futures. No data passes through the scheduler but an order (paths and settings) and a result (figures); task
keys are numbers. Nothing listens but on the loopback, behind certificates that live as long as the command.
"""

from __future__ import annotations

import logging
import os
import re
import secrets
import signal
import sys
import tempfile
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass, field
from importlib.metadata import version
from multiprocessing import resource_tracker
from pathlib import Path
from typing import Any, TypeVar

from matcher.cores import spell_threads
from matcher.errors import UsageError
from matcher.i18n import _

Result = TypeVar("Result")
_MEMORY = "memory"
"""Name of workers' memory among their resources, in bytes."""
_MOST_DEATHS = 2
"""Workers that a task may lose before it counts as what kills them."""
_WAIT_S = 30
_PACKAGE, _PROGRAM = "distributed", "old-partners"
_ADDRESS = re.compile(r"tls://.+:\d+/?")


@dataclass(frozen=True, slots=True)
class Certificates:
    """The files by which client, scheduler and workers know each other."""

    authority: Path | None = None
    certificate: Path | None = None
    key: Path | None = None

    def list_missing(self) -> list[str]:
        """Return the options of those that are not given."""
        options = {"--tls-ca": self.authority, "--tls-cert": self.certificate, "--tls-key": self.key}
        return [option for option, path in options.items() if path is None]


@dataclass(frozen=True, slots=True)
class Job:
    """One task: the cities that it is about, what is called with which order, how much memory it takes."""

    names: tuple[str, ...]
    act: Callable[[Any], Any] = field(repr=False)
    order: Any = field(repr=False)
    need_bytes: int = 0


@dataclass(frozen=True, slots=True)
class Lost:
    """A task that the engine gave up: whoever ran it was killed, or nobody can run it."""

    reason: str


@dataclass(frozen=True, slots=True)
class Killed(Lost):
    """A task whose worker was killed, more than once."""


class Engine:
    """A cluster that tasks are given to."""

    def __init__(self, client: Any, *, is_local: bool) -> None:  # noqa: ANN401 - Dask has no types
        self._client = client
        self._is_local = is_local
        self._run = secrets.token_hex(4)
        self._count = 0

    def run(self, jobs: Sequence[Job]) -> Generator[tuple[Job, Any], None, None]:
        """Yield each task with what it returned, or ``Lost``, as they end; the largest are begun first.

        A worker that is killed takes with it whatever waited there, and Dask blames all of it. So who is blamed is
        tried again at the end, alone. Where the generator is closed before its end, what has not begun never does.
        """
        memory = self._find_memory()
        fitting = []
        for job in sorted(jobs, key=lambda job: -job.need_bytes):
            if memory and job.need_bytes > max(memory) and not self._is_local:
                yield job, Lost(_explain_too_large(job.need_bytes, max(memory)))
            else:
                fitting.append(job)
        blamed = []
        with closing(self._run_beside(fitting, max(memory, default=0))) as ended:
            for job, answer in ended:
                if isinstance(answer, Killed) and len(fitting) > 1:
                    blamed.append(job)
                else:
                    yield job, answer
        for job in blamed:
            yield from self._run_beside([job], max(memory, default=0))

    def _run_beside(self, jobs: Sequence[Job], memory: int) -> Generator[tuple[Job, Any], None, None]:
        """Yield tasks with what they returned, all of them given to the cluster at once, the first with priority."""
        from distributed import as_completed  # noqa: PLC0415 - there only where the extra is installed

        job_of: dict[Any, Job] = {}
        for rank, job in enumerate(jobs):
            self._count += 1
            future = self._client.submit(
                job.act,
                job.order,
                key=f"task-{self._run}-{self._count}",
                priority=-rank,
                pure=False,
                resources={_MEMORY: min(job.need_bytes, memory)} if memory else None,
            )
            job_of[future] = job
        waiting = as_completed(list(job_of), loop=self._client.loop)
        try:
            for future in waiting:
                yield job_of[future], _take(future, job_of[future])
        finally:
            with suppress(Exception):
                self._client.cancel(list(job_of), force=True)

    def count_workers(self) -> int:
        """Return how many workers there are now."""
        return len(self._list_workers())

    def _find_memory(self) -> list[int]:
        """Return the memory that each worker declares; empty where one declares none: then nothing is asked for."""
        found = [int(worker["resources"].get(_MEMORY, 0)) for worker in self._list_workers().values()]
        return found if all(found) else []

    def _list_workers(self) -> Mapping[str, Mapping[str, Any]]:
        workers: Mapping[str, Mapping[str, Any]] = self._client.scheduler_info(n_workers=-1)["workers"]
        return workers


def _take(future: Any, job: Job) -> Any:  # noqa: ANN401 - Dask has no types
    """Return what a task returned; ``Lost`` where it could not."""
    from distributed import KilledWorker  # noqa: PLC0415 - there only where the extra is installed

    try:
        return future.result()
    except KilledWorker:
        text = _("its process was killed {count} times: most likely it needs more than {memory:.1f} GB of memory")
        return Killed(text.format(count=_MOST_DEATHS, memory=job.need_bytes / 1e9))
    except Exception as error:
        return Lost(_("the cluster gave it up ({kind})").format(kind=type(error).__name__))


def _explain_too_large(need: int, most: int) -> str:
    text = _("it takes about {need:.1f} GB of memory, and no worker has more than {most:.1f} GB")
    return text.format(need=need / 1e9, most=most / 1e9)


def ask_for_dask() -> None:
    """Raise ``UsageError`` where Dask is not installed."""
    try:
        import distributed  # noqa: F401, PLC0415 - whether it is there is what is asked
    except ImportError as error:
        text = _("many cities need the package distributed: pip install 'old-partners[cluster]'")
        raise UsageError(text) from error


def share_memory(needs: Sequence[int], cores: int, memory: int) -> list[int]:
    """Return the memory of each worker of this machine: as many as there are cores, cities and memory for.

    The first can take the largest city, the second the next, while memory lasts. What is left over is shared out. One
    there always is: what needs more than the machine has is tried all the same.
    """
    shares: list[int] = []
    smallest, left = min(needs), memory
    for need in sorted(needs, reverse=True)[:cores]:
        share = min(need, left)
        if shares and share < smallest:
            break
        shares.append(share)
        left -= share
    return [share * memory // sum(shares) for share in shares]


@contextmanager
def open_local(needs: Sequence[int], cores: int, memory: int) -> Iterator[Engine]:
    """Start a cluster of processes on this machine, sized to it and to the cities; end it with the block.

    Args:
        needs: The memory that each city is likely to take, bytes.
        cores: How many cores all workers together may use.
        memory: The memory that they may take together, bytes.
    """
    import dask  # noqa: PLC0415 - there only where the extra is installed
    from distributed import Client, Nanny, Scheduler, Security, SpecCluster  # noqa: PLC0415

    shares = share_memory(needs, cores, memory)
    threads = max(1, cores // len(shares))
    with ExitStack() as stack:
        scratch = stack.enter_context(tempfile.TemporaryDirectory(prefix="old-partners-", ignore_cleanup_errors=True))
        stack.enter_context(_restore_environment())
        stack.enter_context(dask.config.set(_configure(scratch, threads)))
        stack.enter_context(_silence())
        security = Security.temporary()
        options = {
            "nthreads": 1,
            "host": "127.0.0.1",
            "protocol": "tls",
            "security": security,
            "local_directory": scratch,
            "dashboard": False,
            "dashboard_address": "127.0.0.1:0",
            "silence_logs": logging.CRITICAL,
        }
        workers = {
            number: {"cls": Nanny, "options": {**options, "memory_limit": share, "resources": {_MEMORY: share}}}
            for number, share in enumerate(shares)
        }
        scheduler = {
            "cls": Scheduler,
            "options": {
                "host": "127.0.0.1",
                "protocol": "tls",
                "security": security,
                "dashboard": False,
                "dashboard_address": "127.0.0.1:0",
                "allowed_failures": _MOST_DEATHS - 1,
            },
        }
        with _keep_interrupts_here():
            cluster = stack.enter_context(
                SpecCluster(workers=workers, scheduler=scheduler, security=security, silence_logs=logging.CRITICAL)
            )
        client = stack.enter_context(Client(cluster, security=security, set_as_default=False))
        yield Engine(client, is_local=True)


@contextmanager
def connect(address: str, certificates: Certificates) -> Iterator[Engine]:
    """Connect to a scheduler that runs; leave it as it is after the block.

    Raises:
        UsageError: the address is none of TLS, a certificate is missing or no good, nobody answers, or there are no
            workers with this version of the program.
    """
    import dask  # noqa: PLC0415 - there only where the extra is installed
    from distributed import Client, Security  # noqa: PLC0415

    if not _ADDRESS.fullmatch(address):
        raise UsageError(_("--scheduler takes an address like tls://host:8786: without TLS anybody could listen"))
    if missing := certificates.list_missing():
        raise UsageError(_("--scheduler needs {options} too").format(options=", ".join(missing)))
    security = Security(
        tls_ca_file=str(certificates.authority),
        tls_client_cert=str(certificates.certificate),
        tls_client_key=str(certificates.key),
        require_encryption=True,
    )
    _try_certificates(security)
    with dask.config.set({"distributed.comm.timeouts.connect": f"{_WAIT_S}s"}), _silence():
        try:
            client = Client(address, security=security, timeout=_WAIT_S, set_as_default=False)
        except (OSError, ValueError, TypeError, RuntimeError) as error:
            text = _("the scheduler {address} does not answer, or does not take these certificates ({kind})")
            raise UsageError(text.format(address=address, kind=type(error).__name__)) from error
        with client:
            _ask_workers(client)
            yield Engine(client, is_local=False)


def _try_certificates(security: Any) -> None:  # noqa: ANN401 - Dask has no types
    """Raise ``UsageError`` where certificates can't be read, or do not belong together."""
    try:
        security.get_connection_args("client")
    except (OSError, ValueError) as error:
        text = _("these certificates can't be used ({kind}): a file is missing or holds none, or the key is another's")
        raise UsageError(text.format(kind=type(error).__name__)) from error


def _ask_workers(client: Any) -> None:  # noqa: ANN401 - as above
    """Raise ``UsageError`` where there is no worker, or one has another version of this program, or none."""
    try:
        client.wait_for_workers(1, timeout=_WAIT_S)
    except TimeoutError as error:
        raise UsageError(_("the scheduler has no workers: start them first")) from error
    found = client.run(version, _PROGRAM, on_error="return")
    own = version(_PROGRAM)
    others = {worker: one for worker, one in found.items() if one != own}
    if others:
        worker, one = min(others.items())
        text = _(
            "{count} workers have not the version of old-partners that this command has ({own}): {worker} has {version}"
        )
        other = one if isinstance(one, str) else _("none")
        raise UsageError(text.format(count=len(others), own=own, worker=worker, version=other))


@contextmanager
def _keep_interrupts_here() -> Iterator[None]:
    """Let threads that begin in the block, and processes that they start, hear no Ctrl-C: this thread alone does.

    A terminal sends it to all of them, and each worker would write a traceback beside what the command says. Threads
    and processes take over which signals are blocked. Windows knows nothing of the kind.
    """
    if sys.platform == "win32":
        yield
    else:
        resource_tracker.ensure_running()  # where it is started from such a thread, that would hear again
        before = signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])
        try:
            yield
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)


@contextmanager
def _restore_environment() -> Iterator[None]:
    """Give this process its environment back: Dask's nannies set workers' variables in it, and leave them there."""
    before = dict(os.environ)
    try:
        yield
    finally:
        for name in os.environ.keys() - before.keys():
            del os.environ[name]
        os.environ.update(before)


def _configure(scratch: str, threads: int) -> dict[str, Any]:
    """Return how Dask is to behave on this machine.

    - A city holds Python's lock for minutes while it is solved; its worker says nothing meanwhile, and is not dead.
      Whether it is dead its nanny knows.
    - Dask would have glibc give memory back at once, and take it anew: that took a tenth of a city's CPU time.
    - Nothing is kept in the memory of workers, so nothing is to be written out, and no worker to be paused for what the
      last city left.
    """
    variables = spell_threads(threads)
    return {
        "distributed.scheduler.worker-ttl": None,
        "distributed.scheduler.unknown-task-duration": "60s",
        "distributed.scheduler.http.routes": [],
        "distributed.worker.http.routes": [],
        "distributed.worker.memory.target": False,
        "distributed.worker.memory.spill": False,
        "distributed.worker.memory.pause": False,
        "distributed.worker.memory.terminate": 0.95,
        "distributed.worker.profile.enabled": False,
        "distributed.worker.multiprocessing-method": "spawn",
        "distributed.nanny.pre-spawn-environ": variables,
        "distributed.comm.timeouts.connect": "60s",
        "distributed.admin.log-length": 0,
        "temporary-directory": scratch,
    }


@contextmanager
def _silence() -> Iterator[None]:
    """Keep Dask's log, which names tasks and addresses, from the screen."""
    logger = logging.getLogger(_PACKAGE)
    before = logger.level
    logger.setLevel(logging.CRITICAL + 1)
    try:
        yield
    finally:
        logger.setLevel(before)
