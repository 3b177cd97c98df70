"""Which of several equal entries is selected: the same as in PyTorch.

topk and kthvalue do not say it, but a program prints the indices. So where entries are equal, the
two procedures behind them are followed step by step: std::nth_element of the GNU C++ library
(median of three, then insertion sort) and PyTorch's quickselect. Entries come as ranks, smaller
first; a rank that occurs twice stands for equal entries.
"""

from __future__ import annotations


def first_ones(ranks: list[int], k: int) -> list[int]:
    """Where the k smallest ranks stand, in order."""
    queue = list(enumerate(ranks))
    partition_at(queue, k - 1)
    return [place for place, _ in sorted(queue[: k - 1], key=rank)] + [queue[k - 1][0]]


def rank(entry: tuple[int, int]) -> int:
    return entry[1]


def partition_at(queue: list[tuple[int, int]], nth: int) -> None:
    """Move entries until the one at nth is in its place, smaller ones before it."""
    first, last = 0, len(queue)
    while last - first > 3:
        median_to_front(queue, first, last)
        low, high, pivot = first + 1, last, rank(queue[first])
        while True:
            while rank(queue[low]) < pivot:
                low += 1
            high -= 1
            while pivot < rank(queue[high]):
                high -= 1
            if low >= high:
                break
            queue[low], queue[high] = queue[high], queue[low]
            low += 1
        first, last = (low, last) if low <= nth else (first, low)
    queue[first:last] = sorted(queue[first:last], key=rank)


def median_to_front(queue: list[tuple[int, int]], first: int, last: int) -> None:
    """Swap the median of the second, middle and last entry with the first."""
    places = first + 1, first + (last - first) // 2, last - 1
    median = places[median_of(*[rank(queue[place]) for place in places])]
    queue[first], queue[median] = queue[median], queue[first]


def median_of(x: int, y: int, z: int) -> int:
    """Which of three numbers is the median: 0, 1 or 2."""
    if x < y:
        return 1 if y < z else 2 if x < z else 0
    return 0 if x < z else 2 if y < z else 1


def kth(ranks: list[int], k: int) -> int:
    """Where the entry stands that has k smaller ones before it."""
    queue = list(enumerate(ranks))

    def order(i: int, j: int) -> None:
        if rank(queue[i]) > rank(queue[j]):
            swap(i, j)

    def swap(i: int, j: int) -> None:
        queue[i], queue[j] = queue[j], queue[i]

    left, right = 0, len(queue) - 1
    while right > left:
        if right == left + 1:
            order(left, right)
            break
        swap(left + (right - left) // 2, left + 1)
        order(left + 1, right)
        order(left, right)
        order(left + 1, left)
        i, j, pivot = left + 1, right, rank(queue[left])
        while True:
            i += 1
            while pivot > rank(queue[i]):
                i += 1
            j -= 1
            while rank(queue[j]) > pivot:
                j -= 1
            if j < i:
                break
            swap(i, j)
        swap(left, j)
        left, right = (i if j <= k else left), (j - 1 if j >= k else right)
    return queue[k][0]
