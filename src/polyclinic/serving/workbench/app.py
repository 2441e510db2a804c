"""The workbench as one application: its endpoints and pages behind the server's guard."""

from __future__ import annotations

from fastapi import FastAPI

from polyclinic.serving.app import create_app
from polyclinic.serving.settings import Settings
from polyclinic.serving.workbench import pages, routes
from polyclinic.serving.workbench.bench import Bench


def create_workbench(bench: Bench, settings: Settings) -> FastAPI:
    """The application of a bench; its model answers for the bench's Studies alone, so no verb endpoint has one."""
    return create_app({}, settings=settings, routers=(routes.router(bench), pages.router()))
