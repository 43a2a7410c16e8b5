"""Runs revisions on the connection that `db.migrate` passes, within its transaction."""

from alembic import context

from sickbay_collector.db.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()
