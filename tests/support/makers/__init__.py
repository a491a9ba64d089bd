"""Programs that make model files with TensorFlow, each in a process of its own, where its Keras is settled."""
