"""A page is read at one moment, whatever others commit while it is being made."""

import threading

import pytest
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.urls import resolve

from onestop.moment import of_one_moment
from procedures.models import Agency

pytestmark = [pytest.mark.promise("screens.one-moment")]


def found_agency() -> None:
    """By somebody else, on a connection of their own."""

    def work() -> None:
        Agency.objects.create(code="MOI", name_vi="Mới", name_en="New", place="Hà Nội")
        connection.close()

    thread = threading.Thread(target=work)
    thread.start()
    thread.join(timeout=20)


def page(_request: HttpRequest) -> HttpResponse:
    """How many agencies there were before somebody founded one, and after."""
    before = Agency.objects.count()
    found_agency()
    return HttpResponse(f"{before} {Agency.objects.count()}")


@pytest.mark.django_db(transaction=True)
def test_a_page_sees_one_moment() -> None:
    assert page(HttpRequest()).content == b"0 1"  # without it, what came between is half on the page
    Agency.objects.all().delete()
    assert of_one_moment(page)(HttpRequest()).content == b"0 0"
    assert Agency.objects.count() == 1


@pytest.mark.parametrize(
    "path",
    [
        "/ho-so/7b9f0d8e-0000-4000-8000-000000000000/",
        "/van-phong/ho-so/7b9f0d8e-0000-4000-8000-000000000000/",
        "/van-phong/ho-so/7b9f0d8e-0000-4000-8000-000000000000/ky/",
    ],
)
def test_the_pages_of_a_dossier_are_such_pages(path: str) -> None:
    view = resolve(path).func
    seen = set()
    while view is not None:
        seen.add(view.__code__)
        view = getattr(view, "__wrapped__", None)
    assert of_one_moment(page).__code__ in seen  # type: ignore[attr-defined]
