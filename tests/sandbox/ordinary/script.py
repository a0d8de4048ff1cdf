"""What scripts, their libraries and the programs they start do on an ordinary day.

It runs in a box, and prints a JSON object of what did not go well.
"""

import asyncio
import ctypes
import fcntl
import getpass
import hashlib
import http.server
import json
import mmap
import multiprocessing
import os
import platform
import pty
import resource
import select
import shutil
import signal
import socket
import sqlite3
import ssl
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
import uuid
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from datetime import datetime
from multiprocessing import shared_memory
from pathlib import Path
from zoneinfo import ZoneInfo

failed: dict[str, str] = {}


class Silent(http.server.SimpleHTTPRequestHandler):
    """A server that logs nothing."""

    def log_message(self, format: str, *args: object) -> None: ...


PROGRAMS = """
set -e
ls -la /work | wc -l; sort /etc/passwd | uniq | head -1; date; id; uname -a; df -h /work
stat /work; find /work -maxdepth 1; echo 1,2 > a; cp a b; mv b c; gzip c; tar cf t.tar a c.gz
sed s/1/2/ a | awk -F, '{s += $1} END {print s}'; grep -c 1 a; nproc; timeout 5 true; mktemp
touch -d yesterday a; ln -s a l; du -sh .; nice true; chmod 600 a; sha256sum a; xargs -n1 < a
"""
CHILDREN = """
import multiprocessing
if __name__ == "__main__":
    for kind in ("spawn", "forkserver"):
        with multiprocessing.get_context(kind).Pool(2) as pool:
            assert pool.map(abs, range(9)) == list(range(9))
"""


def part(what: Callable[[], object]) -> None:
    """Do one thing; what it stumbles over is kept under its name."""
    try:
        what()
    except BaseException as error:
        failed[what.__name__] = repr(error)


@part
def numbers() -> None:
    import numpy as np

    square = np.random.default_rng(1).random((300, 300))
    assert np.linalg.svd(square @ square)[1][0] > 0


@part
def tables() -> None:
    import pandas as pd

    table = pd.DataFrame({"a": range(10_000), "b": [number % 7 for number in range(10_000)]})
    table.to_parquet("/work/data/table.parquet")
    assert len(pd.read_parquet("/work/data/table.parquet")) == 10_000
    table.to_csv("/work/data/table.csv", index=False)
    assert pd.read_csv("/work/data/table.csv").groupby("b").a.sum().sum() == 49_995_000


@part
def pictures() -> None:
    from matplotlib import pyplot

    pyplot.plot([1, 2, 3])
    for kind in ("png", "svg"):
        pyplot.savefig(f"/work/data/picture.{kind}")


@part
def cloud() -> None:
    import boto3

    assert boto3.client("sts").get_caller_identity()["Account"] == "111122223333"


@part
def threads_and_processes() -> None:
    with ThreadPoolExecutor(8) as threads:
        assert sum(threads.map(abs, range(100))) == 4950
    with ProcessPoolExecutor(2, mp_context=multiprocessing.get_context("fork")) as processes:
        assert list(processes.map(abs, range(4))) == [0, 1, 2, 3]
    Path("children.py").write_text(CHILDREN)
    subprocess.run([sys.executable, "children.py"], check=True)


@part
def shared_between_processes() -> None:
    memory = shared_memory.SharedMemory(create=True, size=1000)
    assert memory.buf is not None
    memory.buf[0] = 1
    memory.close()
    memory.unlink()
    queue: multiprocessing.Queue[int] = multiprocessing.Queue()
    queue.put(1)
    assert queue.get() == 1
    with multiprocessing.Lock():
        multiprocessing.Value("i", 1)


@part
def programs() -> None:
    folder = tempfile.mkdtemp()
    ran = subprocess.run(["sh", "-c", PROGRAMS], cwd=folder, capture_output=True, text=True)
    assert (ran.returncode, ran.stderr) == (0, ""), ran.stderr
    assert os.system("true") == os.spawnv(os.P_WAIT, "/bin/true", ["true"]) == 0
    subprocess.run(["true"], preexec_fn=os.getpid, start_new_session=True, check=True)
    os.waitpid(os.posix_spawn("/bin/true", ["true"], {}), 0)
    try:
        subprocess.run(["sleep", "9"], timeout=0.05)
    except subprocess.TimeoutExpired:
        pass
    else:
        raise AssertionError("it slept no more")


@part
def coroutines() -> None:
    async def work() -> None:
        child = await asyncio.create_subprocess_exec("echo", "x", stdout=subprocess.PIPE)
        assert (await child.communicate())[0] == b"x\n"
        server = await asyncio.start_server(lambda _, out: out.close(), "127.0.0.1", 0)
        reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
        await reader.read()
        writer.close()
        server.close()
        (await asyncio.start_unix_server(lambda _, out: out.close(), "/tmp/u")).close()
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGUSR1, print)
        await loop.create_datagram_endpoint(asyncio.DatagramProtocol, ("127.0.0.1", 0))
        await loop.getaddrinfo("localhost", 80)
        await asyncio.to_thread(time.sleep, 0.001)

    asyncio.run(work())


