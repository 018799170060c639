"""What WSGI servers and the `flask` command load."""

import os
import sys

import config
from blog import create_app

# What the blog writes (the database, keys, pictures) is for the account that runs it, and nobody else.
os.umask(0o077)

try:
    app = create_app(config.load(os.environ))
except config.SettingError as error:
    sys.exit(f"Setting: {error}")
