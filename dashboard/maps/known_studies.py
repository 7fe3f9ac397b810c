"""All studies that a map or a link can name: a person's own, and the examples of the project."""

from model_backend import Backend, StudyCard, example_studies


def known_studies(backend: Backend) -> tuple[StudyCard, ...]:
    """The finished studies, the newest first, then the examples that come with the project."""
    return (*backend.studies(), *(study.card for study in example_studies()))
