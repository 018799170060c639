"""What WSGI servers and the `flask` command load."""

import os
import sys

import config
from blog import create_app

try:
    app = create_app(config.load(os.environ))
except config.SettingError as error:
    sys.exit(f"Setting: {error}")
