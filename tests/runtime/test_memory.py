"""word2vec/runtime/memory.py: how much is available, and the error when that is not enough."""

import os

import pytest

from word2vec.runtime import memory
from word2vec.runtime.memory import available_memory, check_memory


@pytest.fixture
def files(tmp_path, monkeypatch):
    """Replace the files in which Linux reports its memory; none exists at first."""
    monkeypatch.setattr(memory, "MEMINFO", tmp_path / "meminfo")
    monkeypatch.setattr(memory, "CONTAINER", tmp_path / "memory.max")
    return tmp_path


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
