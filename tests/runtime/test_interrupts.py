"""word2vec/runtime/interrupts.py: the first signal is a request, the second raises; handlers are restored."""

import signal
import threading

import pytest

from word2vec.runtime.interrupts import interrupts


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_first_signal_is_a_request_and_the_second_raises(number):
    before = signal.getsignal(number)
    with interrupts() as stopped:
        assert not stopped()
        signal.raise_signal(number)
        assert stopped()
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(number)
    assert signal.getsignal(number) is before


def test_handlers_are_restored_after_an_error():
    before = signal.getsignal(signal.SIGINT)
    with pytest.raises(ZeroDivisionError), interrupts():
        1 // 0  # noqa: B018
    assert signal.getsignal(signal.SIGINT) is before


def test_outside_the_main_thread_no_handler_is_set():
    found = []

    def work():
        with interrupts() as stopped:
            found.append(stopped())

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert found == [False]
