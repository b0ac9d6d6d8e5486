"""Python in the browser looks for a module in the notebook's folder last: each question there goes out of Python and back.

The folder gets the first place only after this file was read, so it is moved at the first import after that.
"""

import sys


class _FolderLast:
    """A finder that finds nothing, and puts the folder of the notebook behind all others."""

    @staticmethod
    def find_spec(fullname, path=None, target=None):
        """Return None; the other finders then find the module."""
        if sys.path[0] == "":
            sys.path.append(sys.path.pop(0))


sys.meta_path.insert(0, _FolderLast)
