"""Posts: reading them, writing them, finding them."""
