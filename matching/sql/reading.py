"""Which database our own SQL reads from."""

from django.db import connections, router
from django.db.backends.base.base import BaseDatabaseWrapper

from matching.models import IndexEntry


def reading() -> BaseDatabaseWrapper:
    """The connection that a queryset of index entries would be read through at this moment.

    Statements written by hand ask here, so that a search reads all it needs from one database: the
    only one, or the replica while a router says so.
    """
    return connections[router.db_for_read(IndexEntry)]
