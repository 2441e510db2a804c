"""The workbench as one application: its endpoints and pages behind the server's guard."""

from __future__ import annotations

from fastapi import FastAPI

from polyclinic.serving.app import create_app
from polyclinic.serving.settings import Settings
from polyclinic.serving.workbench import asking, cards, catalogue, explaining, fit_routes, pages, reporting, routes
from polyclinic.serving.workbench.bench import Bench
from polyclinic.serving.workbench.fits import Jobs
from polyclinic.serving.workbench.shelf import Shelf


def create_workbench(bench: Bench, settings: Settings, shelf: Shelf | None = None) -> FastAPI:
    """The application of a bench; its models answer for the bench's Studies alone, so no verb endpoint has one.

    Args:
        shelf: folders of runs and of the ledger; none where None.
    """
    shelf = shelf or Shelf()
    about_studies = (routes.router(bench), asking.router(bench), reporting.router(bench), explaining.router(bench))
    about_work = (catalogue.router(bench, shelf), cards.router(bench, shelf))
    jobs = fit_routes.router(bench, shelf, Jobs(shelf))
    return create_app({}, settings=settings, routers=(*about_studies, *about_work, jobs, pages.router()))
