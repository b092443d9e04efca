"""Doors to companies: public pages and the desk."""
