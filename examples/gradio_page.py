"""A tuned model behind a page of Gradio: a text in, the classes with their probabilities out.

    python examples/gradio_page.py [--small] [--model DIR]        # needs gradio

Without --model one is tuned: 128 review sentences that come with the library, 56 to choose the epoch. With --small the
page is asked once, as a browser would, and the program ends.
On 2 CPU cores, many other programs beside: trained in 3 min; accuracy 0.804 on the 56.
"""

import argparse
import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import gradio

import bert_keras as bk


def page(predictor: bk.TextPredictor) -> gradio.Interface:
    def classify(text: str) -> dict[str, float]:
        return predictor(text).probabilities

    answer = gradio.Label(label="Classes")
    return gradio.Interface(classify, gradio.Textbox(label="Text"), answer, flagging_mode="never", api_name="classify")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", help="the model folder of a classifier")
    parser.add_argument("--encoder", default="sample")
    parser.add_argument("--port", type=int, default=7860)
    parser.add_argument("--small", action="store_true", help="one epoch of 32 sentences, and one question")
    arguments = parser.parse_args()

    folder = arguments.model or "runs/page"
    if arguments.model is None:
        task = bk.load_task("samples/reviews", seq_length=64, limit=32 if arguments.small else 128)
        recipe = bk.Recipe(epochs=1 if arguments.small else 3, batch_size=16, learning_rate=1e-4)
        bk.finetune(task, arguments.encoder, folder, recipe=recipe, overwrite=True)
    shown = page(bk.load(folder))
    if not arguments.small:
        shown.launch(server_port=arguments.port)
        return
    _, address, _ = shown.launch(prevent_thread_lock=True, quiet=True)
    try:
        from gradio_client import Client

        answer = Client(address, verbose=False).predict("The zip broke on the second day.", api_name="/classify")
        print(f"{address} says {answer['label']} of it")
    finally:
        shown.close()


if __name__ == "__main__":
    main()
