"""`has_text_operations`: whether TensorFlow knows the operations of TF-Hub's preprocessing models."""


def has_text_operations() -> bool:
    """Registers them, which tensorflow-text brings; False where that is not installed."""
    try:
        import tensorflow_text  # noqa: F401
    except ImportError:
        return False
    return True
