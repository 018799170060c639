"""Pictures: what is sent is read, written anew and kept in a folder under a name made of its content."""

from blog.media import files, views

__all__ = ["files", "views"]
