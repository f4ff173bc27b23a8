"""`/livez` and `/readyz`."""

import pytest
from django.test import Client


@pytest.mark.django_db
def test_readyz_all_there_says_ok(client: Client):
    response = client.get("/readyz")

    assert response.status_code == 200
    assert response.json() == {"status": "ok", "database": "ok", "broker": "ok"}


def test_livez_any_host_says_ok(client: Client):
    response = client.get("/livez", headers={"host": "10.1.2.3"})

    assert response.json() == {"status": "ok"}
