"""The rooms that stand at the root of the site: the portal and the public pages. Included by config.urls at ""."""

from django.urls import include, path

urlpatterns = [
    path("", include("onestop.portal.urls")),
    path("", include("onestop.public.urls")),
]
