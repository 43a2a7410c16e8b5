"""The database: engine, tables, migrations, the unit of work and one store per aggregate."""
