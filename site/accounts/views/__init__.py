"""Doors to one's own account and to the people of a desk."""
