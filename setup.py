"""What the package needs, each bound with its reason."""

import pathlib

import setuptools

HERE = pathlib.Path(__file__).parent

setuptools.setup(
    name="bert-keras",
    version="0.1.0",
    description="Fine-tune the BERT encoders of TensorFlow Hub in Keras 3, and take them to production.",
    long_description=(HERE / "README.md").read_text(encoding="utf-8"),
    long_description_content_type="text/markdown",
    license="Apache-2.0",
    packages=setuptools.find_packages(include=["bert_keras", "bert_keras.*"]),
    package_data={
        "bert_keras.hub": ["hub_handles.json"],
        "bert_keras.inspection.trying": ["page.css", "page.js"],
        "bert_keras.text": ["unicode_tables.npz"],
        "bert_keras.data.samples": ["*.tsv", "*.csv", "*.json", "*.conll", "*.md"],
    },
    python_requires=">=3.10,<3.15",
    install_requires=[
        "tensorflow>=2.20,<2.23",  # what adopts a SavedModel's variables was tried on all three
        # a few private names of Keras are used: docs/architecture.md, decision 2; what is left out has known holes
        "keras>=3.12.1,!=3.13.0,!=3.13.1,<3.16",
        # TF-Hub's preprocessing models and learning vocabularies, where it has wheels; 2.21.0 cannot be imported
        "tensorflow-text>=2.20.1,!=2.21.0,<2.23; sys_platform != 'win32' and python_version < '3.14'",
        "tensorboard>=2.20,<2.23",  # for the logs; TensorFlow 2.21 no longer brings it
        "tensorflow-hub>=0.16.1",
        "setuptools<82",  # tensorflow-hub imports pkg_resources
        "tensorflow-datasets>=4.9.8",
        "importlib_resources",  # tensorflow-datasets needs it and does not declare it
        "numpy>=1.26",
        "pyarrow>=15",  # Parquet; tensorflow-datasets brings it too
        "safetensors>=0.4",
        "scipy>=1.11",
        "typer>=0.12",
        "rich>=13",
    ],
    extras_require={
        "huggingface": ["huggingface_hub>=0.23"],  # downloads of hf://owner/name
        "test": [
            # the reference of ids and encoders; it pins TensorFlow 2.20
            "tf-models-official>=2.20,<2.21; sys_platform != 'win32' and python_version < '3.13'",
            "pytest>=8",
            "pytest-xdist>=3.6",
            "hypothesis>=6",
            "ruff>=0.12",
            "psutil",
            "scikit-learn>=1.4",  # this and the next: references of the metrics
            "seqeval>=1.2.2",
            "pandas",  # this and the next two: objects that bk.load_files takes
            "polars",
            "datasets",
            "openpyxl",  # this and the next: spreadsheets
            "odfpy",
            "nbclient>=0.10",  # this and the next three run the notebooks
            "nbformat>=5.10",
            "ipykernel>=6.29",
            "matplotlib>=3.8",
            "onnx>=1.16",  # this and the next three: exports for other programs
            "onnxruntime>=1.18",
            "tokenizers>=0.20",
            "sentencepiece>=0.2",  # models of the tests
            "ai-edge-litert>=1.0",
            "uvicorn>=0.30",  # the tests of bk.serve, which are skipped without it
            "optuna>=4.1",  # the tests of bk.search, which are skipped without it
            "jax>=0.10; python_version >= '3.11'",  # the tests of the JAX backend, which are skipped without it
        ],
        "jax": ["jax>=0.10; python_version >= '3.11'"],  # one model over several devices; 0.10.2 is what was tried
        "litert": ["ai-edge-litert>=1.0"],  # runs what bk.export(…, to="litert") writes, and scores it
        "modelgarden": ["tf-models-official>=2.20,<2.21"],
        "onnx": ["onnx>=1.16", "onnxruntime>=1.18", "tokenizers>=0.20"],  # bk.export(…, to="onnx")
        "examples": [
            "mlflow-skinny>=3",
            "sqlalchemy",
            "alembic",
            "wandb>=0.20",
            "gradio>=5",
        ],  # what examples/ shows; no part of the library
        "search": ["optuna>=4.1"],  # bk.search; 5.0.0 was tried
        "plot": ["matplotlib>=3.8"],  # bk.plot
        "beam": ["apache-beam>=2.77,<3"],  # bert_keras.beam; it lowers protobuf and pyarrow, so `test` is without it
        "tokenizers": ["tokenizers>=0.20"],  # tokenizer.json of byte-level BPE and Unigram: RoBERTa, XLM-R
        "serve": ["uvicorn>=0.30"],  # bk.serve; with it come h11 and click, and nothing else
        "notebook": ["jupyter", "matplotlib>=3.8"],
        "docs": ["mkdocs>=1.6,<2", "mkdocs-material>=9.6", "mkdocstrings[python]>=0.29"],  # make docs
    },
    entry_points={"console_scripts": ["bert-keras=bert_keras.cli:main"]},
)
