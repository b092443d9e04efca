"""Reading other people's files: pure functions from bytes to facts. Nothing here writes."""
