"""Two processes with half a batch each learn what one with the whole batch learns."""

import os
import socket
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, distributed, nn

from polyclinic.objectives.contrast import info_nce, joined_info_nce
from polyclinic.objectives.gather import gathered
from polyclinic.objectives.sigmoid import sigmoid_contrast


def model_and_rows() -> tuple[nn.Module, Tensor, Tensor]:
    torch.manual_seed(0)
    return nn.Linear(3, 4), torch.randn(6, 3), torch.randn(6, 3)


def losses(model: nn.Module, one: Tensor, other: Tensor) -> list[Tensor]:
    """Two of gathered rows, which are the same in each process, and one of each process's own rows."""
    both = nn.functional.normalize(model(torch.cat([one, other])), dim=-1)  # data-parallel models go once a step
    scale = torch.tensor(1.0)
    image, text = (gathered(rows) for rows in both.chunk(2))
    return [
        info_nce(image, text, scale),
        sigmoid_contrast(image, text, scale, torch.tensor(-1.0)),
        joined_info_nce(*both.chunk(2), scale, image_share=0.75),
    ]


def half(rank: int, port: int, folder: str) -> None:
    os.environ |= {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port)}
    torch.set_num_threads(1)
    distributed.init_process_group("gloo", rank=rank, world_size=2)
    model, one, other = model_and_rows()
    mine = slice(3 * rank, 3 * rank + 3)
    shared = nn.parallel.DistributedDataParallel(model)
    found = losses(shared, one[mine], other[mine])
    sum(found).backward()
    save_file({"losses": torch.stack(found).detach(), "grad": model.weight.grad}, Path(folder) / f"{rank}.safetensors")
    distributed.destroy_process_group()


def test_one_process_is_left_alone() -> None:
    rows = torch.ones(2, 2)
    assert gathered(rows) is rows


def test_two_processes_learn_what_one_learns(tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    torch.multiprocessing.spawn(half, (port, str(tmp_path)), nprocs=2)
    model, one, other = model_and_rows()
    expected = losses(model, one, other)
    sum(expected).backward()
    processes = [load_file(tmp_path / f"{rank}.safetensors") for rank in range(2)]
    mean = torch.stack([found["losses"] for found in processes]).mean(0)
    torch.testing.assert_close(mean, torch.stack(expected).detach(), atol=1e-5, rtol=1e-5)
    for found in processes:
        torch.testing.assert_close(found["losses"][:2], mean[:2], atol=1e-5, rtol=1e-5)
        torch.testing.assert_close(found["grad"], model.weight.grad, atol=1e-5, rtol=1e-5)
