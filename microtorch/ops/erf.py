"""The error function and its relatives: areas under the bell curve.

NumPy has none of them. In single precision erf is one quotient of two polynomials, as in Eigen and
XLA. In double precision erf and erfc follow W. J. Cody, "Rational Chebyshev approximations for the
error function" (1969), and the inverse follows M. J. Wichura's AS 241, "The percentage points of
the normal distribution" (1988); all of them are right to about one unit in the last place.
"""

from __future__ import annotations

import math

import numpy as np

from microtorch.ops.base import Op

SLOPE = 2 / math.sqrt(math.pi)  # of erf at 0


class Erf(Op):
    """Error function: the share of the bell curve e^-x² within -x and x. dy/dx = 2/√π e^-x²."""

    makes_float = True
    shrinks = False

    def forward(x):
        return erf(x)

    def vjp(g, y, x):
        return (g * (SLOPE * np.exp(-x * x)),)


class Erfc(Op):
    """Complement of the error function: y = 1 - erf(x), exact also where that is tiny."""

    makes_float = True
    shrinks = False

    def forward(x):
        return erfc(x)

    def vjp(g, y, x):
        return (g * (-SLOPE * np.exp(-x * x)),)


class Erfinv(Op):
    """Inverse of the error function: erf(y) = x. dy/dx = √π/2 e^y²."""

    makes_float = True
    saves = "y"
    shrinks = False

    def forward(x):
        return erfinv(x)

    def vjp(g, y, x):
        return (g * (np.exp(y * y) / SLOPE),)


def polynomial(x, coefficients):
    """c0 xⁿ + c1 xⁿ⁻¹ + ..., by Horner's rule."""
    total = np.full_like(x, coefficients[0])
    for c in coefficients[1:]:
        total *= x
        total += c
    return total


def doubles(x):
    """The numbers of x in double precision, with at least one dimension."""
    return np.array(x, np.float64, ndmin=1)


# ---------------------------------------------------------------- erf and erfc
# Coefficients, of the highest power first: (of the numerator), (of the denominator).
# fmt: off

SINGLE = (
    (-2.72614225801306e-10, 2.77068142495902e-08, -2.10102402082508e-06, -5.69250639462346e-05,
     -7.34990630326855e-04, -2.95459980854025e-03, -1.60960333262415e-02),
    (-1.45660718464996e-05, -2.13374055278905e-04, -1.68282697438203e-03, -7.37332916720468e-03,
     -1.42647390514189e-02,),
)
NEAR = (  # erf(x) / x for |x| <= 0.46875, in x²
    (1.85777706184603153e-1, 3.16112374387056560e00, 1.13864154151050156e02,
     3.77485237685302021e02, 3.20937758913846947e03),
    (1.0, 2.36012909523441209e01, 2.44024637934444173e02, 1.28261652607737228e03,
     2.84423683343917062e03,),
)
MIDDLE = (  # e^x² erfc(x) for 0.46875 <= x <= 4, in x
    (2.15311535474403846e-8, 5.64188496988670089e-1, 8.88314979438837594e00,
     6.61191906371416295e01, 2.98635138197400131e02, 8.81952221241769090e02,
     1.71204761263407058e03, 2.05107837782607147e03, 1.23033935479799725e03),
    (1.0, 1.57449261107098347e01, 1.17693950891312499e02, 5.37181101862009858e02,
     1.62138957456669019e03, 3.29079923573345963e03, 4.36261909014324716e03,
     3.43936767414372164e03, 1.23033935480374942e03),
)
FAR = (  # x² (1/√π - x e^x² erfc(x)) for x >= 4, in 1/x²
    (1.63153871373020978e-2, 3.05326634961232344e-1, 3.60344899949804439e-1,
     1.25781726111229246e-1, 1.60837851487422766e-2, 6.58749161529837803e-4),
    (1.0, 2.56852019228982242e00, 1.87295284992346047e00, 5.27905102951428412e-1,
     6.05183413124413191e-2, 2.33520497626869185e-3),
)

