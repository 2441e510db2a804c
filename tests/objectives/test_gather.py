"""Two processes with half a batch each learn what one with the whole batch learns."""

import os
import socket
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, distributed, nn

from polyclinic.objectives.contrast import info_nce
from polyclinic.objectives.gather import gathered
from polyclinic.objectives.sigmoid import sigmoid_contrast


def model_and_rows() -> tuple[nn.Module, Tensor, Tensor]:
    torch.manual_seed(0)
    return nn.Linear(3, 4), torch.randn(6, 3), torch.randn(6, 3)


def both_losses(model: nn.Module, one: Tensor, other: Tensor) -> Tensor:
    both = nn.functional.normalize(model(torch.cat([one, other])), dim=-1)  # data-parallel models go once a step
    image, text = (gathered(rows) for rows in both.chunk(2))
    return info_nce(image, text, torch.tensor(1.0)) + sigmoid_contrast(
        image, text, torch.tensor(1.0), torch.tensor(-1.0)
    )


def half(rank: int, port: int, folder: str) -> None:
    os.environ |= {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port)}
    torch.set_num_threads(1)
    distributed.init_process_group("gloo", rank=rank, world_size=2)
    model, one, other = model_and_rows()
    mine = slice(3 * rank, 3 * rank + 3)
    shared = nn.parallel.DistributedDataParallel(model)
    loss = both_losses(shared, one[mine], other[mine])
    loss.backward()
    save_file({"loss": loss.detach(), "grad": model.weight.grad}, Path(folder) / f"{rank}.safetensors")
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
    loss = both_losses(model, one, other)
    loss.backward()
    for rank in range(2):
        found = load_file(tmp_path / f"{rank}.safetensors")
        torch.testing.assert_close(found["loss"], loss.detach(), atol=1e-5, rtol=1e-5)
        torch.testing.assert_close(found["grad"], model.weight.grad, atol=1e-5, rtol=1e-5)
