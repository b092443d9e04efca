"""Doors: for readers, for editors, for Mailchimp, and the public archive."""
