"""Wiring of the project: settings, routes, the Celery app, local services. No models, no rules."""

from transfer.celery import app as celery_app

__all__ = ["celery_app"]
