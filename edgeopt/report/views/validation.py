"""How a validation is shown: are the device's bytes the oracle's."""

from rich.console import RenderableType
from rich.text import Text

from edgeopt.errors import EdgeoptError, OutputsDiffer
from edgeopt.report.proof import Agreement, Validation
from edgeopt.report.text import pairs, section
from edgeopt.report.view import view


def validation_error(validation: Validation) -> EdgeoptError | None:
    if validation.identical == validation.samples:
        return None
    differ = validation.samples - validation.identical
    where = f"; first at {validation.first_difference}" if validation.first_difference else ""
    return OutputsDiffer(
        f"the outputs of {differ:,} of {validation.samples:,} samples differ from {validation.oracle}{where}",
        "this is a fault of edgeopt or of the board: report it with the model and manifest.json",
    )


def outputs_line(validation: Validation) -> Text:
    """The proof in one line, or the lack of it."""
    counts = f"{validation.identical:,} of {validation.samples:,} samples equal {validation.oracle} byte for byte"
    if validation.identical == validation.samples:
        return Text(f"bit-exact: {counts}", style="green")
    worst = f"; they differ by up to {validation.max_abs_diff}"
    first = f", first at {validation.first_difference}" if validation.first_difference else ""
    return Text(f"only {counts}{worst}{first}", style="red")


def correctness(validation: Validation) -> list[tuple[str, Text]]:
    """The proof, and beside it what another runtime says."""
    rows = [("outputs", outputs_line(validation))]
    if validation.agreement is not None:
        rows.append(("agreement", Text(agreement_line(validation.agreement))))
    return rows


def agreement_line(found: Agreement) -> str:
    values = f"values within {found.max_abs_diff:.2g} of the {found.runtime}'s"
    if found.same_class is None:
        return values
    return f"arg-max equal for {found.same_class:,} of {found.samples:,} samples, {values}"


@view(Validation, "edgeopt.validation/1", validation_error)
def validation_text(validation: Validation) -> RenderableType:
    return section(f"Validation on {validation.target}", pairs(correctness(validation)))
