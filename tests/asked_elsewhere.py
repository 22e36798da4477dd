"""What tests ask of another interpreter: it finds these by their names."""

import os
import time


def doubled(number, tell):
    tell("begun")
    print("on standard output, which is for answers alone")
    return 2 * number


def refused(what, tell):
    raise KeyError(what)


class OfTwo(Exception):
    def __init__(self, one, another):
        super().__init__(f"{one} {another}")


def refused_by_two(tell):
    raise OfTwo(1, 2)


def slept(seconds, tell):
    tell(os.getpid())
    time.sleep(seconds)


def unsendable(tell):
    return lambda: None


def tripled(number):
    return 3 * number


def process_of(number):
    return os.getpid()
