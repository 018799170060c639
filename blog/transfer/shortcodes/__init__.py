"""Shortcodes of Hugo and Zola and tags of Liquid, as far as Markdown has a word for what they mean.

What has one is translated; what has none stays as text, and its name is reported. Code is left alone.
"""

from blog.transfer.shortcodes.dictionary import TO_FILE, TO_POST
from blog.transfer.shortcodes.translation import Translation, translate

__all__ = ["TO_FILE", "TO_POST", "Translation", "translate"]
