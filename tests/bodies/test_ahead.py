"""Reading ahead: the order, how far, errors, and an end that comes early."""

import threading
import time

import pytest

from polyclinic.bodies.ahead import ahead


def test_the_order_is_kept_whoever_is_done_first() -> None:
    def make(number: int) -> int:
        time.sleep(0.01 if number == 0 else 0)
        return number * number

    assert list(ahead(make, 7, threads=3, held=4)) == [0, 1, 4, 9, 16, 25, 36]
    assert list(ahead(make, 0, threads=3, held=4)) == []


def test_it_reads_ahead_and_no_further_than_it_may() -> None:
    made, third = [], threading.Event()

    def make(number: int) -> int:
        made.append(number)
        if number == 2:
            third.set()
        return number

    numbers = ahead(make, 100, threads=2, held=3)
    assert next(numbers) == 0
    assert third.wait(timeout=5), "the third is made while the first is in use"
    for taken in range(1, 20):
        assert next(numbers) == taken
        assert max(made) <= taken + 2
    numbers.close()


def test_several_are_made_at_once() -> None:
    both = threading.Barrier(2, timeout=5)
    assert list(ahead(lambda number: both.wait() >= 0, 2, threads=2, held=2)) == [True, True]


def test_an_error_comes_when_it_is_due_and_ends_the_rest() -> None:
    made = []

    def make(number: int) -> int:
        if number == 2:
            raise ValueError("the third")
        made.append(number)
        return number

    numbers = ahead(make, 1000, threads=1, held=4)
    assert [next(numbers), next(numbers)] == [0, 1]
    with pytest.raises(ValueError, match="the third"):
        next(numbers)
    assert len(made) < 10
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("ahead")]
