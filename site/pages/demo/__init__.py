"""Demonstration data: real organizations as facts, and a plainly fictional story around them.

Nothing invented is attached to a real organization: what is invented belongs to fictional ones,
says so in its name, and carries `is_demonstration`.
"""
