"""Notes: what those who work on a post say to each other about it, beside it and never in public."""
