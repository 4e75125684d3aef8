"""`own_function`: a method as a `tf.function` of its object."""

import functools
from collections.abc import Callable
from typing import Any

import tensorflow as tf


def own_function(method: Callable[..., Any], **options: Any) -> Any:
    """`tf.function(method, **options)`, counted by itself.

    TensorFlow counts the traces of all objects' functions by their code, and warns of retracing where several objects
    of a class trace theirs once each. Around a `functools.partial` each object has its own count.
    """
    return tf.function(functools.partial(method), **options)
