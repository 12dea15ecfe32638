"""What every answer carries, and what the machine asks."""

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client

from config import play
from config.celery import app
from config.static import ProductFinder


@pytest.mark.promise("web.strict-headers")
def test_every_answer_forbids_what_our_pages_never_do(client: Client) -> None:
    headers = client.get("/livez").headers
    policy = dict(part.strip().split(" ", 1) for part in headers["Content-Security-Policy"].split(";"))
    assert policy["default-src"] == "'self'"
    assert policy["object-src"] == policy["base-uri"] == policy["frame-ancestors"] == "'none'"
    assert "unsafe" not in headers["Content-Security-Policy"]
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert "camera=()" in headers["Permissions-Policy"]


def test_living_needs_no_database_and_readiness_does(client: Client) -> None:
    """Without the db mark pytest refuses every query, so the first answer made none."""
    assert client.get("/livez").content == b"ok\n"
    assert client.post("/livez").status_code == 405


@pytest.mark.django_db
def test_ready_when_the_application_may_read(client: Client) -> None:
    assert client.get("/readyz").status_code == 200


@pytest.mark.django_db(transaction=True)
def test_not_ready_when_the_database_refuses(client: Client) -> None:
    role = connection.settings_dict["OPTIONS"]["assume_role"]
    connection.close()
    connection.settings_dict["OPTIONS"]["assume_role"] = "no_such_role"
    try:
        answer = client.get("/readyz")
    finally:
        connection.close()
        connection.settings_dict["OPTIONS"]["assume_role"] = role
    assert (answer.status_code, answer.content) == (503, b"not ready\n")


def test_static_files_of_the_engine_are_not_served() -> None:
    finder = ProductFinder()
    assert finder.find("viewflow/css/viewflow.min.css") in (None, [])
    assert not [path for path, _ in finder.list([]) if path.startswith("viewflow/")]


def test_a_killed_workers_task_comes_back() -> None:
    """The settings that make the broker forgettable; the kill itself is played in tests/outbox."""
    assert app.conf.task_acks_late
    assert app.conf.task_reject_on_worker_lost
    assert app.conf.worker_prefetch_multiplier == 1
    assert app.conf.task_ignore_result
    assert app.conf.broker_transport_options["visibility_timeout"] > app.conf.task_time_limit


def test_vietnamese_first_in_hanoi() -> None:
    assert (settings.LANGUAGE_CODE, [code for code, _ in settings.LANGUAGES]) == ("vi", ["vi", "en"])
    assert (settings.TIME_ZONE, settings.USE_TZ) == ("Asia/Ho_Chi_Minh", True)


@pytest.mark.django_db
@pytest.mark.parametrize("address", [*play.PLACES.values(), "/"])
def test_every_address_that_the_demonstration_names_is_a_page(client: Client, address: str) -> None:
    assert client.get(address, follow=True).status_code == 200
