"""Ask about the study in the viewer: one question to several models, about all of it, a box or a point."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Annotated, Any, Literal

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from polyclinic.errors import PolyclinicError, UsageError
from polyclinic.replies import answered, plain_region
from polyclinic.serving.workbench.bench import Bench
from polyclinic.serving.workbench.model import LoadingModel
from polyclinic.serving.workbench.places import places, spoken_of
from polyclinic.serving.workbench.routes import PREFIX
from polyclinic.serving.workbench.sentences import tied
from polyclinic.study import Region, Study
from polyclinic.verbs import Answer, Ask

MOST_TEXT, MOST_MODELS, MOST_TURNS, MOST_OPTIONS = 4000, 8, 32, 32
POINTED_SHARE = 1 / 8  # side of the box around a clicked point, as a share of the image's shorter side
Json = dict[str, Any]
Box = tuple[float, float, float, float]
Point = tuple[float, float]
Text = Annotated[str, Field(min_length=1, max_length=MOST_TEXT)]


class Question(BaseModel):
    """A question about a Study, or about a place in it; no models means all that are open."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)
    study: Annotated[str, Field(max_length=512)]
    image: Annotated[int, Field(ge=0)] = 0
    index: Annotated[int, Field(ge=0)] = 0
    question: Text
    box: Box | None = None
    point: Point | None = None
    options: Annotated[list[Text], Field(max_length=MOST_OPTIONS)] = []
    history: Annotated[list[tuple[Text, Text]], Field(max_length=MOST_TURNS)] = []
    models: Annotated[list[Text], Field(max_length=MOST_MODELS)] = []
    language: Literal["en", "zh", "ar"] = "en"


@dataclass(frozen=True)
class Place:
    """Where a question points: a box, or a point with the box that stands for it."""

    box: Box | None = None
    point: Point | None = None

    def region(self, size: tuple[int, int]) -> Region | None:
        """The place as models are told it; None where the question is about everything.

        Args:
            size: (y, x) of the image.

        Raises:
            UsageError: the box is empty, or the place lies outside of the image.
        """
        height, width = size
        if self.box is not None:
            x0, y0, x1, y1 = self.box
            if not (0 <= x0 < x1 <= width and 0 <= y0 < y1 <= height):
                raise UsageError(f"expected a box inside {width} x {height} pixels", hint="x0 < x1 and y0 < y1")
            return Region("", box=self.box)
        if self.point is None:
            return None
        x, y = self.point
        if not (0 <= x <= width and 0 <= y <= height):
            raise UsageError(f"expected a point inside {width} x {height} pixels")
        half = max(min(size) * POINTED_SHARE / 2, 1.0)
        around = (max(x - half, 0.0), max(y - half, 0.0), min(x + half, width), min(y + half, height))
        return Region("", box=around, points=(self.point,))


def ask_each(models: Sequence[LoadingModel], asked: Ask, image: int) -> list[Json]:
    """The same question to each model; one that cannot answer says why, and the others answer all the same."""
    return [_asked(model, asked, image) for model in models]


def _asked(model: LoadingModel, asked: Ask, image: int) -> Json:
    told: Json = {"model": model.name, "phantom_trained": model.notice.phantom_trained}
    try:
        answers: list[Answer] = model.call("answer", "answer", [asked])
        answer = _pointed(model, asked, answers[0])
    except PolyclinicError as error:
        return told | {"error": str(error), "hint": error.hint}
    return told | plain_answer(answer, image, asked.language)


def _pointed(model: LoadingModel, asked: Ask, answer: Answer) -> Answer:
    """The answer with regions: its own, else those that the same model draws of what the answer speaks of."""
    if answer.regions:
        return answer
    names = spoken_of(asked.question, answer.text, model.known, asked.language)
    return replace(answer, regions=tuple(places(model, asked.study, names)))


def plain_answer(answer: Answer, image: int, language: str = "en") -> Json:
    """An answer in sentences that know their regions; regions of a prior's images are left out.

    Args:
        image: number in the Study of the image that was shown first.
    """
    regions = [replace(region, image=image) for region in answer.regions if region.image == 0]
    said = [sentence.plain for sentence in tied(answer.text, regions, language)]
    if len(said) == 1 and not said[0]["regions"]:  # a short answer, `yes`, rests on all that it came with
        said[0]["regions"] = list(range(len(regions)))
    return answered(answer) | {"regions": [plain_region(region) for region in regions], "sentences": said}


def ask_for(study: Study, question: Question) -> Ask:
    """What the models are asked.

    Raises:
        UsageError: the place lies outside of the image.
    """
    size = study.images[0].pixels.shape[-2:]
    place = Place(question.box, question.point).region((size[0], size[1]))
    return Ask(
        study,
        question.question,
        tuple(question.history),
        () if place is None else (place,),
        tuple(question.options),
        question.language,
    )


def router(bench: Bench) -> APIRouter:
    """The endpoint of the page."""
    routes = APIRouter(prefix=PREFIX, tags=["workbench"])

    @routes.post("/ask")
    def ask(question: Question) -> list[Json]:
        """An answer of each model, in the order in which they were named."""
        asked = ask_for(bench.shown(question.study, question.image, question.index), question)
        return ask_each(bench.chosen(question.models), asked, question.image)

    return routes
