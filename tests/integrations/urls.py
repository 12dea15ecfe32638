"""The door for partners' calls, where the product mounts it."""

from django.urls import path

from integrations.views import receive

urlpatterns = [path("lien-thong/<slug:partner>", receive)]
