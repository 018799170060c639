"""Preview links: secret addresses at which people without an account read a post before it is published."""
