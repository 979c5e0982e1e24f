"""Publishing: whole, checked, read-only versions of the public tables, so that a refresh never breaks a reader."""

from microlift.publish.store import current_version
from microlift.publish.version import Published, publish

__all__ = ["Published", "current_version", "publish"]
