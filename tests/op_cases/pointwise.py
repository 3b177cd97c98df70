"""Functions entry by entry, choices, reductions and scans."""

from __future__ import annotations

import numpy as np

import microtorch as torch
from op_cases import OpCase

MASK = torch.tensor(np.array([True, False, True]))
BACKWARDS = torch.tensor(np.array([1.5, -0.5, 0.7]))


def slope(y: torch.Tensor, x: torch.Tensor) -> torch.Tensor:
    """The gradient of y's sum, recorded: some ops stand in backward passes only."""
    return torch.autograd.grad(y.sum(), x, create_graph=True)[0]


CASES: dict[str, OpCase] = {
    # exponentials
    "Exp2": (torch.exp2, ((2, 3),)),
    "Expm1": (torch.expm1, ((3,),)),
    "Log2": (torch.log2, ((3,),)),
    "Log10": (torch.log10, ((3,),)),
    "Log1p": (torch.log1p, ((3,),)),
    "Rsqrt": (torch.rsqrt, ((3,),)),
    "Reciprocal": (torch.reciprocal, ((3,),)),
    "Logit": (lambda a: torch.logit(a / 3) + torch.logit(a / 3, eps=0.3), ((3,),)),
    "Logaddexp": (torch.logaddexp, ((2, 3), (3,))),
    "Logaddexp2": (torch.logaddexp2, ((2, 3), (3,))),
    "Xlogy": (torch.xlogy, ((2, 3), (3,))),
    "XlogyNumber": (lambda a: torch.xlogy(a, 2.0), ((3,),)),
    "XlogyOfNumber": (lambda a: torch.xlogy(2.0, a), ((3,),)),
    # trigonometry
    "Tan": (lambda a: torch.tan(a / 2), ((3,),)),
    "Asin": (lambda a: torch.asin(a / 3), ((3,),)),
    "Acos": (lambda a: torch.acos(a / 3), ((3,),)),
    "Atan": (torch.atan, ((3,),)),
    "Atan2": (torch.atan2, ((2, 3), (3,))),
    "Hypot": (torch.hypot, ((2, 3), (3,))),
    "Sinc": (torch.sinc, ((3,),)),
    "Deg2rad": (torch.deg2rad, ((3,),)),
    "Rad2deg": (torch.rad2deg, ((3,),)),
    "Sinh": (torch.sinh, ((3,),)),
    "Cosh": (torch.cosh, ((3,),)),
    "Asinh": (torch.asinh, ((3,),)),
    "Acosh": (lambda a: torch.acosh(a + 1), ((3,),)),
    "Atanh": (lambda a: torch.atanh(a / 3), ((3,),)),
    # bell curves and factorials
    "Erf": (torch.erf, ((2, 3),)),
    "Erfc": (torch.erfc, ((3,),)),
    "Erfinv": (lambda a: torch.erfinv(a / 3), ((3,),)),
    "Lgamma": (torch.lgamma, ((3,),)),
    "Digamma": (torch.digamma, ((3,),)),
    "Polygamma": (lambda a: torch.polygamma(2, a), ((3,),)),
    # rounding and division
    "Floor": (lambda a: torch.floor(a) * a, ((3,),)),
    "Ceil": (lambda a: torch.ceil(a) * a, ((3,),)),
    "Trunc": (lambda a: torch.trunc(a) * a, ((3,),)),
    "Round": (lambda a: torch.round(a) * a, ((3,),)),
    "RoundDecimals": (lambda a: torch.round(a, decimals=1) * a, ((3,),)),
    "Frac": (torch.frac, ((3,),)),
    "Sign": (lambda a: torch.sign(a) * a, ((3,),)),
    "Sgn": (lambda a: torch.sgn(a) * a, ((3,),)),
    "DivFloor": (lambda a, b: torch.div(5 * a, b, rounding_mode="floor") * a, ((2, 3), (3,))),
    "DivTrunc": (lambda a, b: torch.div(5 * a, b, rounding_mode="trunc") * a, ((2, 3), (3,))),
    "Remainder": (lambda a, b: torch.remainder(-5 * a, b), ((2, 3), (3,))),
    "RemainderNumber": (lambda a: torch.remainder(-5 * a, 0.7), ((3,),)),
    "Fmod": (lambda a, b: torch.fmod(-5 * a, b), ((2, 3), (3,))),
    "FmodNumber": (lambda a: torch.fmod(-5 * a, 0.7), ((3,),)),
    # choices
    "Fmax": (torch.fmax, ((2, 3), (3,))),
    "Fmin": (torch.fmin, ((2, 3), (3,))),
    "Clamp": (lambda a: torch.clamp(a, 0.8, 1.4), ((2, 3),)),
    "ClampMin": (lambda a: torch.clamp_min(a, 1.1), ((2, 3),)),
    "ClampMax": (lambda a: torch.clamp_max(a, 1.1), ((2, 3),)),
    "ClampTensor": (lambda a, b: torch.clamp(a, b - 0.3, b), ((2, 3), (3,))),
    "ClampMinTensor": (torch.clamp_min, ((2, 3), (3,))),
    "ClampMaxTensor": (torch.clamp_max, ((2, 3), (3,))),
    "ClampAbove": (lambda a, b: torch.clamp(a, min=b), ((2, 3), (3,))),
    "ClampBelow": (lambda a, b: torch.clamp(a, max=b), ((2, 3), (3,))),
    "Copysign": (lambda a, b: torch.copysign(a, b - 1), ((2, 3), (3,))),
    "CopysignNumber": (lambda a: torch.copysign(a, -2), ((3,),)),
    "NanToNum": (torch.nan_to_num, ((3,),)),
    # blends
    "AddScaled": (lambda a, b: torch.add(a, b, alpha=2.5), ((2, 3), (3,))),
    "SubScaled": (lambda a, b: torch.sub(a, b, alpha=2.5), ((2, 3), (3,))),
    "RsubScaled": (lambda a, b: torch.rsub(a, b, alpha=2.5), ((2, 3), (3,))),
    "Lerp": (lambda a, b: torch.lerp(a, b, 0.3) + torch.lerp(a, b, 0.8), ((2, 3), (3,))),
    "LerpTensor": (torch.lerp, ((2, 3), (3,), (3,))),
    "Addcmul": (lambda x, a, b: torch.addcmul(x, a, b, value=2.5), ((2, 3), (3,), (2, 1))),
    "Addcdiv": (lambda x, a, b: torch.addcdiv(x, a, b, value=2.5), ((2, 3), (3,), (2, 1))),
    # reductions
    "Nansum": (lambda a: torch.nansum(a, 1), ((2, 3),)),
    "Prod": (torch.prod, ((2, 3),)),
    "ProdDim": (lambda a: torch.prod(a * BACKWARDS, 1, keepdim=True), ((2, 3),)),
    "Var": (lambda a: a.var() + a.var(0, correction=0).sum(), ((2, 3),)),
    "Std": (lambda a: a.std(1, keepdim=True), ((2, 3),)),
    "VarOfTwo": (lambda a: torch.var_mean(a, 1)[0], ((2, 3),)),
    "MeanBesideVar": (lambda a: torch.var_mean(a, 1)[1], ((2, 3),)),
    "StdOfTwo": (lambda a: torch.std_mean(a, 1)[0], ((2, 3),)),
    "MeanBesideStd": (lambda a: torch.std_mean(a, 1)[1], ((2, 3),)),
    "Logsumexp": (lambda a: a.logsumexp(1) + a.logsumexp((0, 1), keepdim=True), ((2, 3),)),
    "VectorNorm": (
        lambda a: (
            a.norm()
            + a.norm(1)
            + a.norm(3)
            + a.norm(0.5)
            + a.norm(1.5, 1)
            + a.norm(np.inf, 0).sum()
        ),
        ((2, 3),),
    ),
    "Dist": (lambda a, b: torch.dist(a, b, 3), ((2, 3), (3,))),
    # entries chosen by size
    "Amax": (lambda a: a.amax(1) + a.amax((0, 1), keepdim=True), ((2, 3),)),
    "Amin": (lambda a: a.amin(1) + a.amin((0, 1), keepdim=True), ((2, 3),)),
    "SmallerOfTwo": (lambda a: torch.aminmax(a, dim=1).min, ((2, 3),)),
    "LargerOfTwo": (lambda a: torch.aminmax(a).max, ((2, 3),)),
    "Max": (torch.max, ((2, 3),)),
    "Min": (torch.min, ((2, 3),)),
    "MaxDim": (lambda a: a.max(1).values, ((2, 3),)),
    "MinDim": (lambda a: a.min(0, keepdim=True).values, ((2, 3),)),
    "Median": (torch.median, ((2, 3),)),
    "Nanmedian": (torch.nanmedian, ((2, 3),)),
    "MedianDim": (lambda a: a.median(1).values, ((2, 3),)),
    "NanmedianDim": (lambda a: a.nanmedian(1).values, ((2, 3),)),
    "Mode": (lambda a: a.mode(1).values, ((2, 3),)),
    "Quantile": (lambda a: a.quantile(0.3, dim=1), ((2, 4),)),
    # scans
    "Cumsum": (lambda a: a.cumsum(1), ((2, 3),)),
    "Cumprod": (lambda a: (a * BACKWARDS).cumprod(1), ((2, 3),)),
    "Logcumsumexp": (lambda a: a.logcumsumexp(0), ((3, 2),)),
    "Recur": (lambda a: slope(a.cumprod(0), a), ((3, 2),)),
    "Shift": (lambda a: slope(a.cumprod(0), a), ((3, 2),)),
    "Cummax": (lambda a: a.cummax(1).values, ((2, 3),)),
    "Cummin": (lambda a: a.cummin(1).values, ((2, 3),)),
}
