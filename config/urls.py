"""The addresses of the product. Each room of onestop owns its own part."""

from django.conf import settings
from django.urls import include, path

from config.health import livez, readyz
from integrations.views import receive
from onestop.components.gallery import gallery

urlpatterns = [
    path("livez", livez, name="livez"),
    path("readyz", readyz, name="readyz"),
    path("i18n/", include("django.conf.urls.i18n")),
    path("tai-khoan/", include("config.accounts")),
    path("van-phong/", include("onestop.office.urls")),
    path("lien-thong/<slug:partner>/", receive, name="partner"),
    path("", include("onestop.urls")),
]
if settings.DEBUG or settings.DEMO:
    urlpatterns.append(path("bo-giao-dien/<slug:mood>/", gallery, name="gallery"))
