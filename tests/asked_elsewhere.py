"""What tests ask of another interpreter: it finds these by their names."""

import os
import time


def doubled(number, tell):
    tell("begun")
    print("on standard output, which is for answers alone")
    return 2 * number


def refused(what, tell):
    raise KeyError(what)


def slept(seconds, tell):
    tell(os.getpid())
    time.sleep(seconds)


def unsendable(tell):
    return lambda: None


def tripled(number):
    return 3 * number


def process_of(number):
    return os.getpid()
