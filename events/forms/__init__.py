"""What people type about events, as clean values."""
