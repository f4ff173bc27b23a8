"""Figures for Prometheus, on a port of their own, apart from the site.

Whoever runs the sweep serves them: each question asks the database anew, so there is nothing to
keep between processes, and a sweep that hangs is seen by figures that cannot be had.
"""

import logging
from collections.abc import Iterator
from math import isfinite

from django.db import close_old_connections, connections
from prometheus_client import CollectorRegistry, start_http_server
from prometheus_client.metrics_core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from matching.services.operation import operation

logger = logging.getLogger(__name__)


class OperationCollector(Collector):
    """What :func:`matching.services.operation.operation` finds, as gauges."""

    def describe(self) -> list[Metric]:
        """Nothing is asked before there is a question."""
        return []

    def collect(self) -> Iterator[Metric]:
        """The figures of this moment; only that the database is down while it is."""
        close_old_connections()
        try:
            found = operation()
        except Exception:
            logger.exception("no metrics: the database does not answer")
            yield _gauge("transfer_database_up", "Whether the database answers.", 0)
            return
        finally:
            connections.close_all()
        yield _gauge("transfer_database_up", "Whether the database answers.", 1)
        yield _gauge("transfer_broker_up", "Whether the broker answers.", found.queue is not None)
        waiting = GaugeMetricFamily(
            "transfer_outstanding", "Rows whose work is outstanding.", labels=["work"]
        )
        oldest = GaugeMetricFamily(
            "transfer_outstanding_oldest_seconds",
            "How long the oldest of them has been waiting.",
            labels=["work"],
        )
        for name, line in found.work.items():
            waiting.add_metric([name], line["count"])
            oldest.add_metric([name], line["oldest_seconds"] or 0)
        yield waiting
        yield oldest
        if found.copy is not None:
            up = found.copy.answers
            yield _gauge("transfer_replica_up", "Whether the read replica answers.", up)
            if isfinite(found.copy.behind):
                says = "How far the replica is behind."
                yield _gauge("transfer_replica_lag_seconds", says, found.copy.behind)
        if found.queue is not None:
            yield _gauge("transfer_queue_messages", "Messages that wait for workers.", found.queue)
        yield _gauge(
            "transfer_mail_failed", "E-mails given up in the last hour.", found.failed_mail
        )
        yield _gauge("transfer_matches_found", "Matches found in the last hour.", found.matches)
        if found.latency_median is not None and found.latency_p95 is not None:
            latency = GaugeMetricFamily(
                "transfer_match_latency_seconds",
                "From the last change of either listing until a match of the last hour was found.",
                labels=["quantile"],
            )
            for quantile, seconds in (
                ("0.5", found.latency_median),
                ("0.95", found.latency_p95),
            ):
                latency.add_metric([quantile], seconds)
            yield latency


def _gauge(name: str, says: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(name, says, value=value)


def serve_metrics(port: int, address: str) -> None:
    """Answer Prometheus at ``http://address:port/metrics`` from a thread of this process.

    Logs an error and serves nothing where the port is taken: other work goes on.
    """
    registry = CollectorRegistry()
    registry.register(OperationCollector())
    try:
        start_http_server(port, addr=address, registry=registry)
    except OSError as error:
        logger.error("no metrics on %s:%s: %s", address, port, error)
    else:
        logger.info("metrics on %s:%s", address, port)
