"""What each verb's endpoint takes: the fields of its command line, with images as base64 data or uploads."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Annotated, Any, Literal, TypeVar

from fastapi import Request
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException

from polyclinic.replies import SMALLEST_SCORE
from polyclinic.serving.refusals import UNPROCESSABLE, RefusedError
from polyclinic.serving.uploads import from_base64

MOST_TEXT, MOST_NAMES, MOST_FIELDS, MOST_FAULTS = 4000, 256, 600, 5
Text = Annotated[str, Field(min_length=1, max_length=MOST_TEXT)]
Names = Annotated[list[Text], Field(max_length=MOST_NAMES)]
Picture = Annotated[str, Field(description="base64 data or a base64 data URI; never a path")]
Box = Annotated[list[float], Field(min_length=4, max_length=4, description="x0, y0, x1, y1 in pixels")]
MOST_IMAGES, MOST_CHANNELS, MOST_SAMPLES, MOST_DAYS = 16, 1024, 2**20, 36_525
LARGEST_SAMPLE = 3e38  # of what a 32-bit number holds
Sample = Annotated[float, Field(ge=-LARGEST_SAMPLE, le=LARGEST_SAMPLE)]
Samples = Annotated[list[Sample], Field(min_length=1, max_length=MOST_SAMPLES)]
IMAGES = ("image", "prior")
LISTS = ("options", "names", "prompts")


class Form(BaseModel):
    """What every request may name; a field that is unknown is refused."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)

    model: str | None = Field(default=None, description="may be left out where one model is served")

    @property
    def item(self) -> dict[str, Any]:
        """The fields that a job has."""
        return self.model_dump(exclude={"model", *IMAGES}, exclude_none=True)

    @property
    def pictures(self) -> dict[str, bytes]:
        """The images' bytes by field."""
        given = {name: getattr(self, name, None) for name in IMAGES}
        return {name: from_base64(text) for name, text in given.items() if text is not None}


class AnswerForm(Form):
    """For `answer`."""

    image: Picture
    question: Text
    prior: Picture | None = None
    region: Box | None = None
    options: Names = []

    @model_validator(mode="after")
    def _box_in_order(self) -> AnswerForm:
        if self.region and not (self.region[0] < self.region[2] and self.region[1] < self.region[3]):
            raise ValueError("expected x0 < x1 and y0 < y1")
        return self


class ReportForm(Form):
    """For `report`."""

    image: Picture
    prior: Picture | None = None
    language: Literal["en", "zh", "ar"] = "en"


class SegmentForm(Form):
    """For `segment`; no prompts means all that the model knows."""

    image: Picture
    prompts: Names = []


class FindForm(Form):
    """For `find`."""

    image: Picture
    phrase: Text
    score: float = Field(default=SMALLEST_SCORE, ge=0, le=1, description="smallest score shown")


class ClassifyForm(Form):
    """For `classify`; no names means all that the model knows."""

    image: Picture
    names: Names = []


class RiskForm(Form):
    """For `risk`."""

    image: Picture


class ExplainForm(Form):
    """For `explain`: why the model sees, or does not see, a target."""

    image: Picture
    target: Text


class EmbedForm(Form):
    """For `embed`: an image or a text."""

    image: Picture | None = None
    text: Text | None = None

    @model_validator(mode="after")
    def _one_of_two(self) -> EmbedForm:
        if (self.image is None) == (self.text is None):
            raise ValueError("expected an image or a text")
        return self


class GenerateForm(Form):
    """For `generate`: from a text or an image."""

    image: Picture | None = None
    prompt: Text | None = None
    n: int = Field(default=1, ge=1, le=MOST_IMAGES)
    seed: int = Field(default=0, ge=0, lt=2**31)

    @model_validator(mode="after")
    def _one_of_two(self) -> GenerateForm:
        if (self.image is None) == (self.prompt is None):
            raise ValueError("expected an image or a prompt")
        return self


class ForecastForm(Form):
    """For `forecast`: the last visit, and one before it where there is one."""

    image: Picture
    prior: Picture | None = None
    in_days: float = Field(gt=0, le=MOST_DAYS, description="how long after the last visit")
    since_prior_days: float | None = Field(default=None, gt=0, le=MOST_DAYS)

    @model_validator(mode="after")
    def _times(self) -> ForecastForm:
        if (self.prior is None) != (self.since_prior_days is None):
            raise ValueError("expected prior and since_prior_days together")
        return self


