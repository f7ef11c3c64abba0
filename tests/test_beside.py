"""Work in a thread of its own: its outcome and its error come to whoever waits for it."""

import threading

import pytest

from matcher.beside import begin


def test_work_goes_on_beside_other_work_until_it_is_waited_for():
    may_end = threading.Event()
    get = begin(lambda: may_end.wait() and threading.current_thread().name)
    may_end.set()
    assert get() != threading.current_thread().name
    assert get() == get()


def test_an_error_is_raised_where_the_outcome_is_asked_for():
    get = begin(lambda: 1 // 0)
    with pytest.raises(ZeroDivisionError):
        get()
