import os
import threading
import time

from sickbay_agent.clock import SystemClock, Waiter


def test_the_devices_clocks_agree_with_each_other() -> None:
    clock = SystemClock()

    assert clock.active_s() > 0
    assert clock.elapsed_s() > clock.active_s() - 1
    assert clock.now().tzinfo is not None


def test_waiting_ends_when_told_to_stop() -> None:
    waiter = Waiter()
    timer = threading.Timer(0.01, waiter.stop)
    timer.start()
    start_s = time.monotonic()
    waiter.wait(30)
    timer.join()

    assert waiter.is_stopping
    assert time.monotonic() - start_s < 10


def test_a_parent_that_is_gone_is_an_order_to_stop() -> None:
    waiter = Waiter(os.getppid(), parent_of=lambda: 1)
    waiter.wait(30)

    assert waiter.is_stopping


def test_a_parent_that_lives_is_none() -> None:
    waiter = Waiter(7, parent_of=lambda: 7)
    waiter.wait(0.01)

    assert not waiter.is_stopping


def test_a_call_ends_one_wait() -> None:
    """One that came while nobody waited ends the next."""
    waiter = Waiter()
    waiter.wake()
    waiter.wait(3600)
    waiter.wait(0.01)

    assert not waiter.is_stopping


def test_being_told_to_stop_is_never_used_up() -> None:
    waiter = Waiter()
    waiter.stop()
    for _ in range(3):
        waiter.wait(3600)

    assert waiter.is_stopping
