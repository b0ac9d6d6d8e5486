# ruff: noqa: INP001  # a file of settings, no module
"""Let the kernel not say which version of Python it is.

Jupyter writes what the kernel says of its language into every notebook that is opened. The version differs from one
machine to the next, so a chapter that was only opened would be a changed one.
"""

from ipykernel.ipkernel import IPythonKernel

said = IPythonKernel.language_info
IPythonKernel.language_info = {name: said[name] for name in sorted(said) if name != "version"}
