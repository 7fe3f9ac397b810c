"""Command line for studies: ``python -m model_backend.probing``, with the same code as the page.

python -m model_backend.probing run --dataset places --size 1000
python -m model_backend.probing run --dataset mine.csv --column question=Frage
python -m model_backend.probing run --dataset mine.csv --question "{text} {task}" --separator ";"
python -m model_backend.probing list
python -m model_backend.probing show STUDY
python -m model_backend.probing export STUDY FILE.zip
python -m model_backend.probing import FILE.zip
"""

import argparse
import io
import os
import sys
from collections.abc import Callable
from pathlib import Path

from model_backend.api.door import JobState, JobStatus
from model_backend.api.errors import BackendError
from model_backend.api.maps.sites import PROBE_SITES, Site
from model_backend.api.study_requests import Solver, StudyRequest
from model_backend.api.study_results import ProbeStudy, StudyCard
from model_backend.api.validation import expand_home
from model_backend.local import LocalBackend
from model_backend.models.catalogue import catalogue
from model_backend.probing.atomic_files import write_with
from model_backend.probing.storage.library import default_folder
from model_backend.probing.studies.file_options import add_file_options, choose_dataset
from model_backend.probing.studies.service import LocalStudyService


def read_arguments() -> argparse.Namespace:
    """Parse the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m model_backend.probing",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    help_studies = "folder for studies (default: layerscope/studies among your own data)"
    parser.add_argument("--studies", type=_not_empty, default=None, help=help_studies)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    _add_run(commands.add_parser("run", help="run a study and print its results"))
    commands.add_parser("list", help="list the finished studies").set_defaults(do=_list)
    for name, do, arguments, about in (
        ("show", _show, ("study",), "print the results of a study"),
        ("export", _export, ("study", "file"), "write a study to a zip file"),
        ("import", _import, ("file",), "import a study from a zip file"),
    ):
        command = commands.add_parser(name, help=about)
        command.set_defaults(do=do)
        for argument in arguments:
            command.add_argument(argument)
    return parser.parse_args()


def _not_empty(text: str) -> str:
    """Any value but an empty one, which an unset variable leaves, and which may be this folder."""
    if not text.strip():
        raise argparse.ArgumentTypeError("the value is empty. Give one, or leave the option out.")
    return text


def _add_run(parser: argparse.ArgumentParser) -> None:
    parser.set_defaults(do=_run, worked_examples="")
    option, defaults = parser.add_argument, StudyRequest("", "")
    help_model = "builtin, a hub id, a local folder or a GGUF file"
    option("--model", type=_not_empty, default="builtin", help=help_model)
    option("--device", default="auto", help="auto, cpu, cuda, mps, or one GPU as cuda:0")
    option("--dtype", default="auto", help="auto, float32, bfloat16 or float16")
    option("--dataset", default="places", help="places, countries, sums, or a CSV or JSONL file")
    add_file_options(option)
    option(
        "--site",
        action="append",
        dest="sites",
        choices=[site.value for site in PROBE_SITES],
        help="a place in the block where probes read; repeatable (default: resid_post)",
    )
    for name, about in (
        ("size", "maximum number of questions"),
        ("seed", "seed for questions, folds and permutations"),
        ("n-folds", "number of folds"),
        ("n-repeats", "number of times that folds are drawn"),
        ("n-permutations", "number of studies with shuffled labels"),
        ("max-new-tokens", "maximum tokens of an answer; 0 is the data set's own limit"),
    ):
        default = getattr(defaults, name.replace("-", "_"))
        option(f"--{name}", type=int, default=default, help=f"{about} (default: {default})")
    option(
        "--solver",
        choices=tuple(Solver),
        default=defaults.solver,
        help="how probes are fitted: reference is plain code to check with, about a hundred times "
        f"as slow (default: {defaults.solver})",
    )
    option(
        "--worked-examples",
        type=_not_empty,
        metavar="FILE",
        default=argparse.SUPPRESS,
        help="a text file in place of the examples with which the model finds exact answers",
    )
    option("--keep-features", action="store_true", help="keep the activations too")
    option(
        "--no-random-model",
        action="store_false",
        dest="random_model",
        help="skip the control with random weights",
    )
    option(
        "--no-p-true", action="store_false", dest="ask_for_truth", help="skip the baseline p(True)"
    )


def _run(options: argparse.Namespace) -> None:
    entries = catalogue([options.model])
    named = ("device", "dtype", "worked_examples")
    settings = {name: getattr(options, name) for name in named}
    backend = LocalBackend(entries, studies=options.studies, **settings)
    service = backend.study_service
    names = ("size", "seed", "n_folds", "n_repeats", "n_permutations", "max_new_tokens")
    flags = ("keep_features", "random_model", "ask_for_truth", "solver")
    request = StudyRequest(
        entries[0].name,
        choose_dataset(service, options),
        tuple(Site(site) for site in options.sites or ("resid_post",)),
        **{name: getattr(options, name) for name in (*names, *flags)},
    )
    job = service.start_study(request)
    print(f"{job} in {options.studies}", flush=True)
    status = _watch(service, job)
    if status.state is not JobState.DONE:
        raise BackendError(status.message or "The study was cancelled.")
    print(describe(service.study(job)))


def _watch(service: LocalStudyService, job: str) -> JobStatus:
    """Print the progress of a job until it ends; after Ctrl + C a later run continues it."""
    said = ""
    while not (status := service.wait(job, 1.0)).is_over:
        left = "" if status.seconds_left is None else f", about {status.seconds_left:,.0f} s left"
        line = f"{status.stage.label}: {status.done:,} of {status.total:,} {status.unit}{left}"
        if line != said:
            print(line, flush=True)
        said = line
    return status


def describe(study: ProbeStudy) -> str:
    """Describe a study: headline, counts, and a table of references."""
    lines = [*study.card.headline, ""]
    card = study.card
    lines.append(
        f"{card.n_right:,} right, {card.n_wrong:,} wrong, dropped: "
        f"{sum(card.dropped.values()):,}; {card.seconds:,.0f} s"
    )
    lines.extend(f"  {n:,} dropped because {reason}" for reason, n in card.dropped.items())
    for one in study.references:
        lines.append(f"  {one.kind:8} {one.name:22} {one.auc}   difference {one.difference}")
    return "\n".join(lines)


def _list(options: argparse.Namespace) -> None:
    for card in _open_service(options).studies():
        print(_summary_line(card))


def _summary_line(card: StudyCard) -> str:
    return f"{card.study}  {card.model}, {card.dataset}, n={card.n:,}  nested {card.best.nested}"


def _show(options: argparse.Namespace) -> None:
    print(describe(_open_service(options).study(options.study)))


def _export(options: argparse.Namespace) -> None:
    pieces = _open_service(options).export_study(options.study)
    write_with(Path(options.file), lambda file: file.writelines(pieces))


def _import(options: argparse.Namespace) -> None:
    with Path(options.file).open("rb") as file:
        print(_summary_line(_open_service(options).import_study(file)))


def _open_service(options: argparse.Namespace) -> LocalStudyService:
    return LocalBackend(studies=options.studies).study_service


def main() -> None:
    """Run the command; an error ends the program with its text."""
    options = read_arguments()
    do: Callable[[argparse.Namespace], None] = options.do
    if isinstance(sys.stdout, io.TextIOWrapper):  # a terminal of few characters still gets a table
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        options.studies = expand_home(options.studies) if options.studies else default_folder()
        do(options)
        sys.stdout.flush()
    except BrokenPipeError:  # its reader, such as head, has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except (BackendError, OSError) as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
