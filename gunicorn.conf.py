"""How gunicorn serves the site; read from the working folder by `make demo`, tests and compose."""

import logging
import os
import sys
from pathlib import Path

from transfer.settings import env

wsgi_app = "transfer.wsgi:application"
workers = env.number("WEB_CONCURRENCY", 2, least=1, most=64)
threads = 4
worker_class = "transfer.serving.DrainingWorker"
preload_app = True  # a setting that makes no sense ends the start, not one worker after another
graceful_timeout = 30  # nobody waits for it: a worker ends when its last answer is out
timeout = 60
keepalive = 5
control_socket_disable = True  # it would lie in the home folder, one for all sites
max_requests = 1_000_000  # memory is given back now and then, but what is kept is worth keeping
max_requests_jitter = 100_000
if Path("/dev/shm").is_dir():  # noqa: S108 - gunicorn makes a nameless file there
    worker_tmp_dir = "/dev/shm"  # noqa: S108


def post_worker_init(worker: object) -> None:
    """Load while the worker already serves what the first search would wait for: the embedding
    model, and the values that facets count. What is there then stays, so Python's collector need
    not walk through it again: that stops all threads for a fifth of a second."""
    import gc
    from threading import Thread

    from django.db import connection

    from matching.embedding import get_embedder
    from matching.facets.table import keep_values

    def load() -> None:
        get_embedder()
        try:
            keep_values()
        finally:
            connection.close()
            gc.collect()
            gc.freeze()

    Thread(target=load, name="loading", daemon=True).start()


def worker_exit(server: object, worker: object) -> None:
    """End at once when all is answered. Python would take the model apart first, for seconds in
    which its successor has to share the machine, or abort while it is still being loaded."""
    from matching.services.exposure import send_waiting

    send_waiting()
    error = sys.exception()
    if isinstance(error, SystemExit) and not error.code:
        logging.shutdown()
        os._exit(0)
