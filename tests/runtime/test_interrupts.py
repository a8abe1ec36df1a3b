"""word2vec/runtime/interrupts.py: which signals are requests, which raise, which wait; handlers are restored."""

import os
import signal
import sys
import threading

import pytest

from word2vec.runtime import interrupts as module
from word2vec.runtime.interrupts import STOPS, begin_command, command_begun, interrupts, uninterrupted


@pytest.fixture(params=STOPS)
def number(request):
    """Each signal, which Python handles before and after the test."""
    before = signal.signal(request.param, signal.default_int_handler)
    yield request.param
    signal.signal(request.param, before)


def test_the_first_signal_is_a_request_and_a_later_one_raises(number, monkeypatch):
    monkeypatch.setattr(module, "AT_ONCE", 0.0)
    with interrupts() as stopped:
        assert not stopped()
        signal.raise_signal(number)
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(number)
        assert stopped()
    assert signal.getsignal(number) is signal.default_int_handler


def test_signals_that_come_at_once_are_one_request(number, monkeypatch):
    monkeypatch.setattr(module, "AT_ONCE", 1e9)
    with interrupts() as stopped:
        for each in (number, *STOPS):
            signal.raise_signal(each)
        assert stopped()


def test_nothing_raises_once_the_request_is_known(number, monkeypatch):
    monkeypatch.setattr(module, "AT_ONCE", 0.0)
    with interrupts() as stopped:
        signal.raise_signal(number)
        assert stopped()
        signal.raise_signal(number)
        assert stopped()


def test_handlers_are_restored_after_an_error(number):
    for context in (interrupts, uninterrupted):
        with pytest.raises(ZeroDivisionError), context():
            1 // 0  # noqa: B018
        assert signal.getsignal(number) is signal.default_int_handler


@pytest.mark.skipif(os.name == "nt", reason="no SIGHUP on Windows")
@pytest.mark.parametrize(("name", "heeded"), [("SIGHUP", False), ("SIGINT", True)])  # as with nohup, and &
def test_of_ignored_signals_a_hangup_stays_so(name, heeded):
    number = getattr(signal, name)
    before = signal.signal(number, signal.SIG_IGN)
    try:
        with interrupts() as stopped, uninterrupted():
            signal.raise_signal(number)
        assert stopped() == heeded
    finally:
        signal.signal(number, before)


def test_a_handler_that_python_did_not_set_stays(monkeypatch):
    before = [signal.getsignal(number) for number in STOPS]
    with monkeypatch.context() as patch:
        patch.setattr(signal, "getsignal", lambda number: None)
        context = interrupts()
        context.__enter__()
    assert [signal.getsignal(number) for number in STOPS] == before
    context.__exit__(None, None, None)


def test_a_signal_waits_for_what_must_not_be_interrupted(number):
    done = []

    @uninterrupted()
    def work(error=None):
        signal.raise_signal(number)
        signal.raise_signal(number)
        done.append(1)
        if error is not None:
            raise error

    with pytest.raises(KeyboardInterrupt):
        work()
    with pytest.raises(KeyboardInterrupt) as caught:
        work(OSError("disk full"))
    assert done == [1, 1]
    assert isinstance(caught.value.__context__, OSError)


def test_a_signal_that_waited_is_a_request(number):
    with interrupts() as stopped:
        with uninterrupted():
            signal.raise_signal(number)
            assert not stopped()
        assert stopped()


def test_outside_the_main_thread_no_handler_is_set():
    found = []

    def work():
        with interrupts() as stopped, uninterrupted():
            found.append(stopped())

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert found == [False]


def test_a_process_that_is_started_for_a_command_is_none(monkeypatch):
    monkeypatch.setitem(sys.modules, "__mp_main__", sys)
    begin_command()
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_what_is_ignored_stays_so_while_a_command_begins():
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        begin_command()
        command_begun()
        assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGINT, before)
