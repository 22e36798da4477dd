"""The address of a scheduler: a scheme, a machine that there is, and a port."""

import socket

import pytest

from gutskin.errors import InputError
from gutskin.trials.cluster import on_cluster
from gutskin.trials.cluster_address import check_address


@pytest.mark.parametrize("port", [1, 65535])
def test_closed_form_ports_from_1_to_65535_are_asked(monkeypatch, port):
    asked = []

    class Answer:
        def close(self):
            asked.append("closed")

    def connect(where, timeout):
        asked.append(where)
        return Answer()

    monkeypatch.setattr(socket, "create_connection", connect)
    check_address(f"tcp://127.0.0.1:{port}")
    assert asked == [("127.0.0.1", port), "closed"]


@pytest.mark.parametrize("port", [0, 65536, 99999])
def test_closed_form_no_other_port_is_one(port):
    with pytest.raises(InputError, match="is no address of a scheduler"):
        check_address(f"tcp://127.0.0.1:{port}")


def test_unit_nobody_answers_at_a_closed_port():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with pytest.raises(InputError, match="no Dask scheduler answers at"):
        check_address(f"tcp://127.0.0.1:{port}")


def test_unit_an_address_that_is_no_tcp_is_left_to_dask(monkeypatch):
    def connect(where, timeout):
        raise AssertionError("it was asked")

    monkeypatch.setattr(socket, "create_connection", connect)
    check_address("ucx://127.0.0.1:8786")


@pytest.mark.parametrize("error", [socket.gaierror(-2, "unknown"), UnicodeError("label too long")])
def test_unit_a_machine_that_there_is_not_is_told_before_it_is_asked(monkeypatch, error):
    def look_up(host, port, **given):
        assert (host, port) == ("no.such.machine", 8786)
        raise error

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    monkeypatch.setattr(socket, "create_connection", lambda *given, **more: pytest.fail("asked"))
    with pytest.raises(InputError, match=r"there is no machine 'no\.such\.machine'"):
        check_address("no.such.machine:8786")


@pytest.mark.parametrize(
    ("error", "why"), [(ConnectionRefusedError(111, "refused"), "refused"), (TimeoutError(), "no")]
)
def test_unit_why_nobody_answers_is_told_and_five_seconds_are_waited(monkeypatch, error, why):
    def connect(where, timeout):
        assert (where, timeout) == (("::1", 8786), 5.0)
        raise error

    monkeypatch.setattr(socket, "getaddrinfo", lambda *given, **more: [])
    monkeypatch.setattr(socket, "create_connection", connect)
    with pytest.raises(InputError, match=rf"answers at 'tcp://\[::1\]:8786' \({why}"):
        check_address("tcp://[::1]:8786")


def test_unit_a_cluster_of_our_own_is_not_asked(monkeypatch):
    monkeypatch.setattr(socket, "getaddrinfo", lambda *given, **more: pytest.fail("asked"))
    check_address("local")


@pytest.mark.parametrize("address", ["here", "tcp://here", "http://here:1", "tcp://he re:1", ":1"])
def test_unit_what_is_no_address_is_told_with_its_form(address):
    with pytest.raises(InputError, match="is no address of a scheduler"):
        check_address(address)


def test_unit_an_address_is_looked_at_before_dask_is_asked():
    with pytest.raises(InputError, match="is no address"), on_cluster("here", None, print):
        pass
