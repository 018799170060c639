"""The site as a whole: its settings, and the redirects of old and imported addresses."""
