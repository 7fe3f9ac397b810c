"""From a map's name, as it stands in the address, to the map."""

from dashboard.probing.auc_map import AucMap, published_map
from model_backend import Backend, BadRequest, published_maps


def find_map(backend: Backend, name: str) -> AucMap:
    """The map of that name.

    Raises:
        BadRequest: there is no such map.
    """
    kind, _, rest = name.partition("/")
    if kind == "published":
        found = next((map_ for map_ in published_maps() if map_.dataset == rest), None)
        if found is not None:
            return published_map(found)
    raise BadRequest(f"There is no map {name!r} here. Choose one from the shelf.")
