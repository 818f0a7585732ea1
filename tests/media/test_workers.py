"""What a worker process dies of costs one task: the next is done, and nothing is left running."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from otio_idolsync.errors import MediaError, WorkerError
from otio_idolsync.media.workers import Workers

pytestmark = pytest.mark.skipif(os.name == "nt", reason="deaths have no names on this system")
PATIENCE = 60.0


@pytest.fixture
def workers():
    pool = Workers()
    yield pool
    pool.close()


def is_running(pid: int) -> bool:
    """Tell whether a process is there; one that nobody has waited for yet is gone as well."""
    try:
        return ") Z " not in Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False


def gone(pid: int) -> bool:
    deadline = time.monotonic() + 10
    while is_running(pid) and time.monotonic() < deadline:
        time.sleep(0.02)
    return not is_running(pid)


def run(script: Path, code: str) -> str:
    script.write_text(code)
    done = subprocess.run(
        [sys.executable, "-P", "-W", "ignore", str(script)],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert done.stderr == ""
    return done.stdout


def test_a_task_that_ends_its_process_fails_alone(workers):
    with pytest.raises(WorkerError, match=r"^died \(SIGABRT\)$"):
        workers.call("os:abort", patience=PATIENCE)
    assert workers.call("math:floor", 2.5, patience=PATIENCE) == 2


def test_a_task_that_hangs_is_ended(workers):
    begun = time.monotonic()
    with pytest.raises(WorkerError, match=r"^was not done after 1 s$"):
        workers.call("time:sleep", 600, patience=1.0)
    assert time.monotonic() - begun < 30


def test_a_task_is_not_blamed_for_what_came_before_it(workers):
    first = workers.call("os:getpid", patience=PATIENCE)
    assert workers.call("os:getpid", patience=PATIENCE) == first
    os.kill(first, signal.SIGSEGV)
    assert workers.call("os:getpid", patience=PATIENCE) != first


def test_errors_of_ours_come_back_as_they_are_and_others_as_failures(workers, tmp_path):
    with pytest.raises(MediaError, match=r"a\.mp4 does not exist"):
        workers.call("otio_idolsync.media.probe:look_into", f"{tmp_path}/a.mp4", patience=PATIENCE)
    with pytest.raises(WorkerError, match=r"^failed \(math domain error\)$"):
        workers.call("math:sqrt", -1, patience=PATIENCE)


def test_what_a_library_prints_is_no_answer(workers):
    assert workers.call("builtins:print", '["done", 1]', patience=PATIENCE) is None
    assert workers.call("math:floor", 2.5, patience=PATIENCE) == 2


def test_answers_come_in_order_and_a_death_among_them_is_one_of_them(workers):
    tasks = [str(k) for k in range(40)]
    tasks[30] = "__import__('os').abort()"
    said = list(workers.each("builtins:eval", tasks, lambda _: PATIENCE))
    assert said[:30] + said[31:] == [k for k in range(40) if k != 30]
    assert str(said[30]) == "died (SIGABRT)"


def test_a_program_that_hides_its_python_is_not_started_again(workers, monkeypatch, tmp_path):
    monkeypatch.setattr(sys, "executable", "/opt/editor/bin/editor")
    monkeypatch.setattr(sys, "prefix", str(tmp_path))
    monkeypatch.setattr(subprocess, "Popen", None)
    assert workers.call("os:getpid", patience=PATIENCE) == os.getpid()
    with pytest.raises(WorkerError, match="failed"):
        workers.call("math:sqrt", -1, patience=PATIENCE)


def test_where_no_process_may_be_started_the_work_is_done_here(workers, monkeypatch):
    def refused(*_arguments, **_named):
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(subprocess, "Popen", refused)
    assert workers.call("os:getpid", patience=PATIENCE) == os.getpid()


def test_what_is_broken_off_leaves_nothing_running(workers):
    answers = workers.each("os:getpid", [], lambda _: PATIENCE)
    assert list(answers) == []
    slow = "(__import__('time').sleep(0.1), __import__('os').getpid())[1]"
    pids = workers.each("builtins:eval", [slow] * 40, lambda _: PATIENCE)
    seen = {next(pids) for _ in range(8)}
    pids.close()
    assert len(seen) > 1
    assert all(gone(pid) for pid in seen)


def test_what_is_quickly_done_needs_one_worker(workers):
    pids = workers.each("builtins:eval", ["__import__('os').getpid()"] * 40, lambda _: PATIENCE)
    assert len(set(pids)) == 1


def test_a_script_that_uses_the_library_is_not_run_again(tmp_path):
    code = (
        "from otio_idolsync.media.workers import WORKERS\n"
        "print('ran', WORKERS.call('math:floor', 2.5, patience=60))\n"
    )
    assert run(tmp_path / "script.py", code) == "ran 2\n"


def test_a_copy_of_the_process_has_workers_of_its_own(tmp_path):
    code = (
        "import os\n"
        "from otio_idolsync.media.workers import WORKERS\n"
        "ask = lambda: WORKERS.call('os:getpid', patience=60)\n"
        "mine = ask()\n"
        "if not (child := os.fork()):\n"
        "    raise SystemExit(int(ask() == mine))\n"
        "print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), ask() == mine)\n"
    )
    assert run(tmp_path / "script.py", code) == "0 True\n"


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="no list of processes here")
@pytest.mark.parametrize("end", ["pass", "os.kill(os.getpid(), 9)"])
def test_workers_end_with_their_process(tmp_path, end):
    code = (
        "import os\n"
        "from otio_idolsync.media.workers import WORKERS\n"
        "print(WORKERS.call('os:getpid', patience=60), flush=True)\n"
        f"{end}\n"
    )
    (tmp_path / "script.py").write_text(code)
    done = subprocess.run(
        [sys.executable, "-P", str(tmp_path / "script.py")], capture_output=True, check=False
    )
    assert gone(int(done.stdout))
