"""Amounts of memory, read and shown."""

import pytest

from bert_keras.planning.amounts import parse_bytes, readable


@pytest.mark.parametrize(
    ("amount", "count"),
    [
        ("12GiB", 12_884_901_888),
        ("12GB", 12_000_000_000),
        ("16000MiB", 16_777_216_000),
        (" 1.5 gib ", 1_610_612_736),
        ("2tb", 2_000_000_000_000),
        ("64KiB", 65_536),
        ("700", 700),
        ("700B", 700),
        (700, 700),
    ],
)
def test_amounts_with_their_units(amount, count):
    assert parse_bytes("memory", amount) == count


@pytest.mark.parametrize("amount", ["", "lots", "GiB", "-3GiB", "12 G", "12GiBs", "1e3MB", "12,5GB", "nan GB"])
def test_what_is_no_amount(amount):
    with pytest.raises(ValueError, match=r"`memory` must be a number and a unit, .*GiB.*Received: .*E\.g\. '12GiB'"):
        parse_bytes("memory", amount)


@pytest.mark.parametrize("amount", ["0GiB", "0.0", 0, "0.2B"])
def test_nothing_is_refused(amount):
    with pytest.raises(ValueError, match="`memory` must be more than nothing"):
        parse_bytes("memory", amount)


@pytest.mark.parametrize("amount", [None, True, 1.5, b"1GB"])
def test_what_is_no_text(amount):
    with pytest.raises(TypeError, match="`memory` must be a text with a unit, or a number of bytes"):
        parse_bytes("memory", amount)


def test_a_negative_number_is_no_amount():
    with pytest.raises(ValueError, match=r"Received: memory=-1\."):
        parse_bytes("memory", -1)


def test_shown_for_people():
    assert readable(12_884_901_888) == "12.0 GiB"
    assert readable(252_000_000) == "240 MiB"
    assert readable(0) == "0 MiB"
