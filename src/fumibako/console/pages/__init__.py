"""The pages, one module a chapter."""
