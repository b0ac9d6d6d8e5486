# ruff: noqa: INP001  # a file of settings, no module
"""Let the kernel not say which version of Python it is.

Jupyter writes what the kernel says of its language into every notebook that is opened. The version differs from one
machine to the next, so a chapter that was only opened would be a changed one.
"""

from ipykernel.ipkernel import IPythonKernel

IPythonKernel.language_info = {
    "codemirror_mode": {"name": "ipython", "version": 3},
    "file_extension": ".py",
    "mimetype": "text/x-python",
    "name": "python",
    "nbconvert_exporter": "python",
    "pygments_lexer": "ipython3",
}
