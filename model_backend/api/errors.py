"""Every error whose text is fit to show to a person.

    BackendError
    |-- BadRequest            the request itself cannot be answered: empty, not text, out of range
    |   `-- TextTooLong       more tokens than the limit or the model's context
    |-- Busy                  too many are waiting; says when to try again
    |-- CalledOff             nobody waits for the result any more
    |-- UnknownModel          no model of that name is in the catalogue
    |-- UnknownStudy          no study or job of that id is in the folder of studies
    |-- NotWritten            the disk is full, or may not be written to
    |-- ModelUnavailable      it is in the catalogue but did not load: missing, broken, too big
    |   `-- LoadingCancelled  somebody called its loading off
    |-- UnknownArchitecture   where it keeps its blocks is not known, so nothing is guessed
    `-- UnsoundActivations    the forward pass gave numbers that are not finite

The message says what is wrong, with the number that is wrong, and what would be right.
"""


class BackendError(Exception):
    """Its text is fit to show to a person: one or two plain sentences."""


class BadRequest(BackendError):
    """The request cannot be answered as it stands."""


class TextTooLong(BadRequest):
    """The text has more tokens than the limit."""


class Busy(BackendError):
    """Too many are waiting; try again in some seconds."""

    def __init__(self, text: str, seconds: float = 1.0) -> None:
        super().__init__(text, seconds)
        self.text, self.seconds = text, seconds

    def __str__(self) -> str:
        return self.text


class CalledOff(BackendError):
    """The computation was dropped, for nobody waits for it any more."""


class UnknownModel(BackendError):
    """The catalogue has no model of that name."""


class UnknownStudy(BackendError):
    """The folder of studies has no study, and knows no job, of that id."""


class NotWritten(BackendError):
    """The disk did not take a file: it is full, or may not be written to."""


class ModelUnavailable(BackendError):
    """The model is in the catalogue and could not be loaded."""


class LoadingCancelled(ModelUnavailable):
    """Somebody called the loading of the model off."""


class UnknownArchitecture(BackendError):
    """The model's family is not in the table of architectures."""


class UnsoundActivations(BackendError):
    """The forward pass gave values that are not finite."""


def counted(number: int, one: str, many: str = "") -> str:
    """A count with its noun: ``1 group``, ``2,500 groups``; ``many`` is the plural where an s does
    not make it.
    """
    return f"{number:,} {one if number == 1 else many or one + 's'}"
