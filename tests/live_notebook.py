"""Runs the notebook about a live cluster against the API server of the tests, and writes its outputs.

    python tests/live_notebook.py

The server holds the guestbook. Its user may read everything but the Namespace vault. As soon as somebody follows it, the
Pod client fails and is deleted.
"""

from __future__ import annotations

import copy
import os
import sys
import threading
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest.mock import patch

import nbformat
from nbclient import NotebookClient

sys.path.insert(0, str(Path(__file__).parent))
from api_server import ApiServer, Shop
from execute_notebooks import clean

import k8snotes as kn

NOTEBOOK = Path(__file__).parent / "notebooks" / "live.ipynb"
VALUE = "aHVudGVyMi1pcy1ub2JvZHktcy1idXNpbmVzcw=="

EXTRA = """
apiVersion: v1
kind: Namespace
metadata: {name: vault}
---
apiVersion: v1
kind: Secret
metadata: {name: database}
type: Opaque
data: {password: VALUE, user: VALUE}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: kube-proxy, namespace: kube-system}
data: {config.conf: "kind: KubeProxyConfiguration\\nmode: nftables\\n"}
"""


def shop() -> Shop:
    """Return what the server holds."""
    cluster = kn.load("guestbook")
    cluster.apply(EXTRA.replace("VALUE", VALUE))
    cluster.settle()
    store = cluster.api.store
    made = Shop(obj.raw for resource in store.resources() for obj in store.list(resource))
    for name in ("kube-proxy", "calico-node"):
        labels = {"k8s-app": name}
        spec = {"selector": {"matchLabels": labels}, "template": {"metadata": {"labels": labels}, "spec": {}}}
        metadata = {"name": name, "namespace": "kube-system"}
        made.put({"apiVersion": "apps/v1", "kind": "DaemonSet", "metadata": metadata, "spec": spec})
    inside = {kind.qualified for kind in made.kinds.values() if kind.namespaced}
    made.forbidden = lambda resource, space: resource in inside and space in ("", "vault")
    return made


def _fail(made: Shop) -> None:
    made.until_watched(seconds=120)
    pod = copy.deepcopy(made.objects["pods", "default", "client"])
    pod["status"]["phase"] = "Failed"
    pod["status"]["reason"] = "Evicted"
    made.put(pod)
    made.remove("pods", "default", "client")


@contextmanager
def running():
    """Run the server, with a kubeconfig that kn.connect finds, and give what it holds."""
    made = shop()
    with ApiServer(made) as server, TemporaryDirectory() as folder:
        path = server.write(Path(folder) / "config")
        with patch.dict(os.environ, {"KUBECONFIG": str(path), "K8SNOTES_PROGRESS": "off"}):
            threading.Thread(target=_fail, args=(made,), daemon=True).start()
            yield made


def execute():
    """Return the notebook with fresh outputs, and the requests that the server has seen."""
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    with running() as made:
        folder = {"metadata": {"path": str(NOTEBOOK.parent)}}
        NotebookClient(notebook, timeout=120, resources=folder).execute()
        return clean(notebook), made.asked


if __name__ == "__main__":
    nbformat.write(execute()[0], NOTEBOOK)
