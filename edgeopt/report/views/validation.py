"""How a validation is shown: are the device's bytes the oracle's, if not by which layer, and how accurate is it."""

from rich.console import RenderableType
from rich.text import Text

from edgeopt.errors import DeviceError, EdgeoptError, OutputsDiffer
from edgeopt.report.proof import Accuracy, Agreement, Validation
from edgeopt.report.text import number, pairs, percent, section
from edgeopt.report.view import view


def validation_error(validation: Validation) -> EdgeoptError | None:
    if validation.identical < validation.samples:
        differ = validation.samples - validation.identical
        where = f"; first at {validation.first_difference}" if validation.first_difference else ""
        return OutputsDiffer(
            f"the outputs of {differ:,} of {validation.samples:,} samples differ from {validation.oracle}{where}",
            _hint(validation),
        )
    if validation.partial:
        return DeviceError(
            f"only {validation.samples:,} of {validation.given:,} samples were compared: {validation.partial}",
            "what was compared is above and right; mend the link and run it again",
        )
    return None


def _hint(validation: Validation) -> str:
    """What to do, as far as it is known what is wrong."""
    layer = None if validation.diagnosis is None else validation.diagnosis.layer
    if layer is None:
        return "this is a fault of edgeopt or of the board: report it with the model and manifest.json"
    place = f"layer {layer.index}" if layer.index is not None else "before the first layer"
    return f"look at {place}, as told above; if nothing was changed by hand, report it with model and manifest.json"


def outputs_line(validation: Validation) -> Text:
    """The proof in one line, or the lack of it."""
    counts = f"{validation.identical:,} of {validation.samples:,} samples equal {validation.oracle} byte for byte"
    if validation.identical == validation.samples:
        return Text(f"bit-exact: {counts}", style="green")
    most = "more than any number" if validation.max_abs_diff is None else validation.max_abs_diff
    worst = f"; they differ by up to {most}"
    first = f", first at {validation.first_difference}" if validation.first_difference else ""
    return Text(f"only {counts}{worst}{first}", style="red")


def correctness(validation: Validation) -> list[tuple[str, Text]]:
    """The proof, what is wrong, and beside it what another runtime says."""
    rows = [("outputs", outputs_line(validation))]
    if validation.diagnosis is not None:
        rows.append(("diagnosis", Text(validation.diagnosis.words, style="red")))
    if validation.partial:
        done = f"{validation.samples:,} of {validation.given:,} samples: {validation.partial}"
        rows.append(("partial", Text(done, style="yellow")))
    if validation.restarts:
        rows.append(("restarts", Text(f"{validation.restarts}, after which the session went on", style="yellow")))
    if validation.agreement is not None:
        rows.append(("agreement", Text(agreement_line(validation.agreement))))
    return rows + accuracy_rows(validation.accuracy)


def accuracy_rows(accuracy: Accuracy | None) -> list[tuple[str, Text]]:
    """The figure, and how far the samples can tell."""
    if accuracy is None:
        return []
    line = interval_line(accuracy)
    return [("accuracy", Text(accuracy_line(accuracy)))] + ([("95 % interval", Text(line))] if line else [])


def accuracy_line(accuracy: Accuracy) -> str:
    """Float, quantized, C and device side by side, and what the figure means."""
    shown = number if accuracy.metric == "relative error" else percent
    known = {
        "float": accuracy.float_model,
        "quantized": accuracy.quantized_model,
        "C": accuracy.c,
        "device": accuracy.device,
    }
    figures = ", ".join(f"{name} {shown(value)}" for name, value in known.items() if value is not None)
    return f"{figures} ({accuracy.metric}, {accuracy.samples:,} samples)"


def interval_line(accuracy: Accuracy) -> str:
    """How far the samples can tell: the device's figure, and what it lost against the float model."""
    parts = []
    for key, unit, factor in (("device", " %", 100), ("loss_points", " points", 1)):
        low, high = accuracy.intervals.get(key, (0.0, None))
        if high is not None:
            what = "device" if key == "device" else "lost against float"
            parts.append(f"{what} {factor * low:.2f} to {factor * high:.2f}{unit}")
    return ", ".join(parts)


def agreement_line(found: Agreement) -> str:
    values = f"values within {found.max_abs_diff:.2g} of the {found.runtime}'s"
    if found.same_class is None:
        return values
    return f"arg-max equal for {found.same_class:,} of {found.samples:,} samples, {values}"


@view(Validation, "edgeopt.validation/1", validation_error)
def validation_text(validation: Validation) -> RenderableType:
    return section(f"Validation on {validation.target}", pairs(correctness(validation)))
