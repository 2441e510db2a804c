"""The desk: which model is meant, and that nothing of a request stays behind."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from fakes import Fake

from polyclinic.serving.desk import Desk
from polyclinic.serving.metrics import Metrics
from polyclinic.serving.notice import Notice
from polyclinic.serving.refusals import RefusedError
from polyclinic.serving.served import Served
from polyclinic.serving.settings import Settings
from polyclinic.serving.workers import InlineWorker


@pytest.fixture
def desk() -> Iterator[Desk]:
    settings = Settings()
    served = Served("fake", InlineWorker(Fake()), notice=Notice(), settings=settings, metrics=Metrics())
    made = Desk({"fake": served}, settings)
    yield made
    made.close()


def test_the_only_model_needs_no_name(desk: Desk) -> None:
    assert desk.served(None) is desk.served("fake")
    with pytest.raises(RefusedError, match="no model of this name") as found:
        desk.served("../fake")
    assert found.value.status == 404


@pytest.mark.anyio
async def test_images_are_gone_when_the_answer_is_there(desk: Desk, png_bytes: Callable[..., bytes]) -> None:
    seen: list[list[str]] = []
    folder = Path(desk._folder.name)
    served = desk.served(None)

    class Watching(InlineWorker):
        def run(self, jobs: list, timeout_s: float) -> list:  # type: ignore[type-arg]
            seen.append(sorted(path.suffix for path in folder.iterdir()))
            return super().run(jobs, timeout_s)

    served.worker = Watching(Fake())
    assert folder.stat().st_mode & 0o077 == 0
    pictures = {"image": png_bytes(), "prior": png_bytes(7)}
    found = await desk.ask(served, "report", {}, pictures)
    assert found["sections"]["findings"] == "mean 100, 2 images"
    with pytest.raises(RefusedError):
        await desk.ask(served, "answer", {"question": "raise"}, pictures)
    assert seen[0] == [".png", ".png"]
    assert list(folder.iterdir()) == []
    desk.close()
    assert not folder.exists()
