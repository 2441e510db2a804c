"""The processes that train together: one, or as many as torchrun started."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

import torch
from accelerate import Accelerator
from accelerate.utils import DistributedDataParallelKwargs, broadcast_object_list, gather_object
from torch import Tensor

from polyclinic.errors import PolyclinicError
from polyclinic.training.record import cores

T = TypeVar("T")


class Team:
    """This process among the others; half precision (bf16) on GPUs that have it, full on processors."""

    def __init__(self) -> None:
        half = torch.cuda.is_available() and torch.cuda.is_bf16_supported()
        unused = DistributedDataParallelKwargs(find_unused_parameters=True)
        self.accelerator = Accelerator(
            mixed_precision="bf16" if half else "no",
            cpu=not torch.accelerator.is_available(),  # several processes on processors find each other only if told
            kwargs_handlers=[unused],
        )
        self.rank: int = self.accelerator.process_index
        self.world: int = self.accelerator.num_processes
        self.main: bool = self.accelerator.is_main_process
        self.device: torch.device = self.accelerator.device
        beside = int(os.environ.get("LOCAL_WORLD_SIZE", "1"))
        self.cores = max(1, cores() // beside)
        if beside > 1 or "OMP_NUM_THREADS" not in os.environ:  # torchrun sets it to 1, whatever there is
            torch.set_num_threads(self.cores)

    def on_main(self, work: Callable[[], T]) -> T:
        """Do something in the first process; all get its result, or its error."""
        outcome: list[Any] = [None, None]
        if self.main:
            try:
                outcome[0] = work()
            except PolyclinicError as error:
                if self.world == 1:
                    raise
                outcome[1] = error
        if self.world > 1:
            broadcast_object_list(outcome)
        if outcome[1] is not None:
            raise outcome[1]
        result: T = outcome[0]
        return result

    def total(self, values: Sequence[float]) -> list[float]:
        """Sums over the processes, the same in each."""
        if self.world == 1:
            return list(values)
        sums: Tensor = self.accelerator.reduce(torch.tensor(values, dtype=torch.float64, device=self.device), "sum")
        return sums.tolist()

    def part(self) -> None:
        """Let go of each other, once all work is done."""
        self.accelerator.end_training()

    def checksums(self, tensors: Mapping[str, Tensor]) -> list[str]:
        """One checksum of the weights from each process, in order of rank."""
        digest = hashlib.sha256()
        for tensor in tensors.values():
            digest.update(tensor.detach().cpu().contiguous().flatten().view(torch.uint8).numpy().tobytes())
        return list(gather_object([digest.hexdigest()]))
