"""`finops-repl doctor`: what holds, what does not, what to do."""

from __future__ import annotations

from typing import Any

import click

from finops_repl.cli.failures import exit_code_of
from finops_repl.cli.options import house_options, json_option, print_json, typed_flags

__all__ = ["doctor"]

EXIT_CODES = """
\b
Exit codes:
  0    usable, be it with warnings
  2    workspace, settings, account or bill
  3    AWS refuses the credentials, or the model does not answer (with --ask-model)
  4    the sandbox: engine, image, limits or a run
  5    a check did not end in its time
The first check that fails decides.
"""


@click.command(epilog=EXIT_CODES)
@house_options
@click.option("--ask-model", is_flag=True, help="Ask the model for one word; that costs tokens.")
@json_option
@click.pass_obj
def doctor(root_flags: dict[str, Any], /, ask_model: bool, as_json: bool, **flags: Any) -> None:
    """Look at everything that a session needs and say what to do about what fails."""
    from finops_repl.assembly.doctor import examine
    from finops_repl.assembly.sandbox_checks import SandboxChecks
    from finops_repl.assembly.setting_checks import SettingChecks
    from finops_repl.faces.doctor import doctor_json, doctor_lines, doctor_verdict

    of_settings = SettingChecks(typed_flags(root_flags, flags), asks_model=ask_model)
    click.get_current_context().call_on_close(of_settings.close)
    of_sandbox = SandboxChecks(of_settings.unproven)
    examined = []
    for result in examine([*of_settings.checks(), *of_sandbox.checks()]):
        examined.append(result)
        if not as_json:
            click.echo(doctor_lines(result))
    if as_json:
        print_json(doctor_json(examined))
    else:
        click.echo(doctor_verdict(examined))
    errors = [result.error for result in examined if result.error is not None]
    raise SystemExit(exit_code_of(errors[0]) if errors else 0)