class DecodeForm(Form):
    """For `decode`: a recorded signal."""

    signal: Annotated[list[Samples], Field(min_length=1, max_length=MOST_CHANNELS, description="channel by channel")]

    @model_validator(mode="after")
    def _rectangular(self) -> DecodeForm:
        if len({len(channel) for channel in self.signal}) != 1:
            raise ValueError("expected channels of one length")
        return self


FORMS: dict[str, type[Form]] = {
    "answer": AnswerForm,
    "report": ReportForm,
    "segment": SegmentForm,
    "find": FindForm,
    "classify": ClassifyForm,
    "risk": RiskForm,
    "explain": ExplainForm,
    "embed": EmbedForm,
    "generate": GenerateForm,
    "forecast": ForecastForm,
    "decode": DecodeForm,
}
AnyForm = TypeVar("AnyForm", bound=BaseModel)


async def read_form(request: Request, form: type[Form]) -> tuple[Form, dict[str, bytes]]:
    """A request's fields and images, from JSON or from multipart form data.

    Raises:
        RefusedError: of another type, malformed, or with wrong fields.
    """
    if request.headers.get("content-type", "").lower().startswith("multipart/form-data"):
        fields, pictures = await _multipart(request, form)
        stand_in = {name: "" for name in pictures}
        return checked(form, fields | stand_in), pictures
    found = checked(form, await read_json(request))
    return found, found.pictures


async def read_json(request: Request) -> Any:
    """The body as JSON, whose type has to be said, so that no page's plain form can pose as it.

    Raises:
        RefusedError: another type, or no JSON.
    """
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
        raise RefusedError("expected the type application/json or multipart/form-data", status=415)
    try:
        return json.loads(await request.body())
    except (ValueError, RecursionError) as error:
        raise RefusedError("the body is no JSON", status=400) from error


def checked(form: type[AnyForm], fields: Any) -> AnyForm:
    """Fields as a form; what was sent is not repeated in the error, as it may name a patient.

    Raises:
        RefusedError: names each field that is wrong.
    """
    try:
        return form.model_validate(fields)
    except ValidationError as error:
        raise wrong_fields(error.errors(), hint="known fields: " + ", ".join(form.model_fields)) from error


def wrong_fields(faults: Sequence[Any], hint: str | None = None) -> RefusedError:
    """What pydantic found, without the values; a field's name may be anything, so it is shown in ASCII."""
    places = [".".join(map(str, fault["loc"])).encode("ascii", "backslashreplace").decode()[:60] for fault in faults]
    told = [f"{place or 'body'}: {fault['msg']}" for place, fault in zip(places, faults, strict=True)]
    return RefusedError("; ".join(told[:MOST_FAULTS]), status=UNPROCESSABLE, hint=hint)


async def _multipart(request: Request, form: type[Form]) -> tuple[dict[str, Any], dict[str, bytes]]:
    """Texts and uploads; a list is sent by repeating its field, a box as `x0,y0,x1,y1`, a signal as JSON."""
    fields: dict[str, Any] = {}
    pictures: dict[str, bytes] = {}
    try:
        async with request.form(max_files=len(IMAGES), max_fields=MOST_FIELDS) as sent:
            for name in sent:
                values = sent.getlist(name)
                if name in IMAGES and name in form.model_fields:
                    pictures[name] = await _uploaded(name, values[0])
                else:
                    fields[name] = _field(name, values)
    except (HTTPException, ValueError, RecursionError) as error:
        raise RefusedError("the form data are malformed, or hold too many parts", status=400) from error
    return fields, pictures


def _field(name: str, values: list[Any]) -> Any:
    if name == "region":
        return str(values[0]).split(",")
    if name == "signal":
        return json.loads(str(values[0]))
    return values if name in LISTS else values[0]


async def _uploaded(name: str, value: Any) -> bytes:
    if isinstance(value, UploadFile):
        return await value.read()
    raise RefusedError(f"{name}: expected an upload", status=UNPROCESSABLE)
