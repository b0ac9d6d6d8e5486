"""What the browser tests do to a page of JupyterLab again and again: open, run, ask the kernel, change the theme."""

from __future__ import annotations

import os
import re
from pathlib import Path

_KERNEL = """
  const within = (seconds, promise, what) => Promise.race([
    promise,
    new Promise((_, fail) => setTimeout(() => fail(new Error(`${what} took more than ${seconds} s`)), seconds * 1000)),
  ]);
  const panel = window.jupyterapp.shell.currentWidget;
  await within(60, panel.context.ready, 'opening the notebook');
  await within(60, panel.sessionContext.ready, 'starting the kernel');
  const kernel = panel.sessionContext.session.kernel;
  for (let tries = 1; ; tries += 1) {  // a kernel that is busy starting may lose the first question
    try {
      await within(20, tries === 1 ? kernel.info : kernel.requestKernelInfo(), 'an answer of the kernel');
      break;
    } catch (error) {
      if (tries === 3) throw error;
      await within(20, kernel.reconnect(), 'connecting to the kernel');
    }
  }
"""
_RUN_ALL = f"""async () => {{
  {_KERNEL}
  // JupyterLab stops waiting at the first error, also where one is meant
  await within(120, window.jupyterapp.commands.execute('notebook:run-all-cells'), 'running all cells');
}}"""
_ALL_RAN = """() => window.jupyterapp.shell.currentWidget.content.widgets
  .every(cell => cell.model.type !== 'code' || cell.model.sharedModel.execution_count !== null
    && cell.node.querySelector('.jp-InputPrompt').textContent !== '[*]:')"""
_ASK = f"""async code => {{
  {_KERNEL}
  const asked = kernel.requestExecute({{code, store_history: false}});
  let said = '';
  asked.onIOPub = message => {{
    if (message.header.msg_type === 'stream') said += message.content.text;
    if (message.header.msg_type === 'error') said += message.content.ename + ': ' + message.content.evalue;
  }};
  await within(120, asked.done, 'a question to the kernel');
  return said;
}}"""


WHITE = """box => [...box.querySelectorAll('*')].filter(one => {
  const [r, g, b, a] = (getComputedStyle(one).backgroundColor.match(/[\\d.]+/g) || []).map(Number);
  const {width, height} = one.getBoundingClientRect();
  return !one.closest('.slider') && width * height > 2000 && r > 200 && g > 200 && b > 200 && a !== 0;
}).map(one => one.className)"""
"""Returns, of a box on a dark page, what in it has a bright ground, but for the track of a slider."""


def open_notebook(context, lab, name: str):
    """Return a page on which JupyterLab shows a notebook of its folder, not trusted, and nothing run."""
    page = context.new_page()
    page.goto(f"{lab.url}/lab/tree/{name}?reset")
    page.wait_for_function("() => window.jupyterapp?.shell?.currentWidget?.context")
    page.evaluate("async () => { await window.jupyterapp.shell.currentWidget.context.ready; }")
    return page


def run_all(page) -> None:
    """Run all cells, as the menu does, and wait until the kernel has done them."""
    page.evaluate(_RUN_ALL)
    ask_kernel(page, "pass")
    page.wait_for_function(_ALL_RAN, timeout=10_000)


def ask_kernel(page, code: str) -> str:
    """Return what `code` prints in the kernel of the page; the reader's cells do not see that it was asked."""
    return page.evaluate(_ASK, code)


def change_theme(page, name: str) -> None:
    """Change to a theme of JupyterLab, and wait until it is there."""
    page.evaluate("name => window.jupyterapp.commands.execute('apputils:change-theme', {theme: name})", name)
    light = "true" if name.endswith("Light") else "false"
    page.wait_for_selector(f'body[data-jp-theme-light="{light}"]', state="attached")


def photograph(page, name: str) -> None:
    """Write the whole notebook as pictures, one a screen, to the folder K8SNOTES_SCREENSHOTS; without it, nothing."""
    folder = os.environ.get("K8SNOTES_SCREENSHOTS")
    if not folder:
        return
    Path(folder).mkdir(parents=True, exist_ok=True)
    scrolls = page.locator(".jp-WindowedPanel-outer").first
    page.set_viewport_size({"width": 1280, "height": 1800})
    step = scrolls.evaluate("box => { box.scrollTop = 0; return box.clientHeight; }")
    for number in range(scrolls.evaluate("box => Math.ceil(box.scrollHeight / box.clientHeight)")):
        scrolls.evaluate("(box, top) => { box.scrollTop = top; }", number * step)
        page.wait_for_timeout(60)
        page.screenshot(path=Path(folder) / f"{re.sub(r'[^a-z0-9-]+', '-', name.lower())}-{number:02}.png")
