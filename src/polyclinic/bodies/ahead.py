"""Reading ahead: what is asked for next is made in threads while the one before is in use."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

Made = TypeVar("Made")


def ahead(make: Callable[[int], Made], count: int, *, threads: int, held: int) -> Generator[Made, None, None]:
    """`make(0)`, `make(1)` ... in this order, made in threads before they are asked for.

    Decoding and scaling of images let other threads run, so reading costs an encoder no time of its own.

    Args:
        make: what the threads call; it may be called for numbers that are then not asked for.
        held: most that are being made or wait to be taken, which bounds the memory.

    Raises:
        Exception: what `make` raised, when its turn comes; those after it are given up.
    """
    waiting: deque[Future[Made]] = deque()
    pool = ThreadPoolExecutor(threads, thread_name_prefix="ahead")
    try:
        for number in range(count):
            waiting.append(pool.submit(make, number))
            if len(waiting) == held:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        pool.shutdown(cancel_futures=True)
