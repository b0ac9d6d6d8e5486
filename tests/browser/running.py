"""What the tests of the running edition do again and again: open a notebook of the site, run it all, read its cells."""

from __future__ import annotations

import gzip
import re
from base64 import b64decode
from pathlib import Path

import nbformat

_READY = """() => window.jupyterapp?.shell?.currentWidget?.context?.isReady
  && ['idle', 'busy'].includes(window.jupyterapp.shell.currentWidget.sessionContext?.session?.kernel?.status)"""
_RUN_ALL = """() => { window.ran = false;
  window.jupyterapp.commands.execute('notebook:run-all-cells').finally(() => { window.ran = true; }); }"""
_ALL_RAN = """() => window.ran && window.jupyterapp.shell.currentWidget.sessionContext.session.kernel.status === 'idle'"""
# an empty account, and no deletion: Python has looked the file up, and would wait for it for ever
_FORGET = """async () => {
  const folder = window.jupyterapp.shell.currentWidget.context.path.replace(/[^/]*$/, '');
  const empty = {type: 'file', format: 'text', content: '{"exercises": {}}'};
  await window.jupyterapp.serviceManager.contents.save(`${folder}.k8snotes-progress.json`, empty);
  localStorage.removeItem('k8snotes-progress');
}"""
_CELLS = """() => window.jupyterapp.shell.currentWidget.content.model.toJSON().cells
  .filter(cell => cell.cell_type === 'code')"""
_ASK = """async code => {
  const kernel = window.jupyterapp.shell.currentWidget.sessionContext.session.kernel;
  const asked = kernel.requestExecute({code, store_history: false});
  let said = '';
  asked.onIOPub = ({header, content}) => {
    if (header.msg_type === 'stream') said += content.text;
    if (header.msg_type === 'error') said += `${content.ename}: ${content.evalue}`;
  };
  await asked.done;
  return said;
}"""
_DRAWING = re.compile(r"data:image/svg\+xml;base64,([A-Za-z0-9+/=]+)")
_COLOURS = re.compile(r"\x1b\[[0-9;]*m")
STARTS_WITHIN = 180_000  # milliseconds
WIDGET = "application/vnd.jupyter.widget-view+json"


def edition(site: Path) -> Path:
    """Return the folder of the edition to run."""
    return next(path.parent for path in site.glob("run/*/jupyter-lite.json"))


def open_running(context, address: str, site: Path, notebook: str):
    """Return a page of the running edition on which a notebook is open and its kernel ready."""
    page = context.new_page()
    page.goto(f"{address}run/{edition(site).name}/lab/index.html?path={notebook}")
    page.wait_for_function(_READY, timeout=STARTS_WITHIN)
    return page


def nothing_solved(page) -> None:
    """Forget what was solved in the browser of a page of the running edition, in the folder of its notebook."""
    page.evaluate(_FORGET)


def run_everything(page) -> list[dict]:
    """Run all cells once, as the menu does, and return the code cells as they are then."""
    page.evaluate(_RUN_ALL)
    page.wait_for_function(_ALL_RAN, timeout=STARTS_WITHIN)
    return page.evaluate(_CELLS)


def sent(path: Path) -> int:
    """Return how many bytes a server sends for a file of the site: packed, where that makes it smaller; 0 for no file."""
    if not path.is_file():
        return 0
    text = path.read_bytes()
    return min(len(text), len(gzip.compress(text)))


def ask_python(page, code: str) -> str:
    """Return what `code` prints in the kernel of the page."""
    return page.evaluate(_ASK, code)


def saved_cells(path: Path) -> list[dict]:
    """Return the code cells of a committed notebook."""
    return [cell for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "code"]


def printed(cell: dict) -> str:
    """Return what a cell printed, its deliberate errors among it: they are on stderr in a browser."""
    said = []
    for output in cell["outputs"]:
        if output["output_type"] == "stream":
            said.append("".join(output["text"]))
        elif output["output_type"] == "error":
            said.append("\n".join(output["traceback"]) + "\n")
    return _COLOURS.sub("", "".join(said))


def shown(cell: dict) -> list[str]:
    """Return what a cell shows as text, without what only a widget shows."""
    return [
        "".join(output["data"].get("text/plain", ""))
        for output in cell["outputs"]
        if output["output_type"] in ("display_data", "execute_result") and WIDGET not in output["data"]
    ]


def drawings(cell: dict) -> list[bytes]:
    """Return the pictures that a cell shows, as bytes."""
    html = "".join("".join(output.get("data", {}).get("text/html", "")) for output in cell["outputs"])
    return [b64decode(found) for found in _DRAWING.findall(html)]


def assert_same_answers(path: Path, cells: list[dict]) -> None:
    """Assert that every code cell of a chapter has run, and says and shows what the committed notebook has."""
    saved = saved_cells(path)
    assert [cell["id"] for cell in cells if cell["execution_count"] is None] == []
    assert len(cells) == len(saved)
    for was, cell in zip(saved, cells, strict=True):
        assert printed(cell) == printed(was), was["id"]
        if not any(WIDGET in output.get("data", {}) for output in cell["outputs"]):
            assert shown(cell) == shown(was), was["id"]
            assert drawings(cell) == drawings(was), was["id"]
