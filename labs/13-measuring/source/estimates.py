"""What may be said of many samples: quantiles, and how one thing compares with another."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import ceil, comb
from statistics import median

# Shares are exact: as a float, 0.07 * 100 is more than 7, and its ceiling is 8.
P50, P90, P99 = Fraction(1, 2), Fraction(9, 10), Fraction(99, 100)
P999 = Fraction(999, 1000)

LEAST_BEYOND = 100  # samples above a quantile: fewer say little about it


def quantile(samples: Sequence[float], share: Fraction) -> float | None:
    """The smallest sample that at least this share of all samples does not exceed (nearest rank).

    None if fewer than LEAST_BEYOND samples lie above its rank.
    """
    # @ solution
    rank = ceil(share * len(samples))
    if len(samples) - rank < LEAST_BEYOND:
        return None
    return sorted(samples)[rank - 1]
    # @ starter
    # | return None  # TODO: step 5
    # @ wrong one-too-far
    # | rank = int(share * len(samples))
    # | if len(samples) - rank < LEAST_BEYOND:
    # |     return None
    # | return sorted(samples)[rank]
    # @ wrong between-two-samples
    # | if len(samples) - ceil(share * len(samples)) < LEAST_BEYOND:
    # |     return None
    # | ordered = sorted(samples)
    # | place = float(share) * (len(samples) - 1)
    # | below = ordered[int(place)]
    # | return below + (ordered[int(place) + 1] - below) * (place - int(place))
    # @ wrong floating-rank
    # | rank = ceil(float(share) * len(samples))
    # | if len(samples) - rank < LEAST_BEYOND:
    # |     return None
    # | return sorted(samples)[rank - 1]
    # @ wrong of-too-few
    # | if not samples:
    # |     return None
    # | return sorted(samples)[ceil(share * len(samples)) - 1]
    # @ end


def quantile_of_all(slices: Sequence[Sequence[float]], share: Fraction) -> float | None:
    """The quantile of all requests of several slices, such as the seconds of one run."""
    # @ solution
    return quantile([sample for one in slices for sample in one], share)
    # @ starter
    # | return None  # TODO: step 5
    # @ wrong averages-percentiles
    # | found = [quantile(one, share) for one in slices]
    # | known = [one for one in found if one is not None]
    # | return sum(known) / len(known) if known else None
    # @ wrong percentile-of-percentiles
    # | found = [quantile(one, share) for one in slices]
    # | known = sorted(one for one in found if one is not None)
    # | return known[ceil(share * len(known)) - 1] if known else None
    # @ end


@dataclass(frozen=True)
class Estimate:
    """A value and the interval that holds the truth in 95 of 100 measurements like this one."""

    value: float
    low: float
    high: float


def median_of(values: Sequence[float]) -> Estimate | None:
    """The median, with the interval between two of the values that are equally far from the ends.

    Each value is above the true median with probability 1/2. So the number of values below it is
    binomial, and the truth lies below the k-th smallest only if fewer than k values do. The largest
    k for which that happens in at most 2.5 of 100 cases is taken, on both sides. None if there is
    no such k.
    """
    # @ solution
    count, ordered = len(values), sorted(values)
    rank, cases = 0, 1
    while rank < count and cases * 40 <= 2**count:
        rank += 1
        cases += comb(count, rank)
    if rank == 0:
        return None
    return Estimate(median(ordered), ordered[rank - 1], ordered[-rank])
    # @ starter
    # | return None  # TODO: step 6
    # @ end


def ratio(ours: Sequence[float], reference: Sequence[float]) -> Estimate | None:
    """How many times as large ours is, slice by slice: the n-th of both are of one round.

    Raises ValueError if there are more of one than of the other: then they were no pairs.
    """
    # @ solution
    return median_of([one / other for one, other in zip(ours, reference, strict=True)])
    # @ starter
    # | return None  # TODO: step 6
    # @ wrong unpaired
    # | if len(ours) != len(reference):
    # |     raise ValueError("no pairs")
    # | found = median_of(ours)
    # | other = median(reference)
    # | return found and Estimate(found.value / other, found.low / other, found.high / other)
    # @ end
