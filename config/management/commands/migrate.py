"""`manage.py migrate`, run as the owner of the tables, which then gives the application's role its rights."""

from typing import Any

from django.core.management.base import CommandError
from django.core.management.commands.migrate import Command as MigrateCommand
from django.db import connections
from psycopg import Error

from config.database import as_owner, connection_address, grant_application_role, prepare_server
from config.env import env


class Command(MigrateCommand):
    """Creates database and roles where they are missing and it may, migrates, grants."""

    help = MigrateCommand.help + " Runs as DATABASE_OWNER_URL and grants DATABASE_ROLE its rights."

    def handle(self, *args: Any, **options: Any) -> None:
        """Migrate as the owner. Raises CommandError with one line when the server refuses."""
        connection = connections[options["database"]]
        application_url = connection_address(connection)
        with as_owner(connection, owner_url=env.database_owner_url):
            try:
                prepare_server(
                    owner_url=connection_address(connection),
                    application_url=application_url,
                    role=env.database_role,
                )
            except Error as error:
                raise CommandError(
                    f"PostgreSQL refused to prepare the database: {str(error).splitlines()[0]}"
                ) from None
            super().handle(*args, **options)
            if env.database_role:
                connection.ensure_connection()
                grant_application_role(connection.connection, role=env.database_role)
