"""The settings of the tests: the product's own, in a data folder that is thrown away, with fast passwords.

Chosen as a settings module, because pytest-django reads the settings before any conftest can prepare them.
Child processes which a test starts inherit the environment prepared here, so they share folder and settings.
"""

import atexit
import os
import shutil
import tempfile

_owner = os.environ.get("PYTEST_XDIST_WORKER", "main")
if os.environ.get("MOTCUA_TESTS_OWNER") != _owner:
    _folder = tempfile.mkdtemp(prefix="motcua-tests-")
    atexit.register(shutil.rmtree, _folder, ignore_errors=True)
    for _name in (
        "REDIS_URL",
        "FROZEN_NOW",
        "MOTCUA_FAULT",
        "CLAMD",
        "SMTP_URL",
        "DEBUG",
        "KEYS_DIR",
        "TSA_URL",
        "PKCS11_MODULE",
        "CSC_URL",
        "MAIL_DIR",
    ):
        os.environ.pop(_name, None)
    os.environ.update(MODE="test", DATA_DIR=_folder, MOTCUA_TESTS_OWNER=_owner)

from config.settings import *  # noqa: E402, F403
from config.settings import STORAGES  # noqa: E402

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES = STORAGES | {"staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
