"""Debian's Firefox, led by WebDriver BiDi: the protocol that it speaks itself, with no driver beside it.

Source of the rule: https://w3c.github.io/webdriver-bidi/
"""

from __future__ import annotations

import itertools
import json
import re
import subprocess
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from websocket import create_connection

_LISTENS = re.compile(r"WebDriver BiDi listening on (ws://\S+)")
# nothing but this machine can be reached: everything else would go through a proxy that is not there
_SETTINGS = {
    "app.update.enabled": False,
    "browser.shell.checkDefaultBrowser": False,
    "datareporting.policy.dataSubmissionEnabled": False,
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
    "network.proxy.type": 1,
    "network.proxy.http": "127.0.0.1",
    "network.proxy.http_port": 9,
    "network.proxy.ssl": "127.0.0.1",
    "network.proxy.ssl_port": 9,
    "network.proxy.no_proxies_on": "127.0.0.1, localhost",
}


class FirefoxError(Exception):
    """A page has thrown something, or a command was refused."""


class Page:
    """The one page of a Firefox that was started; `asked` are the addresses that it asked for."""

    def __init__(self, address: str) -> None:
        self.asked: list[str] = []
        self._socket = create_connection(f"{address}/session", suppress_origin=True, timeout=300)
        self._numbers = itertools.count(1)
        self._command("session.new", capabilities={})
        self._command("session.subscribe", events=["network.beforeRequestSent"])
        self._context = self._command("browsingContext.getTree")["contexts"][0]["context"]

    def _command(self, method: str, **params: Any) -> Any:
        number = next(self._numbers)
        self._socket.send(json.dumps({"id": number, "method": method, "params": params}))
        while True:
            answer = json.loads(self._socket.recv())
            if answer.get("method") == "network.beforeRequestSent":
                self.asked.append(answer["params"]["request"]["url"])
            if answer.get("id") == number:
                if answer["type"] == "error":
                    raise FirefoxError(f"{method}: {answer['message']}")
                return answer["result"]

    def goto(self, address: str) -> None:
        """Open an address."""
        self._command("browsingContext.navigate", context=self._context, url=address, wait="none")

    def evaluate(self, code: str) -> Any:
        """Return what an expression of JavaScript is, or what its promise brings."""
        whole = f"(async () => JSON.stringify(await ({code}) ?? null))()"
        target = {"context": self._context}
        answer = self._command("script.evaluate", expression=whole, target=target, awaitPromise=True)
        if answer["type"] != "success":
            raise FirefoxError(answer["exceptionDetails"]["text"])
        return json.loads(answer["result"]["value"])

    def wait_for(self, code: str, seconds: float) -> None:
        """Wait until an expression is true."""
        end = time.monotonic() + seconds
        while not self.evaluate(code):
            if time.monotonic() > end:
                raise FirefoxError(f"not true after {seconds:.0f} s: {code}")
            time.sleep(0.5)


@contextmanager
def firefox(program: str, profile: Path) -> Iterator[Page]:
    """Start a Firefox with a new profile and no window, and stop it at the end.

    Args:
        program: its path.
        profile: an empty folder.
    """
    lines = [f"user_pref({json.dumps(name)}, {json.dumps(value)});" for name, value in _SETTINGS.items()]
    (profile / "user.js").write_text("\n".join(lines), encoding="utf-8")
    words = ["--headless", "--no-remote", "--profile", str(profile), "--remote-debugging-port", "0"]
    started = subprocess.Popen([program, *words, "about:blank"], stderr=subprocess.PIPE, text=True)
    try:
        yield Page(_address(started.stderr))
    finally:
        started.kill()
        started.wait()


def _address(said: Any) -> str:
    """Return where a Firefox listens, which it says on stderr; what it says later is read and forgotten."""
    heard: Sequence[str] = []
    for line in said:
        heard = [*heard, line]
        if found := _LISTENS.search(line):
            threading.Thread(target=said.read, daemon=True).start()
            return found[1]
    raise FirefoxError("".join(heard))