@part
def servers() -> None:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Silent)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    assert urllib.request.urlopen(f"http://127.0.0.1:{server.server_port}/").read()
    server.shutdown()
    server.server_close()


@part
def sockets() -> None:
    one, other = socket.socketpair()
    socket.send_fds(one, [b"x"], [0])
    assert socket.recv_fds(other, 1, 1)[0] == b"x"
    socket.socket(socket.AF_INET6, socket.SOCK_STREAM).close()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as datagrams:
        datagrams.bind(("127.0.0.1", 0))
    socket.getfqdn()
    for flags in (0, socket.AI_ADDRCONFIG):
        try:
            socket.getaddrinfo("example.com", 80, flags=flags)
        except socket.gaierror:
            pass
        else:
            raise AssertionError("a name was found")


@part
def secrets() -> None:
    assert ssl.create_default_context().get_ciphers()
    assert hashlib.scrypt(b"x", salt=b"y", n=2, r=8, p=1)
    assert uuid.uuid1()
    assert getpass.getuser() == "analyst"


@part
def database() -> None:
    kept = sqlite3.connect("/work/data/kept.db")
    kept.execute("pragma journal_mode=wal")
    kept.execute("create table one (a)")
    kept.executemany("insert into one values (?)", [(number,) for number in range(1000)])
    kept.commit()
    assert kept.execute("select sum(a) from one").fetchone() == (499_500,)


@part
def files() -> None:
    folder = Path(tempfile.mkdtemp())
    first = folder / "first"
    first.write_text("x" * 100)
    shutil.copy2(first, folder / "copy")
    shutil.copytree(folder, f"{folder}-too")
    first.rename(folder / "second")
    second = folder / "second"
    second.chmod(0o600)
    os.link(second, folder / "linked")
    (folder / "symbolic").symlink_to("second")
    os.mkfifo(folder / "fifo")
    os.utime(second)
    os.chown(second, -1, -1)
    assert os.listxattr(second) == []
    descriptor = os.open(second, os.O_RDWR)
    os.posix_fallocate(descriptor, 0, 4096)
    os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_SEQUENTIAL)
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    fcntl.lockf(descriptor, fcntl.LOCK_UN)
    os.pwrite(descriptor, b"y", 3)
    os.preadv(descriptor, [bytearray(2)], 0)
    os.fsync(descriptor)
    os.fdatasync(descriptor)
    with mmap.mmap(descriptor, 4096) as mapped:
        mapped[0:1] = b"z"
        mapped.flush()
        mapped.madvise(mmap.MADV_DONTNEED)
    os.truncate(second, 0)
    os.close(descriptor)
    tempfile.TemporaryFile().close()
    tempfile.NamedTemporaryFile().close()
    shutil.make_archive("/tmp/archive", "zip", folder / "..")
    shutil.disk_usage(folder)
    assert list(folder.rglob("*"))
    os.sync()
    shutil.rmtree(folder)


@part
def signals() -> None:
    got: list[int] = []
    signal.signal(signal.SIGALRM, lambda number, _: got.append(number))
    signal.setitimer(signal.ITIMER_REAL, 0.01)
    signal.pause()
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGUSR2})
    signal.pthread_kill(threading.get_ident(), signal.SIGUSR2)
    assert signal.sigtimedwait({signal.SIGUSR2}, 5)
    assert got == [signal.SIGALRM]


@part
def descriptors() -> None:
    select.epoll().close()
    select.poll().poll(1)
    for descriptor in (os.eventfd(0), os.pidfd_open(os.getpid()), *os.pipe2(os.O_CLOEXEC)):
        os.close(descriptor)
    assert not os.isatty(0)
    shutil.get_terminal_size()
    child, terminal = pty.fork()
    if child == 0:
        os.execv("/bin/sh", ["sh", "-c", "test -t 0 && stty size && echo seen"])
    printed = b""
    while b"seen" not in printed:
        printed += os.read(terminal, 100)
    os.waitpid(child, 0)


@part
def own_limits() -> None:
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.getrusage(resource.RUSAGE_SELF)
    os.sched_setaffinity(0, os.sched_getaffinity(0))
    os.nice(1)
    os.getloadavg()
    assert os.cpu_count()
    assert platform.platform()
    time.thread_time()
    assert datetime.now(ZoneInfo("America/New_York")).tzname() in ("EST", "EDT")


@part
def native_code() -> None:
    assert ctypes.CDLL(None).getpid() == os.getpid()
    assert ctypes.CFUNCTYPE(ctypes.c_int)(lambda: 7)() == 7


print(json.dumps(failed))
