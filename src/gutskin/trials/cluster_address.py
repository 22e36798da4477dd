"""The address of a Dask scheduler: read, looked up and knocked at, before anything heavy is loaded.

Dask itself tries for half a minute, and tells of a wrong address in its own words.
"""

from __future__ import annotations

import re
import socket

from gutskin.errors import InputError, Problem
from gutskin.media import shortened

LOCAL = "local"
KNOCK = 5.0  # seconds in which a machine says whether anybody listens
_ADDRESS = re.compile(
    r"(?:(?P<scheme>tcp|tls|ws|wss|ucx)://)?(?P<host>\[[0-9A-Fa-f:.%]+\]|[^\s:/\[\]@]+):(?P<port>\d{1,5})"
)
_REMEDY = "Start one with `dask scheduler`, or write `--dask local`."


def check_address(address: str) -> None:
    """Refuse an address that nobody can be at, or at which nobody answers.

    Parameters
    ----------
    address : "local", or of a scheduler: "tcp://host:port"

    Raises
    ------
    InputError
        If it is no address, names no machine, or no scheduler listens there.

    Examples
    --------
    >>> check_address("local")
    >>> check_address("here")
    Traceback (most recent call last):
    gutskin.errors.InputError: --dask: 'here' is no address of a scheduler. Write tcp://host:port...
    """
    if address == LOCAL:
        return
    shown = shortened(address)
    found = _ADDRESS.fullmatch(address)
    if found is None or not 0 < int(found["port"]) < 65536:
        what = f"--dask: {shown!r} is no address of a scheduler."
        raise InputError(Problem(what, remedy="Write tcp://host:port, or local."))
    host, port = found["host"].strip("[]"), int(found["port"])
    try:
        socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        what = f"--dask: there is no machine {shortened(host)!r}."
        raise InputError(Problem(what, remedy="Correct the address, or write local.")) from None
    if found["scheme"] == "ucx":  # no TCP: Dask alone can ask
        return
    try:
        socket.create_connection((host, port), timeout=KNOCK).close()
    except OSError as error:
        why = error.strerror or "no answer"
        what = f"no Dask scheduler answers at {shown!r} ({why})."
        raise InputError(Problem(what, remedy=_REMEDY)) from None
