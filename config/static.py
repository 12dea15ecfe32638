"""Which static files belong to the product."""

from django.apps import apps
from django.contrib.staticfiles.finders import AppDirectoriesFinder

__all__ = ["ProductFinder"]

NOT_SERVED = {
    "viewflow"
}  # we use its engine, never its screens; its style sheets name fonts that it does not ship


class ProductFinder(AppDirectoriesFinder):
    """Every app's static folder but those of NOT_SERVED."""

    def __init__(self) -> None:
        super().__init__(app_names=[app.name for app in apps.get_app_configs() if app.name not in NOT_SERVED])
