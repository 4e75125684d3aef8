"""Prepared TFDS data sets: finding them in a folder, and having TFDS download them, with errors that say what to do."""

import re
import socket
import urllib.parse
import urllib.request

import tensorflow_datasets as tfds


def prepared_folder(config_folder: tfds.core.Path) -> tfds.core.Path | None:
    """The newest version's folder of a prepared TFDS data set, in e.g. `DATA/glue/mrpc`; None where there is none."""
    if not config_folder.is_dir():
        return None
    versions = [
        folder
        for folder in config_folder.iterdir()
        if re.fullmatch(r"\d+\.\d+\.\d+", folder.name) and (folder / "dataset_info.json").is_file()
    ]
    return max(versions, key=lambda folder: [int(part) for part in folder.name.split(".")], default=None)


def own_builder(name: str, url: str, instead: str) -> tfds.core.DatasetBuilder:
    """The builder of TFDS's own data folder, its data set downloaded and prepared.

    Args:
        name: TFDS's name with the configuration, such as "glue/mrpc".
        url: where TFDS downloads from, if the builder's configuration does not say.
        instead: what else the caller's `data_dir` may be, for the advice without a network.

    Raises:
        ConnectionError: the download failed; the message says what to do without a network.
    """
    builder = tfds.builder(name)
    if builder.is_prepared():
        return builder
    advice = (
        f"TFDS downloads '{name}' into {builder.data_dir}, where it is not yet. Without a network, pass data_dir "
        f"(--data-dir): {instead}."
    )
    _check_network(getattr(builder.builder_config, "data_url", None) or url, advice)
    try:
        builder.download_and_prepare()
    except (OSError, tfds.download.DownloadError) as error:  # requests' errors are OSErrors
        raise ConnectionError(
            f"TFDS must be able to download and prepare '{name}'. Received: {type(error).__name__}: {error}. {advice}"
        ) from error
    return builder


def check_split(split: str, info: tfds.core.DatasetInfo, source: str) -> None:
    """Raises ValueError unless the prepared data set holds rows of the split."""
    if split not in info.splits or not info.splits[split].num_examples:
        raise ValueError(f"{source} must hold rows of that split. It has: {', '.join(info.splits)}.")


def check_features(names: tuple[str, ...], info: tfds.core.DatasetInfo, source: str) -> None:
    """Raises ValueError unless the prepared data set has each of the named features."""
    for name in names:
        if name not in info.features:
            features = ", ".join(f"'{feature}'" for feature in info.features)
            raise ValueError(f"{source} must have the feature '{name}'. Found: {features}.")


def _check_network(url: str, advice: str) -> None:
    """Fails at once where no name can be looked up; TFDS tries for over three minutes before it gives up."""
    if urllib.request.getproxies():
        return  # the proxy looks names up
    host = urllib.parse.urlsplit(url).hostname
    try:
        socket.getaddrinfo(host, 443)
    except OSError as error:
        raise ConnectionError(f"{host} must be reachable. Received: {error}. {advice}") from error
