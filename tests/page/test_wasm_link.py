"""An object file becomes a module that runs; what only a linker could do is refused."""

import pytest

from gutskin.page.wasm_link import IMPORT, MAGIC, NotLinkable, Reader, leb, link


def section(number, content):
    return bytes([number]) + leb(len(content)) + content


def text(name):
    return leb(len(name)) + name.encode()


def memory(name="__linear_memory"):
    return text("env") + text(name) + bytes([2, 0, 1])


def function_import(name):
    return text("env") + text(name) + bytes([0, 0])


def object_of(imports, symbols):
    """An object file of one function that does nothing, and a datum of eight bytes at 16."""
    table = leb(len(symbols)) + b"".join(symbols)
    linking = text("linking") + leb(2) + section(8, table)
    return MAGIC + b"".join(
        [
            section(1, leb(1) + b"\x60\0\0"),
            section(IMPORT, leb(len(imports)) + b"".join(imports)),
            section(3, leb(1) + leb(0)),
            section(10, leb(1) + leb(2) + b"\0\x0b"),
            section(11, leb(1) + b"\0\x41" + leb(16) + b"\x0b" + leb(8) + bytes(8)),
            section(0, linking),
        ]
    )


RUN = bytes([0, 0]) + leb(0) + text("run")
DATUM = bytes([1, 0]) + text("rows") + leb(0) + leb(4) + leb(4)


@pytest.mark.parametrize("number", [0, 1, 127, 128, 300, 2**32 - 1])
def test_inverse_whole_numbers_come_back(number):
    assert Reader(leb(number)).number() == number


def test_closed_form_exports_data_and_their_end():
    linked = link(object_of([memory()], [RUN, DATUM]), ("run",))
    assert linked.data == {"rows": 20}
    assert linked.end == 24
    assert section(7, leb(1) + text("run") + bytes([0]) + leb(0)) in linked.module
    assert b"linking" not in linked.module


def test_order_of_sections_is_that_of_a_module():
    reader = Reader(link(object_of([memory()], [RUN]), ("run",)).module, len(MAGIC))
    numbers = []
    while reader.more():
        numbers.append(reader.byte())
        reader.piece(reader.number())
    assert numbers == [1, 2, 3, 7, 10, 11]


@pytest.mark.parametrize(
    ("content", "exports", "says"),
    [
        (b"#!/bin/sh", ("run",), "does not begin"),
        (object_of([memory()], [RUN]), ("go",), "no function 'go'"),
        (object_of([memory(), function_import("sin")], [RUN]), ("run",), "imports sin"),
        (object_of([memory()], [bytes([0, 0x10]) + leb(0)]), ("run",), "no function 'run'"),
    ],
    ids=["no object", "missing", "imports", "undefined"],
)
def test_refused_what_is_no_whole_module(content, exports, says):
    with pytest.raises(NotLinkable, match=says):
        link(content, exports)
