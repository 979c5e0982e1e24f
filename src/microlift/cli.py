"""The command line: a group of the commands in `microlift.commands`."""

import click

from microlift.commands.aa import aa
from microlift.commands.calibrate import calibrate
from microlift.commands.diff import diff
from microlift.commands.doctor import doctor
from microlift.commands.explain import explain
from microlift.commands.plan import plan
from microlift.commands.prelaunch import prelaunch
from microlift.commands.publish import publish
from microlift.commands.reference import reference
from microlift.commands.refresh import refresh
from microlift.commands.report import report
from microlift.commands.segments import segments
from microlift.commands.simulate import simulate
from microlift.commands.taxonomy import taxonomy
from microlift.commands.verdicts import verdicts


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="microlift")
def main() -> None:
    """Analytics for micro-behaviour experiments, in your warehouse.

    \b
    microlift simulate          write the demo's raw files to landing/
    dbt build                   turn them into result tables
    microlift verdicts          read what was decided
    microlift prelaunch         see that the events of experiments about to start arrive
    microlift taxonomy          write what events must look like, as JSON Schema
    microlift segments          export who is in which segment
    microlift publish           hand the public tables to readers, whole and checked
    microlift refresh           all of it for a scheduler: build, check, publish, report, alert
    microlift explain           from a result down to its units, as SQL to run
    microlift diff              which results moved between two builds, and why
    microlift doctor            is everything in place, and what to do where it is not
    microlift report            write the results as a static site
    microlift reference         write the reference of the public tables
    microlift plan              how many units a test needs
    microlift aa                draw past assignments again: the error rates that you really have
    microlift calibrate         measure coverage and error rates of the methods
    """


main.add_command(simulate)
main.add_command(verdicts)
main.add_command(prelaunch)
main.add_command(taxonomy)
main.add_command(segments)
main.add_command(publish)
main.add_command(refresh)
main.add_command(explain)
main.add_command(diff)
main.add_command(doctor)
main.add_command(report)
main.add_command(reference)
main.add_command(plan)
main.add_command(calibrate)
main.add_command(aa)
