"""Student's t without scipy: its quantile and tail, by integrating the density numerically."""

import math
from functools import lru_cache
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

_NORMAL = NormalDist()
_STEPS = 20000


def rounded(freedom: float) -> float:
    """Estimated degrees of freedom to two digits or so, so that quantiles are reused; infinite from 1000 on."""
    if freedom > 1000:
        return math.inf
    step = 0.25 if freedom < 10 else 1 if freedom < 100 else 10
    return round(freedom / step) * step


@lru_cache(maxsize=4096)
def t_quantile(p: float, freedom: float) -> float:
    """The t that a share `p` of the distribution lies below."""
    if math.isinf(freedom) or freedom > 1000:
        return _NORMAL.inv_cdf(p)
    angle, probability = _t_distribution(freedom)
    return math.sqrt(freedom) * math.tan(float(np.interp(p, probability, angle)))


def t_upper_tail(t: float, freedom: float) -> float:
    """P(T > t) for t >= 0."""
    if math.isinf(freedom) or freedom > 1000:
        return 1 - _NORMAL.cdf(t)
    angle, probability = _t_distribution(freedom)
    return float(1 - np.interp(math.atan(t / math.sqrt(freedom)), angle, probability))


@lru_cache(maxsize=256)
def _t_distribution(freedom: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The distribution over atan(t / sqrt(freedom)), where the density is a power of the cosine and bounded."""
    angle = np.linspace(-math.pi / 2, math.pi / 2, _STEPS + 1)
    density = np.cos(angle).clip(0) ** (freedom - 1)
    probability = np.concatenate(([0.0], np.cumsum((density[1:] + density[:-1]) / 2)))
    return angle, probability / probability[-1]
