"""The product's addresses and the gallery of components, which production does not route."""

from django.urls import path

from config.urls import urlpatterns as product
from onestop.components.gallery import gallery

urlpatterns = [
    *product,
    path("gallery/", gallery, name="gallery"),
    path("gallery/office/", gallery, {"mood": "office"}, name="gallery-office"),
]
