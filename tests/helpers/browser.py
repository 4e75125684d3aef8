"""A page in headless Chromium, through its DevTools protocol: what the console says, what scripts find, pictures.

Chromium speaks it over two pipes, so that no port and no package is needed.
"""

import base64
import json
import os
import pathlib
import select
import shutil
import subprocess
import sys
import tempfile
import time

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
# The protocol is spoken over the file descriptors 3 and 4; which ones are free here nobody knows.
_START = """
import fcntl, os, sys
ends = [fcntl.fcntl(int(end), fcntl.F_DUPFD, 10) for end in sys.argv[1:3]]
for end, wanted in zip(ends, (3, 4)):
    os.dup2(end, wanted)
os.execv(sys.argv[3], sys.argv[3:])
"""

# Of each text its contrast with what is below it: WCAG 2.2, 1.4.3. A canvas turns any colour into numbers.
CONTRASTS = """(() => {
  const canvas = document.createElement('canvas').getContext('2d', {willReadFrequently: true});
  const over = (colours) => {
    canvas.clearRect(0, 0, 1, 1);
    for (const colour of colours) { canvas.fillStyle = colour; canvas.fillRect(0, 0, 1, 1); }
    return [...canvas.getImageData(0, 0, 1, 1).data].slice(0, 3);
  };
  const light = (rgb) => {
    const [r, g, b] = rgb.map((v) => v / 255).map((v) => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const found = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const node = walker.currentNode.parentElement, text = walker.currentNode.textContent.trim();
    if (!text || node.closest('title') || node.getClientRects().length === 0) continue;
    const grounds = [];
    for (let up = node; up; up = up.parentElement) grounds.unshift(getComputedStyle(up).backgroundColor);
    const style = getComputedStyle(node), ground = over(grounds);
    const own = over([...grounds, node.closest('svg') ? style.fill : style.color]);
    const [high, low] = [light(ground), light(own)].sort((a, b) => b - a);
    found.push([(high + 0.05) / (low + 0.05), parseFloat(style.fontSize), text.slice(0, 40)]);
  }
  return found;
})()"""


def find():
    """The program, or None; BERT_KERAS_CHROMIUM names another."""
    return os.environ.get("BERT_KERAS_CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)


class Browser:
    """One Chromium; `with Browser() as browser: browser.open(path)`."""

    def __enter__(self):
        self._profile = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        theirs_in, self._out = os.pipe()
        self._in, theirs_out = os.pipe()
        command = [find(), "--headless", "--no-sandbox", "--disable-gpu", "--remote-debugging-pipe"]
        command += ["--no-first-run", "--disable-extensions", "--disable-dev-shm-usage", "--mute-audio"]
        command += [f"--user-data-dir={self._profile.name}", "about:blank"]
        starter = [sys.executable, "-c", _START, str(theirs_in), str(theirs_out), *command]
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "stdin": subprocess.DEVNULL}
        self._process = subprocess.Popen(starter, pass_fds=(theirs_in, theirs_out), **quiet)
        os.close(theirs_in)
        os.close(theirs_out)
        self._number, self._rest, self.events, self._session = 0, b"", [], None
        page = self.call("Target.createTarget", url="about:blank")["targetId"]
        self._session = self.call("Target.attachToTarget", targetId=page, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(f"{domain}.enable")
        return self

    def __exit__(self, *_):
        try:
            self._session = None
            self.call("Browser.close")
            self._process.wait(10)
        except (OSError, RuntimeError, subprocess.TimeoutExpired):
            self._process.kill()
            self._process.wait()
        finally:
            os.close(self._in)
            os.close(self._out)
            self._profile.cleanup()

    def call(self, method, **parameters):
        """The answer of a method of the protocol."""
        self._number += 1
        asked = {"id": self._number, "method": method, "params": parameters}
        if self._session is not None:
            asked["sessionId"] = self._session
        os.write(self._out, json.dumps(asked).encode() + b"\0")
        while True:
            told = self._read(60)
            if told.get("id") == self._number:
                if "error" in told:
                    raise RuntimeError(f"{method}: {told['error']}")
                return told["result"]
            self.events.append(told)

    def open(self, path, width=1280, height=900, dark=False):
        """Loads a file, or an address, in a window of a size, in CSS pixels; forgets what was said before."""
        self.call(
            "Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=width < 600
        )
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.call("Emulation.setEmulatedMedia", features=[scheme])
        self.events = []
        self.call("Page.navigate", url=path if "://" in str(path) else pathlib.Path(path).resolve().as_uri())
        end = time.monotonic() + 60
        while not any(event.get("method") == "Page.loadEventFired" for event in self.events):
            self.events.append(self._read(end - time.monotonic()))

    def run(self, script):
        """What an expression of JavaScript is, as JSON."""
        told = self.call("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in told:
            raise RuntimeError(str(told["exceptionDetails"]))
        return told["result"].get("value")

    def complaints(self):
        """What the console, the log and exceptions say since the page was opened, warnings and errors alone."""
        self.run("0")  # what was said is read with the answer
        said = []
        for event in self.events:
            method, own = event.get("method"), event.get("params", {})
            if method == "Log.entryAdded" and own["entry"]["level"] in ("warning", "error"):
                said.append(own["entry"]["text"])
            elif method == "Runtime.exceptionThrown":
                said.append(str(own["exceptionDetails"]))
            elif method == "Runtime.consoleAPICalled" and own["type"] in ("warning", "error", "assert"):
                said.append(str(own["args"]))
        return said

    def requests(self):
        """The addresses that were asked for since the page was opened, but for data that stand in it."""
        asked = [
            event["params"]["request"]["url"]
            for event in self.events
            if event.get("method") == "Network.requestWillBeSent"
        ]
        return [address for address in asked if not address.startswith("data:")]

    def screenshot(self, path):
        """Writes the whole page as a PNG."""
        size = self.call("Page.getLayoutMetrics")["cssContentSize"]
        clip = {"x": 0, "y": 0, "width": size["width"], "height": size["height"], "scale": 1}
        told = self.call("Page.captureScreenshot", format="png", captureBeyondViewport=True, clip=clip)
        pathlib.Path(path).write_bytes(base64.b64decode(told["data"]))
        return path

    def _read(self, seconds):
        """The next message."""
        while b"\0" not in self._rest:
            ready, _, _ = select.select([self._in], [], [], max(seconds, 0.0))
            more = os.read(self._in, 1 << 20) if ready else b""
            if not more:
                raise RuntimeError("Chromium says nothing more")
            self._rest += more
        message, _, self._rest = self._rest.partition(b"\0")
        return json.loads(message)
