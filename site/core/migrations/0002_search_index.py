"""The text index: a virtual table on SQLite, a generated column with indexes on PostgreSQL."""

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

BUILD = {
    "sqlite": [
        "CREATE VIRTUAL TABLE core_search_fts USING fts5("
        "title, body, tokenize = 'porter unicode61 remove_diacritics 2', prefix = '2 3')",
        # The index follows its table by triggers, whoever writes or empties it.
        "CREATE TRIGGER core_search_inserted AFTER INSERT ON core_searchdocument BEGIN "
        "INSERT INTO core_search_fts (rowid, title, body) VALUES (NEW.id, NEW.title, NEW.body); "
        "END",
        "CREATE TRIGGER core_search_deleted AFTER DELETE ON core_searchdocument BEGIN "
        "DELETE FROM core_search_fts WHERE rowid = OLD.id; END",
        "CREATE TRIGGER core_search_updated AFTER UPDATE ON core_searchdocument BEGIN "
        "UPDATE core_search_fts SET title = NEW.title, body = NEW.body WHERE rowid = NEW.id; END",
    ],
    "postgresql": [
        "CREATE EXTENSION IF NOT EXISTS pg_trgm",
        "ALTER TABLE core_searchdocument ADD COLUMN vector tsvector GENERATED ALWAYS AS ("
        "setweight(to_tsvector('english', title), 'A') || "
        "setweight(to_tsvector('english', body), 'D')) STORED",
        "CREATE INDEX core_search_vector ON core_searchdocument USING gin (vector)",
        "CREATE INDEX core_search_title ON core_searchdocument USING gin (title gin_trgm_ops)",
    ],
}
CLEAR = {
    "sqlite": [
        "DROP TRIGGER core_search_updated",
        "DROP TRIGGER core_search_deleted",
        "DROP TRIGGER core_search_inserted",
        "DROP TABLE core_search_fts",
    ],
    "postgresql": [
        "DROP INDEX core_search_title",
        "DROP INDEX core_search_vector",
        "ALTER TABLE core_searchdocument DROP COLUMN vector",
    ],
}


def build(_apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    for statement in BUILD[schema_editor.connection.vendor]:
        schema_editor.execute(statement)


def clear(_apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    for statement in CLEAR[schema_editor.connection.vendor]:
        schema_editor.execute(statement)


class Migration(migrations.Migration):
    dependencies = [("core", "0001_initial")]

    operations = [migrations.RunPython(build, clear)]
