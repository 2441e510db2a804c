"""The workbench over HTTP: every page's JSON twin, under /v1/workbench. Studies are named by id, never by path."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field

from polyclinic.records import to_plain
from polyclinic.serving.workbench.bench import Bench, planes_from
from polyclinic.serving.workbench.corrections import Correction
from polyclinic.serving.workbench.planes import Axis, plane
from polyclinic.serving.workbench.prompting import Pointing
from polyclinic.serving.workbench.slides import slide_file
from polyclinic.serving.workbench.worklist import Filter, Row
from polyclinic.study import Mask, Region

PREFIX = "/v1/workbench"
MOST_PLANES, MOST_RUNS, MOST_POINTS = 4096, 2**22, 4096
NIFTI = "application/octet-stream"
FRESH = {"Cache-Control": "no-store"}
Ident = Annotated[str, Query(max_length=512)]
Number = Annotated[int, Query(ge=0)]
Finite = Annotated[float, Field(allow_inf_nan=False)]
Word = Annotated[str, Query(max_length=512)]


class Runs(BaseModel):
    """A mask as run lengths, as `--json` prints it."""

    model_config = ConfigDict(extra="forbid")
    size: Annotated[list[int], Field(min_length=2, max_length=2)]
    counts: Annotated[list[int], Field(max_length=MOST_RUNS)]


class Prompt(BaseModel):
    """Words, a box or points in an image of a Study."""

    model_config = ConfigDict(extra="forbid")
    study: Annotated[str, Field(max_length=512)]
    image: Annotated[int, Field(ge=0)] = 0
    index: Annotated[int, Field(ge=0)] = 0
    words: Annotated[str, Field(max_length=512)] = ""
    box: tuple[Finite, Finite, Finite, Finite] | None = None
    points: Annotated[list[tuple[Finite, Finite]], Field(max_length=MOST_POINTS)] = []


class Drawn(BaseModel):
    """A corrected mask; `planes` names those along z that were drawn in."""

    model_config = ConfigDict(extra="forbid")
    study: Annotated[str, Field(max_length=512)]
    image: Annotated[int, Field(ge=0)] = 0
    name: Annotated[str, Field(min_length=1, max_length=128)]
    kind: Annotated[str | None, Field(max_length=64)] = None
    base: Annotated[int | None, Field(ge=0)] = None
    planes: Annotated[dict[int, Runs], Field(max_length=MOST_PLANES)]
    form: Literal["png", "nifti", "dicom-seg"] | None = None


def narrowed(text: Word = "", finding: Word = "", modality: Word = "", split: Word = "", subject: Word = "") -> Filter:
    """What the query narrows the list to."""
    return Filter(text, finding, modality, split, subject)


def router(bench: Bench) -> APIRouter:
    """The endpoints of a bench."""
    routes = APIRouter(prefix=PREFIX, tags=["workbench"])
    _list_routes(routes, bench)
    _view_routes(routes, bench)
    _space_routes(routes, bench)
    _draw_routes(routes, bench)
    return routes


def _list_routes(routes: APIRouter, bench: Bench) -> None:
    @routes.get("/about")
    def about() -> JSONResponse:
        """Collection and model, and how far each is read."""
        return JSONResponse(bench.about(), headers=FRESH)

    @routes.get("/studies")
    def studies(
        wanted: Annotated[Filter, Depends(narrowed)],
        offset: Annotated[int, Query(ge=0)] = 0,
        limit: Annotated[int, Query(ge=1, le=500)] = 100,
        like: Annotated[str | None, Query(max_length=1024)] = None,
    ) -> JSONResponse:
        """A page of the worklist."""
        page, scores = bench.listed(wanted, offset, limit, like)
        rows = [plain_row(row) | {"corrected": bench.corrections.find(row.id) is not None} for row in page.rows]
        for row in rows if scores else []:
            row["likeness"] = scores[row["number"]]
        return JSONResponse({"total": page.total, "offset": page.offset, "rows": rows}, headers=FRESH)

    @routes.get("/thumbnail", response_class=Response)
    def thumbnail(request: Request, study: Ident, image: Number = 0) -> Response:
        """A small PNG of an image."""
        if known(request, bench):
            return Response(status_code=304, headers=kept(bench))
        data = bench.thumbnails.png((study, image), bench.image(study, image))
        return Response(data, media_type="image/png", headers=kept(bench))


def _view_routes(routes: APIRouter, bench: Bench) -> None:
    @routes.get("/study")
    def study(study: Ident) -> JSONResponse:
        """A Study with its subject's visits."""
        found = bench.study(study)
        visits = [plain_row(row) for row in bench.worklist.visits(found.subject)]
        told = {"study": light(found.to_json()), "visits": visits, "corrected": bool(bench.corrections.find(study))}
        return JSONResponse(told, headers=FRESH)

    @routes.get("/image")
    def image(study: Ident, image: Number = 0) -> JSONResponse:
        """How large an image is, its spacing and window; of a slide, its levels."""
        return JSONResponse(bench.described(study, image), headers=FRESH)

    @routes.get("/plane", response_class=Response)
    def one_plane(
        request: Request,
        study: Ident,
        image: Number = 0,
        axis: Axis = "z",
        index: Number = 0,
        channel: int | None = None,
    ) -> Response:
        """The numbers of one plane, little-endian; the header X-Plane says shape and type."""
        if known(request, bench):
            return Response(status_code=304, headers=kept(bench))
        values = plane(bench.volume(study, image), axis, index, channel)
        told = json.dumps({"shape": values.shape, "type": values.dtype.name})
        return Response(
            values.tobytes(), media_type="application/octet-stream", headers=kept(bench) | {"X-Plane": told}
        )

    @routes.get("/overlays")
    def overlays(study: Ident, image: Number = 0, axis: Axis = "z", index: Number = 0) -> JSONResponse:
        """The regions of an image in one plane."""
        return JSONResponse(bench.overlays(study, image, axis, index), headers=FRESH)

    @routes.get("/tile", response_class=Response)
    def tile(request: Request, study: Ident, level: Number, column: Number, row: Number, image: Number = 0) -> Response:
        """A tile of a slide, as Deep Zoom counts them."""
        if known(request, bench):
            return Response(status_code=304, headers=kept(bench))
        path = slide_file(bench.image(study, image))
        if path is None:
            return JSONResponse({"error": f"image {image} of study {study!r} is no slide"}, 404)
        return Response(bench.slides.tile(path, level, column, row), media_type="image/jpeg", headers=kept(bench))


