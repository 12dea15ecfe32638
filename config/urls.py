"""The addresses of the product. Each room of onestop owns its own part."""

from django.urls import include, path

from config.health import livez, readyz

urlpatterns = [
    path("livez", livez, name="livez"),
    path("readyz", readyz, name="readyz"),
    path("i18n/", include("django.conf.urls.i18n")),
    path("tai-khoan/", include("allauth.urls")),
]
