// Starts Python as the edition does, up to a first picture, and compiles every module that was needed for it:
//   node compile.mjs PYODIDE FOLDER PACKAGE...
// FOLDER then has each module below the path that it has in the browser.
import { pathToFileURL } from "node:url";

const [, , pyodide, folder, ...packages] = process.argv;
const { loadPyodide } = await import(pathToFileURL(`${pyodide}/pyodide.mjs`).href);
const python = await loadPyodide({ indexURL: `${pyodide}/` });
await python.loadPackage(packages, { messageCallback() {} });
python.mountNodeFS("/compiled", folder);
try {
  python.runPython(`
import importlib.util
import marshal
import sys
from pathlib import Path

said = sys.stdout, sys.stderr
import piplite.piplite
import pyodide_kernel  # the kernel, which puts its own in their place
sys.stdout, sys.stderr = said

import k8snotes.browser
import k8snotes as kn

kn.load("guestbook").service_map().svg

for module in list(sys.modules.values()):
    spec = getattr(module, "__spec__", None)
    if spec is None or not str(spec.origin).endswith(".py"):
        continue
    source = spec.loader.get_source(spec.name)
    code = compile(source, spec.origin, "exec", dont_inherit=True)
    # after the magic number: unchecked-hash, so that no source is asked for (PEP 552)
    text = importlib.util.MAGIC_NUMBER + (0b01).to_bytes(4, "little") + bytes(8) + marshal.dumps(code)
    path = Path("/compiled") / spec.origin.removeprefix("/")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.with_suffix(".pyc").write_bytes(text)
`);
} catch (error) {
  console.error(error.message);
  process.exit(1);
}
process.exit(0);
