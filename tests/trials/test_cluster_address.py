"""The address of a scheduler: a scheme, a machine that there is, and a port."""

import socket

import pytest

from gutskin.errors import InputError
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
