"""The benchmark: what a page costs, as a ratio to a bare Django view of the same run."""
