"""The jobs' endpoints: which commands may be started is decided here; no path comes from a request."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field, model_validator

from polyclinic import registry
from polyclinic.errors import UsageError
from polyclinic.models import shipped_names
from polyclinic.serving.workbench.bench import Bench
from polyclinic.serving.workbench.fits import Jobs
from polyclinic.serving.workbench.routes import PREFIX
from polyclinic.serving.workbench.shelf import Shelf

Json = dict[str, Any]
Name = Annotated[str, Field(min_length=1, max_length=64)]
Data = Literal["collection", "corrections"]


class Fit(BaseModel):
    """A training, on the open collection or on its corrections."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)
    name: Name
    system: Name
    preset: Name = "nano"
    data: Data = "collection"
    split: Literal["train", "all"] = "train"
    seed: Annotated[int, Field(ge=0, lt=2**31)] = 0
    steps: Annotated[int | None, Field(ge=1, le=10_000_000)] = None
    minutes: Annotated[float | None, Field(gt=0, le=100_000)] = None

    @model_validator(mode="after")
    def _one_budget(self) -> Fit:
        if self.steps is not None and self.minutes is not None:
            raise ValueError("expected steps or minutes")
        return self


class Assessment(BaseModel):
    """An assessment of a finished run or a shipped checkpoint."""

    model_config = ConfigDict(extra="forbid")
    name: Name
    model: Annotated[str, Field(min_length=1, max_length=512)]
    data: Data = "collection"
    split: Literal["train", "val", "test", "all"] = "test"
    limit: Annotated[int | None, Field(ge=1, le=1_000_000)] = None


class Named(BaseModel):
    """One job."""

    model_config = ConfigDict(extra="forbid")
    name: Name


def fit_words(fit: Fit, data: Path, out: Path) -> tuple[str, ...]:
    """The command of a training.

    Raises:
        UsageError: no such system or preset.
    """
    entry = registry.find(fit.system)
    if fit.preset not in entry.presets:
        raise UsageError(f"{fit.system} has no preset {fit.preset!r}", hint="it has " + ", ".join(entry.presets))
    words = ["fit", fit.system, str(data), "--out", str(out), "--preset", fit.preset, "--split", fit.split]
    words += ["--seed", str(fit.seed)]
    words += ["--steps", str(fit.steps)] if fit.steps else []
    words += ["--minutes", f"{fit.minutes:g}"] if fit.minutes else []
    return (*words, "--json")


def assess_words(asked: Assessment, data: Path, out: Path, shelf: Shelf) -> tuple[str, ...]:
    """The command of an assessment.

    Raises:
        UsageError: no such model.
    """
    runs = shelf.models()
    if asked.model not in runs and asked.model not in shipped_names():
        raise UsageError(f"no model {asked.model!r}", hint="take one from the list")
    model = str(runs.get(asked.model, asked.model))
    words = ["assess", model, str(data), "--out", str(out), "--split", asked.split]
    words += ["--limit", str(asked.limit)] if asked.limit else []
    return (*words, "--json")


def router(bench: Bench, shelf: Shelf, jobs: Jobs) -> APIRouter:
    """The endpoints of the page."""
    routes = APIRouter(prefix=PREFIX, tags=["workbench"])

    def data_of(data: Data) -> Path:
        return bench.collection.root if data == "collection" else bench.corrections.root

    @routes.get("/jobs")
    def listed() -> Json:
        """The jobs, and what new ones may be made of."""
        systems = {name: list(entry.presets) for name, entry in sorted(registry.systems().items())}
        models = [*shelf.models(), *shipped_names()]
        return {"jobs": jobs.list(), "systems": systems, "models": models, "runs": shelf.runs and shelf.runs.name}

    @routes.post("/jobs/fit")
    def fit(asked: Fit) -> Json:
        """Start a training."""
        words = fit_words(asked, data_of(asked.data), shelf.place(asked.name))
        return jobs.start(asked.name, "fit", words)

    @routes.post("/jobs/assess")
    def assess(asked: Assessment) -> Json:
        """Start an assessment."""
        words = assess_words(asked, data_of(asked.data), shelf.place(asked.name), shelf)
        return jobs.start(asked.name, "assess", words)

    @routes.post("/jobs/stop")
    def stop(asked: Named) -> Json:
        """Ask a job to stop."""
        return jobs.stop(asked.name)

    @routes.post("/jobs/resume")
    def resume(asked: Named) -> Json:
        """Let a job go on."""
        return jobs.resume(asked.name)

    return routes
