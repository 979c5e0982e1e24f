"""The command line: a group of the commands in `microlift.commands`."""

import click

from microlift.commands.aa import aa
from microlift.commands.calibrate import calibrate
from microlift.commands.diff import diff
from microlift.commands.doctor import doctor
from microlift.commands.erase import erase
from microlift.commands.explain import explain
from microlift.commands.init import init
from microlift.commands.link import link
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

# What each command is for, in words that fit a line.
SECTIONS = {
    "Start": {
        init: "write a dbt project for your own data",
        link: "tie a dbt project to the installed microlift",
        doctor: "is everything in place, and what to do where it is not",
        simulate: "write the demo's raw files to landing/",
    },
    "Every day": {
        refresh: "for a scheduler: build, check, publish, report, alert",
        verdicts: "read what was decided",
        report: "write the results as a static site",
        publish: "hand the public tables to readers, whole and checked",
        erase: "forget a person, everywhere",
    },
    "Before an experiment": {
        plan: "how many units a test needs",
        prelaunch: "do the events of experiments about to start arrive",
        taxonomy: "write what events must look like, as JSON Schema",
    },
    "Behind a result": {
        explain: "from a result down to its units, as SQL to run",
        diff: "which results moved between two builds, and why",
        aa: "draw past assignments again: the error rates you really have",
        segments: "export who is in which segment",
    },
    "Methods and tables": {
        calibrate: "measure coverage and error rates of the methods",
        reference: "write the reference of the public tables",
    },
}


class Sections(click.Group):
    """A group that lists its commands by what they are for."""

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        for title, commands in SECTIONS.items():
            with formatter.section(title):
                formatter.write_dl([(command.name or "", words) for command, words in commands.items()])


@click.group(cls=Sections, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="microlift")
def main() -> None:
    """Analytics for micro-behaviour experiments, in your warehouse.

    \b
    A project of your own, with events to try it:
      microlift init shop --example && cd shop
      dbt build
      microlift verdicts

    Every command has examples: microlift COMMAND -h
    """


for command in (command for commands in SECTIONS.values() for command in commands):
    main.add_command(command)
