"""Several processes, one model: how many there are, and the sums that keep them alike.

Started by torchrun, which sets WORLD_SIZE, RANK and LOCAL_RANK. Alone, a process sends nothing.
"""

import gc
import os
from datetime import timedelta
from typing import Any, TypeVar

import numpy as np

from text_al.errors import TrainingError
from text_al.types import FloatArray

T = TypeVar("T")

PATIENCE = timedelta(days=7)
"""How long a process waits for the others: a first process that prepares a large corpus is slow, not dead."""


def world_size() -> int:
    """How many processes train together."""
    return int(os.environ.get("WORLD_SIZE", "1"))


def rank() -> int:
    """Which of them this is; 0 decides and writes."""
    return int(os.environ.get("RANK", "0"))


def join_world(device: str) -> None:
    """Meets the other processes; at once where there are none.

    Args:
        device: "cpu" or "auto" or another of torch's types.

    Raises:
        TrainingError: torchrun asked for more processes than have met, as when a launcher starts only one.
    """
    if world_size() == 1:
        return
    import torch
    from accelerate import PartialState

    state = PartialState(cpu=device == "cpu" or not torch.cuda.is_available(), timeout=PATIENCE)
    if state.num_processes != world_size():
        raise TrainingError(
            f"{world_size()} processes were asked for, but {state.num_processes} met; "
            "start them with torchrun --nproc_per_node N -m text_al run ..."
        )


def place() -> tuple[int, int]:
    """This process's rank, and how many compute together: (0, 1) unless they have met."""
    import torch

    if not (torch.distributed.is_available() and torch.distributed.is_initialized()):
        return 0, 1
    return torch.distributed.get_rank(), torch.distributed.get_world_size()


def summed(array: FloatArray) -> FloatArray:
    """The sum over all processes of arrays of one shape; the array itself where there is one process."""
    if place()[1] == 1:
        return array
    import torch

    on_gpu = torch.distributed.get_backend() == "nccl"
    tensor = torch.as_tensor(np.ascontiguousarray(array), device="cuda" if on_gpu else "cpu")
    torch.distributed.all_reduce(tensor)
    return np.asarray(tensor.cpu().numpy())


def gathered(items: list[T]) -> list[T]:
    """The lists of all processes, joined by rank; the list itself where there is one process."""
    if place()[1] == 1:
        return items
    import torch

    lists: list[Any] = [None] * place()[1]
    torch.distributed.all_gather_object(lists, items)
    return [item for one in lists for item in one]


def told(message: Any = None) -> Any:
    """What the first process says, in every process; the others call it without a message and wait."""
    import torch

    box = [message]
    torch.distributed.broadcast_object_list(box, src=0)
    return box[0]


def leave_world() -> None:
    """Parts from the others in good order: together, and with nothing left that still holds the group."""
    import torch

    if place()[1] == 1:
        return
    gc.collect()  # a wrapped model in a cycle would hold the group beyond its end, which aborts the process
    torch.distributed.barrier()
    torch.distributed.destroy_process_group()
