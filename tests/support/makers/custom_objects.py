"""The custom layers and functions of the models that keras_3.py and tf_keras_2.py save, for either Keras."""

import os

if os.environ.get("TF_USE_LEGACY_KERAS") == "1":
    import tf_keras as keras
else:
    import keras


class Halve(keras.layers.Layer):
    """Known by its class name alone."""

    def call(self, x):
        return x * 0.5


@keras.saving.register_keras_serializable("tests")
class Registered(keras.layers.Layer):
    """Known by the name that it is registered under."""

    def call(self, x):
        return x + 1.0


def bump(x):
    """An activation."""
    return x + 0.25
