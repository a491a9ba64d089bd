"""The options of a conversion, which `convert` and `deploy` share: collected into `choices`, `trust` and `limits`."""

import functools
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from edgeopt.cli import _options

_OPTIONS = (
    click.option("--activations", type=click.Choice(["int8", "int16"]), default="int8", help="Type between layers."),
    click.option("--weights", type=click.Choice(["int8", "int4"]), default="int8", help="Type of the weights."),
    click.option("--per-tensor", is_flag=True, help="One scale for all channels of a layer's weights."),
    click.option("--keep-float", "float_layers", multiple=True, metavar="LAYER", help="A layer that stays in float."),
    click.option(
        "--mixed",
        type=click.Choice(["none", "auto"]),
        default="none",
        help="auto: lift the layers that integers hurt most until --max-accuracy-drop holds.",
    ),
    click.option("--method", default="auto", metavar="METHOD", help="Of calibration; auto compares all on the data."),
    click.option(
        "--max-accuracy-drop",
        type=click.FloatRange(0, 100),
        metavar="POINTS",
        help="Write nothing if more points of accuracy are lost than that.",
    ),
    click.option("--trust-model", is_flag=True, help="Run code that is in the model file, e.g. Lambda layers."),
    click.option(
        "--custom-objects",
        type=_options.existing(False),
        multiple=True,
        metavar="FILE.py",
        help="A Python file that defines the model's custom layers; it is run.",
    ),
    click.option(
        "--worker-timeout", type=click.FloatRange(1), default=900.0, metavar="SECONDS", help="A step of the conversion."
    ),
    click.option(
        "--worker-memory", type=click.FloatRange(0.5), default=8.0, metavar="GB", help="What the conversion may take."
    ),
)


def conversion_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Decorator of a verb: adds the options, and gives the function `choices`, `trust` and `limits`."""

    @functools.wraps(command)
    def collected(
        *args: Any,
        activations: str,
        weights: str,
        per_tensor: bool,
        float_layers: tuple[str, ...],
        mixed: str,
        method: str,
        max_accuracy_drop: float | None,
        trust_model: bool,
        custom_objects: tuple[Path, ...],
        worker_timeout: float,
        worker_memory: float,
        **kwargs: Any,
    ) -> Any:
        from edgeopt.convert.choices import Choices, Limits, Trust

        choices = Choices(activations, weights, per_tensor, float_layers, mixed, method, max_accuracy_drop)
        trust = Trust(trust_model, custom_objects)
        limits = Limits(worker_timeout, round(worker_memory * 1e9))
        return command(*args, choices=choices, trust=trust, limits=limits, **kwargs)

    for option in reversed(_OPTIONS):
        collected = option(collected)
    return collected
