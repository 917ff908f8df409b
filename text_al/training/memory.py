"""Freed memory that stays with the process, so that the next update need not have it cleared again."""

import ctypes
import sys

_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3  # as malloc.h of GNU's C library has them
_KEPT = 1 << 30


def keep_freed_memory() -> bool:
    """Lets GNU's allocator keep up to 1 GiB that is freed, where it gives large pieces back at once.

    Gradients are freed after each update, that of the word embeddings in one piece of 47 MB for MiniLM; to
    get it back the kernel clears it page by page, which took 15 % of an update's CPU time (128 ms, against
    109 ms with memory kept; batches of 16 short texts). It holds for the whole process.

    Returns:
        Whether it could be done: other C libraries are left alone.
    """
    if not sys.platform.startswith("linux"):
        return False
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (OSError, AttributeError):  # no C library as a dynamic one, or one without mallopt
        return False
    return all(mallopt(parameter, _KEPT) == 1 for parameter in (_TRIM_THRESHOLD, _MMAP_THRESHOLD))
