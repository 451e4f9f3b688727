"""Validation: files as columns, what is checked in them, and what is found, in its place."""
