"""The API reference: Markdown written from the schema's descriptions."""
