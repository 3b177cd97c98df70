"""Numbers in pictures: at most seven characters, and never misleading."""

import math

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from microtorch.graph.numbers import short

untimed = settings(deadline=None)  # a busy machine must not fail a test
finite = st.floats(allow_nan=False, allow_infinity=False)
readable = st.floats(-1e300, 1e300)  # −1.75e308 is shown as −2e308, beyond the range of floats
ordinary = st.floats(-9.9999, 99.9999)  # room for four decimals


def value(text: str) -> float:
    """What a reader understands."""
    return float(text.replace("−", "-").replace("∞", "inf"))


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (27.52, "27.52"),
        (0.9094, "0.9094"),
        (-2, "−2"),
        (2.0, "2"),
        (0, "0"),
        (-0.0, "0"),
        (1 / 3, "0.3333"),
        (-2 / 3, "−0.6667"),
        (100, "100"),
        (123.4567, "123.457"),
        (-123.4567, "−123.46"),
        (99.99996, "100"),
        (1234567.8, "1234568"),
        (9999999, "9999999"),
        (9999999.6, "1e7"),
        (-999999, "−999999"),
        (-1000000, "−1e6"),
        (12345678, "1.235e7"),
        (-12345678, "−1.23e7"),
        (0.001, "0.001"),
        (0.0009999, "1e−3"),
        (0.000123, "1.23e−4"),
        (-0.000123, "−1.2e−4"),
        (-1e-100, "−1e−100"),
        (1.797e308, "1.8e308"),
        (5e-324, "5e−324"),
        (math.nan, "nan"),
        (math.inf, "∞"),
        (-math.inf, "−∞"),
        (np.float32(9.9), "9.9"),
        (np.array(1.5), "1.5"),
        (True, "1"),
    ],
)
def test_listed_numbers(number, text):
    assert short(number) == text


@untimed
@given(finite)
@example(-1.7976931348623157e308)
@example(-5e-324)
def test_never_more_than_seven_characters(x):
    assert 1 <= len(short(x)) <= 7


@untimed
@given(finite)
def test_the_minus_sign_is_typographic_and_stands_before_negative_numbers_only(x):
    text = short(x)
    assert "-" not in text
    assert text.startswith("−") == (x < 0)


@untimed
@given(ordinary)
def test_reads_back_to_four_decimals(x):
    assert value(short(x)) == pytest.approx(x, abs=0.5000001e-4, rel=1e-12)


@untimed
@given(readable)
def test_reads_back_to_the_digits_that_fit(x):
    # A sign, a point and an exponent of three digits leave one digit: half of it is lost at most.
    assert value(short(x)) == pytest.approx(x, rel=0.5)


@untimed
@given(finite.filter(bool))
def test_only_zero_is_shown_as_zero(x):
    assert short(x) != "0"


@untimed
@given(finite, finite)
@example(0.00099, 0.001)
@example(99.9999, 99.99996)
def test_a_larger_number_never_reads_smaller(x, y):
    small, large = sorted((x, y))
    assert value(short(small)) <= value(short(large))


@untimed
@given(st.integers(-9999, 9999))
def test_whole_numbers_are_shown_whole(n):
    assert short(float(n)) == str(n).replace("-", "−")


@untimed
@given(finite)
def test_no_digit_is_wasted_on_trailing_zeros(x):
    mantissa = short(x).split("e")[0]
    assert "." not in mantissa or mantissa[-1] not in "0."


@pytest.mark.parametrize(
    ("tie", "text"),
    [
        (0.03125, "0.0312"),
        (0.09375, "0.0938"),
        (-0.03125, "−0.0312"),
        (1.00390625, "1.0039"),
        (12345.25, "12345.2"),
        (12345.75, "12345.8"),
        (1000000.5, "1000000"),
        (1000001.5, "1000002"),
    ],
)
def test_an_exact_tie_goes_to_the_even_digit(tie, text):
    assert short(tie) == text