# fmt: on


def quotient(x, fraction):
    """One polynomial of x over another."""
    return polynomial(x, fraction[0]) / polynomial(x, fraction[1])


def erf(x):
    """The error function of an array of floats."""
    if x.dtype == np.float32:
        x = np.clip(x, -4, 4)
        return x * quotient(x * x, SINGLE)
    wide = doubles(x)
    result = np.copysign(1 - upper(np.abs(wide)), wide)
    near = np.abs(wide) <= 0.46875
    result[near] = wide[near] * quotient(wide[near] ** 2, NEAR)
    return result.astype(x.dtype).reshape(x.shape)[()]


def erfc(x):
    """1 - erf(x) of an array of floats, without the loss of digits that this would mean."""
    wide = doubles(x)
    size = np.abs(wide)
    result = np.where(wide < 0, 2 - upper(size), upper(size))
    near = size <= 0.46875
    result[near] = 1 - wide[near] * quotient(wide[near] ** 2, NEAR)
    return result.astype(x.dtype).reshape(x.shape)[()]


def upper(x):
    """erfc of an array of numbers above 0.46875."""
    result = np.exp(-x * x)
    middle, far = x <= 4, x > 4
    # e^-x² with x² split into a short number and a rest, so that the exponent has no rounding error
    short = np.trunc(x[far] * 16) / 16
    rest = (x[far] - short) * (x[far] + short)
    square = 1 / x[far] ** 2
    tail = (1 / math.sqrt(math.pi) - square * quotient(square, FAR)) / x[far]
    result[far] = np.exp(-short * short) * np.exp(-rest) * tail
    result[middle] *= quotient(x[middle], MIDDLE)
    result[x > 30] = 0  # below the smallest double
    return result


# ---------------------------------------------------------------- the inverse
# fmt: off

CENTRE = (  # |x| <= 0.85
    (2509.0809287301226727, 33430.575583588128105, 67265.770927008700853, 45921.953931549871457,
     13731.693765509461125, 1971.5909503065514427, 133.14166789178437745, 3.387132872796366608),
    (5226.495278852545925, 28729.085735721942674, 39307.89580009271061, 21213.794301586595867,
     5394.1960214247511077, 687.1870074920579083, 42.313330701600911252, 1.0),
)
TAIL = (
    (7.7454501427834140764e-4, 0.0227238449892691845833, 0.24178072517745061177,
     1.27045825245236838258, 3.64784832476320460504, 5.7694972214606914055,
     4.6303378461565452959, 1.42343711074968357734),
    (1.05075007164441684324e-9, 5.475938084995344946e-4, 0.0151986665636164571966,
     0.14810397642748007459, 0.68976733498510000455, 1.6763848301838038494,
     2.05319162663775882187, 1.0),
)
END = (
    (2.01033439929228813265e-7, 2.71155556874348757815e-5, 0.0012426609473880784386,
     0.026532189526576123093, 0.29656057182850489123, 1.7848265399172913358,
     5.4637849111641143699, 6.6579046435011037772),
    (2.04426310338993978564e-15, 1.4215117583164458887e-7, 1.8463183175100546818e-5,
     7.868691311456132591e-4, 0.0148753612908506148525, 0.13692988092273580531,
     0.59983220655588793769, 1.0),
)

# fmt: on


def erfinv(x):
    """The y with erf(y) = x: infinite at -1 and 1, not a number beyond."""
    wide = doubles(x)
    half = wide / 2
    centre = np.abs(half) <= 0.425
    with np.errstate(all="ignore"):
        depth = np.sqrt(-np.log((1 - np.abs(wide)) / 2))
        tail = np.where(depth <= 5, quotient(depth - 1.6, TAIL), quotient(depth - 5, END))
        tail[np.abs(wide) == 1] = np.inf
    result = np.copysign(tail, wide)
    result[centre] = half[centre] * quotient(0.180625 - half[centre] ** 2, CENTRE)
    return (result / math.sqrt(2)).astype(x.dtype).reshape(x.shape)[()]
