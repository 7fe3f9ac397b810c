"""From a map's name, as it stands in the address, to the map."""

from dashboard.maps.map_data import MapData
from dashboard.maps.saved import map_from_file
from dashboard.views.probe.maps.auc_map import published_map
from dashboard.views.probe.maps.study_map import StudyAt, study_map
from model_backend import Backend, BadRequest, Site, published_maps


def find_map(backend: Backend, name: str) -> MapData:
    """The map of that name.

    Raises:
        BadRequest: there is no such map.
        UnknownStudy: there is no such study.
    """
    if not isinstance(name, str):
        raise BadRequest("A map is asked for by its name.")
    kind, _, rest = name.partition("/")
    if kind == "published":
        found = next((map_ for map_ in published_maps() if map_.dataset == rest), None)
        if found is not None:
            return published_map(found)
    if kind == "file":
        return map_from_file(backend.saved_map(name), {"map": name})
    at = find_study(backend, name)
    if at is None:
        raise BadRequest(f"There is no map {name!r} here. Choose one from the shelf.")
    return study_map(*at)


def find_study(backend: Backend, name: str) -> StudyAt | None:
    """The study that a map's name speaks of, and the site; None if it is no study's name.

    Raises:
        BadRequest: the study has no such site.
        UnknownStudy: there is no such study.
    """
    kind, _, rest = name.partition("/")
    if kind != "study":
        return None
    id_, _, site = rest.partition("/")
    study = backend.study(id_)
    if site not in study.maps:
        there = ", ".join(study.maps)
        raise BadRequest(f"The study {id_} has no site {site!r}; it has {there}.")
    return StudyAt(study, Site(site))
