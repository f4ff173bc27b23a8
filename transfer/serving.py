"""How a web process ends: what it was sent is answered, what it was not sent is refused."""

from gunicorn.workers.gthread import ThreadWorker


class DrainingWorker(ThreadWorker):
    """gunicorn's worker with threads, which loses no request when it is told to end.

    gunicorn stops taking connections but leaves its socket open until the last answer is out, so
    the system goes on accepting for it, and drops those clients in the end. Here everything that
    the system has accepted is taken, and the socket closed at once: who comes later is refused,
    and a proxy asks the next server.
    """

    def set_accept_enabled(self, enabled: bool) -> None:
        """Take or leave new connections; at the end take what waits and close the door."""
        super().set_accept_enabled(enabled)
        if enabled or self.alive:
            return
        for listener in self.sockets:
            taken = -1
            while taken != self.nr_conns:
                taken = self.nr_conns
                self.accept(listener)
            listener.close()
