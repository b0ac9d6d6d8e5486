"""Runs every chapter and writes its outputs: fresh, clean, and the same on every run.

    python tests/execute_notebooks.py                     # all of notebooks/, the teachers' example too
    python tests/execute_notebooks.py notebooks/01-service.ipynb

What is left out of the written outputs, and why:
- widget views and their state: a view without its state shows "model not found"; the static preview stays
- `image/svg+xml` of a figure: its `text/html` carries the same picture, and survives in a notebook that is
  not trusted yet
- stack traces: they name folders of this machine; the error's own words stay
- times, and what the kernel says about itself: they differ from run to run
"""

# ruff: noqa: T201  # it says what it does
from __future__ import annotations

import os
import sys
import time
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

sys.path.insert(0, str(Path(__file__).parent))
from lessons import examples, is_hidden, notebooks

TIMEOUT = 60  # seconds a cell
WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"
KEPT = ("jupyter", "tags")  # of a cell's metadata: whether its source is hidden, and what it is
KERNEL = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}
# as the kernel of `make lab` says it, which names no version (binder/ipython_kernel_config.py): so a chapter that is
# only opened is not changed
LANGUAGE = {
    "codemirror_mode": {"name": "ipython", "version": 3},
    "file_extension": ".py",
    "mimetype": "text/x-python",
    "name": "python",
    "nbconvert_exporter": "python",
    "pygments_lexer": "ipython3",
}
# where an output is hidden, JupyterLab shows the first line of its HTML
VEILS = {"zh": "先猜一猜，再运行单元格。"}  # by the folder of the language
VEIL = "Your prediction first; then run the cell."


def execute(path):
    """Return the notebook at `path`, run from top to bottom in its folder by a fresh kernel, clean.

    What a reader has solved in this checkout is neither shown nor changed.
    """
    os.environ["K8SNOTES_PROGRESS"] = "off"
    notebook = nbformat.read(path, as_version=4)
    NotebookClient(notebook, timeout=TIMEOUT, resources={"metadata": {"path": str(path.parent)}}).execute()
    return clean(notebook, veil_of(path))


def veil_of(path):
    """Return the line with which a hidden output of a notebook begins."""
    return VEILS.get(path.parent.name, VEIL)


def clean(notebook, veil=VEIL):
    """Return the notebook with nothing in it that differs between runs or machines, or cannot be shown."""
    notebook.metadata = nbformat.from_dict({"kernelspec": KERNEL, "language_info": LANGUAGE})
    number = 0
    for cell in notebook.cells:
        cell.metadata = nbformat.from_dict(
            {name: cell.metadata[name] for name in KEPT if cell.metadata.get(name)}
        )
        if cell.cell_type == "code":
            number += 1
            cell.execution_count = number
            cell.outputs = [
                _clean_output(output, number) for output in _joined(cell.outputs) if _worth(output)
            ]
            if is_hidden(cell):
                _veil(cell.outputs, veil)
    return notebook


def _veil(outputs, veil):
    """Let the HTML of a hidden output begin with a line that gives nothing away."""
    for output in outputs[:1]:
        shown = output.get("data", {}).get("text/html")
        if shown is not None and not shown.startswith(veil):
            output.data["text/html"] = f"{veil}\n{shown}"


def _joined(outputs):
    """Join neighbouring pieces of one stream: where they are cut depends on the machine's speed."""
    joined = []
    for output in outputs:
        last = joined[-1] if joined else None
        if last and output.output_type == last.output_type == "stream" and output.name == last.name:
            last.text += output.text
        else:
            joined.append(output)
    return joined


def _worth(output):
    data = output.get("data", {"text/plain": ""})
    return bool(set(data) - {WIDGET_VIEW})


def _clean_output(output, number):
    if output.output_type == "error":
        # an error of a reader's is a sentence; what Python says of another one has this machine's paths in it
        ours = len(output.traceback) == 1 and output.traceback[0].startswith("✗")
        output.traceback = output.traceback if ours else [f"{output.ename}: {output.evalue}"]
        return output
    if "data" in output:
        data = output.data
        data.pop(WIDGET_VIEW, None)
        if "text/html" in data:
            data.pop("image/svg+xml", None)
        output.metadata = nbformat.from_dict({})
    if output.output_type == "execute_result":
        output.execution_count = number
    return output


def main(names):
    """Run the named chapters, or all, and write them; returns how many failed."""
    failed = 0
    for path in [Path(name).resolve() for name in names] or [*notebooks(), *examples()]:
        start = time.perf_counter()
        try:
            notebook = execute(path)
        except CellExecutionError as error:
            failed += 1
            print(f"✗ {path.name}: a cell failed, nothing written: {error.ename}: {error.evalue}")
            continue
        before = path.read_text(encoding="utf-8")
        after = nbformat.writes(notebook) + "\n"
        path.write_text(after, encoding="utf-8", newline="\n")
        said = "as it was" if after == before else "written"
        print(f"✓ {path.name}: {said}, {time.perf_counter() - start:.1f} s, {len(after) / 1e6:.2f} MB")
    return failed


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
