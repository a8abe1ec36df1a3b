"""word2vec/runtime/memory.py: how much is available, and the error when that is not enough."""

import errno
import os
import platform
import subprocess
import sys

import pytest

from word2vec.runtime import memory
from word2vec.runtime.memory import allocate, available_memory, check_memory, guarded


@pytest.fixture
def files(tmp_path, monkeypatch):
    """Replace the files in which Linux reports its memory; none exists at first."""
    monkeypatch.setattr(memory, "MEMINFO", tmp_path / "meminfo")
    monkeypatch.setattr(memory, "GROUPS", tmp_path / "cgroup")
    monkeypatch.setattr(memory, "GROUP_FILES", tmp_path)
    monkeypatch.setattr(memory, "STATM", tmp_path / "statm")
    return tmp_path


def write_group(folder, **numbers):
    """Write the files of a control group."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, number in numbers.items():
        (folder / f"memory.{name}").write_text(f"{number}\n")


def test_on_linux_it_is_what_is_available_now(files):
    (files / "meminfo").write_text("MemTotal:  1000 kB\nMemAvailable:     300 kB\nHugePages_Total:  0\n")
    assert available_memory() == 300 * 1024


@pytest.mark.parametrize(
    ("limit", "expected"), [("1000\n", 1000), ("max\n", 300 * 1024), ("999999999\n", 300 * 1024)]
)
def test_a_container_may_allow_less(files, limit, expected):
    (files / "meminfo").write_text("MemAvailable: 300 kB\n")
    (files / "memory.max").write_text(limit)
    assert available_memory() == expected


def test_what_a_container_has_used_is_not_available_but_for_pages_of_files(files):
    write_group(files, max=1000, current=900, stat="anon 500\ninactive_file 300\nactive_file 50\nslab 7")
    assert available_memory() == 1000 - 900 + 300 + 50
    write_group(files, current=2000)
    assert available_memory() == 0


def test_the_tightest_group_on_the_way_to_the_root_counts(files):
    (files / "meminfo").write_text("MemAvailable: 300 kB\n")
    (files / "cgroup").write_text("0::/batch/job 7/step\n")
    write_group(files / "batch" / "job 7" / "step", max="max", current=5)
    write_group(files / "batch" / "job 7", max=9000, current=1000)
    write_group(files / "batch", max=8500, current=1000)
    assert available_memory() == 7500


def test_groups_of_version_1_count_too(files):
    (files / "cgroup").write_text("12:pids:/job\n5:cpu,memory:/job\n1:name=systemd:/\n0::/\n")
    write_group(files / "memory", limit_in_bytes=2**63 - 4096, usage_in_bytes=1)
    write_group(
        *(files / "memory" / "job",),
        **{"limit_in_bytes": 5000, "usage_in_bytes": 4000, "stat": "inactive_file 1\ntotal_inactive_file 100"},
    )
    assert available_memory() == 5000 - 4000 + 100
    write_group(files / "memory" / "job", stat="inactive_file 1\ntotal_inactive_file 100\ntotal_active_file 20")
    assert available_memory() == 1120


@pytest.mark.skipif(sys.platform != "linux", reason="counts addresses as Linux does")
def test_a_limit_of_the_address_space_counts(files, monkeypatch):
    import resource

    (files / "meminfo").write_text("MemAvailable: 300000 kB\n")
    (files / "statm").write_text("5 4 3 2 1 0 0\n")
    monkeypatch.setattr(resource, "getrlimit", {resource.RLIMIT_AS: (10**8, 10**9)}.__getitem__)
    assert available_memory() == 10**8 - 5 * resource.getpagesize() - memory.RESERVE
    monkeypatch.setattr(resource, "getrlimit", lambda _: (1000, 10**9))
    assert available_memory() == 0
    monkeypatch.setattr(resource, "getrlimit", lambda _: (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    assert available_memory() == 300_000 * 1024


def test_memory_that_the_system_refuses_is_a_memory_error_with_the_numbers(files, monkeypatch):
    def refuse(*_):
        raise OSError(errno.ENOMEM, "Cannot allocate memory")

    monkeypatch.setattr(memory, "mmap", refuse)
    (files / "meminfo").write_text("MemAvailable: 2048000 kB\n")
    with pytest.raises(MemoryError, match="2,000 MB are available"):
        allocate(3000 * 2**20, "a table", "take a smaller one")
    expected = "^a table needs 1,000 MB of memory, which the system refuses: take a smaller one$"
    with pytest.raises(MemoryError, match=expected):
        allocate(1000 * 2**20, "a table", "take a smaller one")


def test_other_errors_of_the_system_stay(files):
    def fail():
        raise OSError(errno.EACCES, "Permission denied")

    with pytest.raises(PermissionError), guarded(1, "a table", "take a smaller one"):
        fail()


def test_what_is_allocated_is_zeros():
    assert allocate(5, "a table", "…")[:] == bytes(5)
    assert len(allocate(0, "a table", "…")) == 1, "nothing cannot be mapped"


@pytest.mark.parametrize("content", ["", "nonsense", "MemAvailable: many kB\n", "MemTotal: 5 kB\n"])
def test_elsewhere_it_is_all_memory_of_the_machine(files, monkeypatch, content):
    (files / "meminfo").write_text(content)
    monkeypatch.setattr(os, "sysconf", {"SC_PHYS_PAGES": 7, "SC_PAGE_SIZE": 4096}.__getitem__, raising=False)
    assert available_memory() == 7 * 4096


def test_where_it_is_unknown_nothing_is_refused(files, monkeypatch):
    monkeypatch.delattr(os, "sysconf", raising=False)
    assert available_memory() is None
    check_memory(2**80, "a table", "buy more")


def test_too_much_is_refused_with_the_numbers_and_the_fix(files):
    (files / "meminfo").write_text("MemAvailable: 2048000 kB\n")
    check_memory(2000 * 2**20, "a table", "take a smaller one")
    expected = "^a table needs 3,000 MB of memory, 2,000 MB are available: take a smaller one$"
    with pytest.raises(MemoryError, match=expected):
        check_memory(3000 * 2**20, "a table", "take a smaller one")
    with pytest.raises(MemoryError):
        check_memory(2000 * 2**20 + 1, "a table", "take a smaller one")


def test_this_machine_has_some():
    available = available_memory()
    assert available is None or 2**20 < available < 2**50


FAULTS = """
import resource, sys
import numpy as np
from word2vec.runtime.memory import keep_freed
if sys.argv[1] == "keep":
    keep_freed(32 << 20)
for _ in range(20):
    a = np.ones(1 << 17)
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
for _ in range(100):
    a = np.ones(1 << 17) + 1
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc has these settings")
def test_freed_memory_serves_the_next_arrays_where_a_worker_was_told_to_give_it_back():
    told = os.environ | {"MALLOC_TRIM_THRESHOLD_": "65536"}
    as_told, kept = (
        int(subprocess.run([sys.executable, "-c", FAULTS, how], env=told, capture_output=True, check=True).stdout)
        for how in ("as told", "keep")
    )
    assert as_told > 10_000
    assert kept < 1_000
