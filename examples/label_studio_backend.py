"""A tuned classifier that suggests labels in Label Studio: its backend of machine learning, in the standard library.

    python examples/label_studio_backend.py [--small] [--model DIR]

Give Label Studio the address under Settings, Model. The project's labelling has Choices over a Text, whose values are
the names of the model's classes. Without --model one is tuned: 128 review sentences that come with the library, 56 to
choose the epoch. With --small the backend is asked once, as Label Studio's documents say that it asks, and the program
ends.
It was not tried with Label Studio itself.
On 2 CPU cores, many other programs beside: trained in 3 min; accuracy 0.804 on the 56.
"""

import argparse
import http.server
import json
import os
import threading
import urllib.request
import xml.etree.ElementTree
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import bert_keras as bk

VERSION = "bert_keras"
LABELLING = """<View><Text name="review" value="$text"/>
<Choices name="tone" toName="review"><Choice value="negative"/><Choice value="positive"/></Choices></View>"""


def suggestions(predictor: bk.TextPredictor, request: dict[str, Any]) -> list[dict[str, Any]]:
    """What Label Studio takes for a request's tasks: for each a result with the class of its text."""
    view = xml.etree.ElementTree.fromstring(request["label_config"])
    choices = view.find(".//Choices")
    text = next(one for one in view.iter("Text") if one.get("name") == choices.get("toName"))
    column = text.get("value").removeprefix("$")
    answers = predictor([str(task["data"][column]) for task in request["tasks"]])
    names = {"from_name": choices.get("name"), "to_name": text.get("name"), "type": "choices"}
    return [
        {
            "result": [{**names, "value": {"choices": [answer.label]}, "score": float(answer.score)}]
            if answer.label is not None
            else [],
            "score": float(answer.score),
            "model_version": VERSION,
        }
        for answer in answers
    ]


def server(predictor: bk.TextPredictor, port: int) -> http.server.HTTPServer:
    """One request at a time, for this machine alone."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer(200, {"status": "UP", "model_class": VERSION})  # "/" and "/health"

        def do_POST(self) -> None:
            sent = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            if self.path == "/predict":
                try:
                    self._answer(200, {"results": suggestions(predictor, json.loads(sent))})
                except (ValueError, KeyError, AttributeError, StopIteration, SyntaxError) as error:
                    self._answer(400, {"error": f"{type(error).__name__}: {error}"})
            elif self.path == "/setup":
                self._answer(200, {"model_version": VERSION})
            else:  # "/webhook", which tells of what has been labelled
                self._answer(200, {})

        def _answer(self, status: int, content: dict[str, Any]) -> None:
            body = json.dumps(content).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    return http.server.HTTPServer(("127.0.0.1", port), Handler)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", help="the model folder of a classifier")
    parser.add_argument("--encoder", default="sample")
    parser.add_argument("--port", type=int, default=9090)
    parser.add_argument("--small", action="store_true", help="one epoch of 32 sentences, and one question")
    arguments = parser.parse_args()

    folder = arguments.model or "runs/suggestions"
    if arguments.model is None:
        task = bk.load_task("samples/reviews", seq_length=64, limit=32 if arguments.small else 128)
        recipe = bk.Recipe(epochs=1 if arguments.small else 3, batch_size=16, learning_rate=1e-4)
        bk.finetune(task, arguments.encoder, folder, recipe=recipe, overwrite=True)
    backend = server(bk.load(folder), 0 if arguments.small else arguments.port)
    print(f"the backend is at http://127.0.0.1:{backend.server_port}")
    if not arguments.small:
        backend.serve_forever()
        return
    threading.Thread(target=backend.serve_forever, daemon=True).start()
    asked = {"tasks": [{"id": 1, "data": {"text": "The zip broke on the second day."}}], "label_config": LABELLING}
    address = f"http://127.0.0.1:{backend.server_port}/predict"
    request = urllib.request.Request(address, json.dumps(asked).encode(), {"Content-Type": "application/json"})
    with urllib.request.urlopen(request) as answer:
        [suggested] = json.load(answer)["results"]
    print(f"it suggests {suggested['result'][0]['value']['choices'][0]} for review")
    backend.shutdown()


if __name__ == "__main__":
    main()
