"""The report: a static site of the results that opens from the file system, without a server or JavaScript.

`read` fetches rows, `sections/` turn them into words, tables and charts, `site` writes the pages.
"""

from microlift.report.site import Site, write_site

__all__ = ["Site", "write_site"]
