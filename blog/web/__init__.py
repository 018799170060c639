"""Things of HTTP that know no feature."""
