"""The product's own settings, with this folder as an app, so that a viewflow Flow may live in it."""

from config.settings import *  # noqa: F403
from config.settings import INSTALLED_APPS

INSTALLED_APPS = [*INSTALLED_APPS, "bench"]
