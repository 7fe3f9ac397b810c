"""The measures: every file here has rows in ``MEASURES``, each with its function beside it.

Importing this package registers the rows of all its files, so that a new file is enough. None of
them imports torch before a function runs, for the page needs only the names.
"""

from collections.abc import Mapping
from importlib import import_module
from pkgutil import iter_modules
from types import MappingProxyType

from model_backend.api.maps.measure_specs import Group
from model_backend.api.maps.measures import Measure, register
from model_backend.api.maps.sites import Site

for _file in iter_modules(__path__):
    register(*getattr(import_module(f"{__name__}.{_file.name}"), "MEASURES", ()))

DEFINITIONS: Mapping[Measure, str] = MappingProxyType(
    {measure: measure.spec.definition for measure in Measure}
)
"""Definition of each measure; this table and the others are for notebooks."""

UNITS: Mapping[Measure, str] = MappingProxyType(
    {measure: measure.spec.unit for measure in Measure if measure.spec.unit}
)
"""The unit of a measure; a measure that is not here is a plain number."""

MEASURE_GROUPS: Mapping[str, tuple[Measure, ...]] = MappingProxyType(
    {
        group.value: tuple(measure for measure in Measure if measure.spec.group is group)
        for group in Group
    }
)
"""Every measure once, in its group."""

SITES: Mapping[Measure, tuple[Site, ...]] = MappingProxyType(
    {measure: measure.spec.sites for measure in Measure}
)
"""Sites of each measure, the usual one first; empty if there is no choice."""

ON_REQUEST = frozenset(measure for measure in Measure if measure.spec.on_request)
"""The measures that are taken only when a request says ``attention``."""

NOT_INSPECTED = frozenset(measure for measure in Measure if measure.spec.needs_study)
"""The measures that no inspection has, because they take the probes of a study."""
