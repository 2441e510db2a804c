"""The queue and the workers: bounds, deadlines, and what a death costs."""

from __future__ import annotations

import asyncio
import time
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from fakes import Fake

from polyclinic.errors import CheckpointError
from polyclinic.models import load_model
from polyclinic.serving.jobs import Job, studies_of
from polyclinic.serving.metrics import Metrics
from polyclinic.serving.notice import Notice
from polyclinic.serving.refusals import RefusedError
from polyclinic.serving.served import Served
from polyclinic.serving.settings import Settings
from polyclinic.serving.workers import InlineWorker, ProcessWorker

pytestmark = pytest.mark.anyio


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> str:
    from PIL import Image

    path = tmp_path_factory.mktemp("images") / "grey.png"
    Image.new("L", (4, 4), 100).save(path)
    return str(path)


@pytest.fixture(scope="module")
def process() -> Any:
    """A fake in a process of its own; it takes a second to start, so the tests share it."""
    worker = ProcessWorker(Fake)
    worker.start()
    yield worker
    worker.stop()


def serving(worker: Any, **settings: Any) -> Served:
    return Served("fake", worker, notice=Notice(), settings=Settings(**settings), metrics=Metrics())


async def asked(served: Served, image: str, *questions: str) -> list[str]:
    """Answers, or the status of the refusal."""

    async def one(question: str) -> str:
        try:
            return str((await served.ask(Job("answer", {"question": question}, image)))["answer"])
        except RefusedError as refusal:
            return str(refusal.status)

    return list(await asyncio.gather(*(one(question) for question in questions)))


async def test_a_full_queue_says_when_to_ask_again(image: str) -> None:
    served = serving(InlineWorker(Fake()), queue=2, batch=1)
    first = asyncio.ensure_future(served.ask(Job("answer", {"question": "sleep"}, image)))
    await asyncio.sleep(0.1)
    waiting = [asyncio.ensure_future(served.ask(Job("answer", {"question": q}, image))) for q in "ab"]
    await asyncio.sleep(0)
    with pytest.raises(RefusedError) as refused:
        await served.ask(Job("answer", {"question": "c"}, image))
    assert refused.value.status == 429
    assert 1 <= int(refused.value.headers["retry-after"]) <= 60
    assert "polyclinic_queue_length" in served.metrics.text()
    assert [(await answer)["answer"] for answer in (first, *waiting)] == [
        f"{q} 100 after 0" for q in ("sleep", "a", "b")
    ]


async def test_a_request_that_waited_too_long_is_given_up_and_never_run(image: str) -> None:
    fake = Fake()
    served = serving(InlineWorker(fake), deadline_s=0.4, batch=1)
    assert await asked(served, image, "sleep", "late") == ["504", "504"]
    await asyncio.sleep(0.5)
    assert fake.batches == [1]
    assert await asked(served, image, "next") == ["next 100 after 0"]


async def test_what_waits_is_joined_up_to_the_bound_in_order(image: str) -> None:
    fake = Fake()
    questions = [f"q{i}" for i in range(9)]
    expected = [f"{q} 100 after 0" for q in questions]
    assert await asked(serving(InlineWorker(fake), batch=4), image, *questions) == expected
    assert await asked(serving(InlineWorker(fake), batch=1), image, *questions[:2]) == expected[:2]
    assert fake.batches == [4, 4, 1, 1, 1]


async def test_jobs_on_one_image_share_a_study(image: str, tmp_path: Path, png_bytes: Any) -> None:
    other = tmp_path / "copy.png"
    other.write_bytes(Path(image).read_bytes())
    (tmp_path / "other.png").write_bytes(png_bytes(3))
    jobs = [Job("answer", {}, path) for path in (image, str(other), str(tmp_path / "other.png"))]
    one, same, different = studies_of(jobs)
    assert one is same
    assert one is not different
    assert studies_of([Job("answer", {}, image, prior=image)])[0].prior_images


async def test_groups_are_not_mixed(image: str) -> None:
    fake = Fake()
    served = serving(InlineWorker(fake))
    jobs = [Job("classify", {"names": names}, image) for names in (["a"], ["b"], ["a"])]
    found = await asyncio.gather(*(served.ask(job) for job in jobs))
    assert [list(scores) for scores in found] == [["a"], ["b"], ["a"]]


async def test_a_death_loses_the_request_that_caused_it_and_no_other(process: ProcessWorker, image: str) -> None:
    served = serving(process, batch=4)
    before = process.pid
    found = await asked(served, image, "sleep", "a", "die", "b", "c", "d")
    assert found == ["sleep 100 after 0", "a 100 after 0", "500", "b 100 after 0", "c 100 after 0", "d 100 after 0"]
    assert process.pid != before
    assert 'polyclinic_worker_crashes_total{model="fake"} 2' in served.metrics.text()  # joined, and alone


async def test_a_worker_that_hangs_is_ended(process: ProcessWorker, image: str) -> None:
    served = serving(process, deadline_s=0.4)
    assert await asked(served, image, "hang") == ["504"]
    before = time.monotonic()
    await asyncio.sleep(0.1)
    served = serving(process, deadline_s=30)
    assert await asked(served, image, "a") == ["a 100 after 0"]
    assert time.monotonic() - before < 20


async def test_a_model_that_cannot_be_loaded(tmp_path: Path, image: str) -> None:
    (tmp_path / "config.json").write_text("{}")
    (tmp_path / "model.safetensors").write_bytes(b"")
    worker = ProcessWorker(partial(load_model, str(tmp_path)))
    with pytest.raises(CheckpointError, match="damaged"):
        worker.start()
    assert await asked(serving(worker), image, "a") == ["503"]
