"""People: accounts, roles, signing in, sessions."""