def _space_routes(routes: APIRouter, bench: Bench) -> None:
    @routes.get("/volume", response_class=Response)
    def volume(request: Request, study: Ident, image: Number = 0, channel: Number = 0) -> Response:
        """A volume as NIfTI, thinned so that a browser can render it."""
        if known(request, bench):
            return Response(status_code=304, headers=kept(bench))
        return Response(bench.solid(study, image, channel), media_type=NIFTI, headers=kept(bench))

    @routes.get("/labels", response_class=Response)
    def labels(study: Ident, image: Number = 0) -> Response:
        """The regions' masks in its grid, as a NIfTI label map; a region's value is its place in the study plus 1."""
        return Response(bench.labels(study, image), media_type=NIFTI, headers=FRESH)


def _draw_routes(routes: APIRouter, bench: Bench) -> None:
    @routes.post("/segment")
    def segment(prompt: Prompt) -> JSONResponse:
        """Masks of what a prompt means, in a picture or one slice."""
        pointing = Pointing(prompt.words.strip(), prompt.box, tuple(prompt.points))
        return _regions(bench.segment(prompt.study, prompt.image, pointing, prompt.index))

    @routes.post("/find")
    def find(prompt: Prompt) -> JSONResponse:
        """Boxes of what words name, in a picture or one slice."""
        return _regions(bench.find(prompt.study, prompt.image, prompt.words.strip(), prompt.index))

    @routes.post("/corrections")
    def save(drawn: Drawn) -> JSONResponse:
        """Save a drawn mask as the new reference."""
        masks = {index: Mask(tuple(runs.size), tuple(runs.counts)) for index, runs in drawn.planes.items()}
        planes = planes_from(masks, bench.volume(drawn.study, drawn.image).shape[2:])
        correction = Correction(drawn.study, drawn.image, drawn.name, planes, drawn.kind, drawn.base)
        saved = bench.corrections.save(correction, drawn.form)
        return JSONResponse({"study": light(saved.to_json()), "collection": bench.corrections.root.name})

    @routes.get("/corrections")
    def corrected() -> JSONResponse:
        """Ids of the Studies with corrected references."""
        return JSONResponse({"studies": bench.corrections.ids(), "collection": bench.corrections.root.name})


def kept(bench: Bench) -> dict[str, str]:
    """Headers of pixels: a browser may keep them, and asks each time whether this is still the same opening."""
    return {"Cache-Control": "private, no-cache", "ETag": f'"{bench.session}"'}


def known(request: Request, bench: Bench) -> bool:
    """Whether the browser has the pixels already, from this opening of this collection."""
    return request.headers.get("if-none-match") == kept(bench)["ETag"]


def plain_row(row: Row) -> dict[str, Any]:
    """A row as JSON, without the text that only the search needs."""
    told = asdict(row)
    del told["searched"]
    return told


def light(study: dict[str, Any]) -> dict[str, Any]:
    """A Study's JSON without the masks' run lengths, which `overlays` gives plane by plane."""
    regions = [{**region, "mask": True} if "mask" in region else region for region in study.get("regions", [])]
    return {**study, "regions": regions}


def _regions(regions: list[Region]) -> JSONResponse:
    return JSONResponse([to_plain(region) for region in regions], headers=FRESH)
