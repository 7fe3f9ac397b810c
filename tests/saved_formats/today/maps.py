"""Reads maps as numbers: saved files in Python, and any map from the page's CSV table."""

import csv
import io
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask.testing import FlaskClient

from model_backend import Archive, Measure, Site, read_archive, write_json, write_npz

EXPORT, OPEN = "/_layerscope/export", "/_layerscope/open"
BYTES = "application/octet-stream"


@dataclass(frozen=True, eq=False)
class OpenedMap:
    """A saved map, opened in Python."""

    archive: Archive

    def told(self) -> dict[str, Any]:
        """Everything except the numbers of the measures."""
        archive, found = self.archive, self.archive.inspection
        first = next(iter(found.grids.values()))
        return {
            "model": found.model,
            "revision": found.revision,
            "dtype": found.dtype,
            "text": archive.text,
            "special_tokens": archive.special_tokens,
            "names": dict(archive.names),
            "texts": {str(token_id): text for token_id, text in archive.texts.items()},
            "versions": dict(archive.versions),
            "tokens": list(first.token_labels),
            "layers": list(first.layer_labels),
            "token_ids": found.token_ids.tolist(),
            "is_special": found.is_special.tolist(),
            "is_sink": found.is_sink.tolist(),
            "likeliest": found.top_ids[-1].tolist(),
            "absent": [[one.measure.value, one.site and one.site.value] for one in found.absences],
        }

    def cells(self, measure: str, site: str | None) -> dict[str, float]:
        """Every number of a measure at a site, by ``layer/position``."""
        grid = self.archive.inspection.grid(Measure(measure), Site(site) if site else None)
        rows = zip(grid.layer_labels, grid.values.tolist(), strict=True)
        return {f"{layer}/{at}": value for layer, row in rows for at, value in enumerate(row)}

    def unit(self, measure: str) -> str:
        return self.archive.inspection.grid(Measure(measure)).unit

    def held(self) -> list[tuple[str, str | None]]:
        """The measures of the map, each with its site if that is not the default."""
        found = self.archive.inspection
        usual: list[tuple[str, str | None]] = [(measure.value, None) for measure in found.grids]
        others = found.grids_at.items()
        return usual + [(measure.value, site.value) for site, held in others for measure in held]

    def written_again(self, kind: str) -> bytes:
        """The bytes of the same map as they are written today."""
        return {"json": write_json, "npz": write_npz}[kind](self.archive)


def open_map(content: bytes) -> OpenedMap:
    """Open the bytes of a saved map in Python."""
    return OpenedMap(read_archive(content))


def bring_map(client: FlaskClient, content: bytes) -> dict[str, Any]:
    """Open a saved map in the page, and return the page's request for it."""
    answer = client.post(OPEN, data=content, content_type=BYTES)
    assert answer.status_code == 200, answer.get_data(as_text=True)
    found: dict[str, Any] = answer.get_json()
    return found


def table(
    client: FlaskClient, prefix: str, request: Mapping[str, Any], look: Mapping[str, Any]
) -> dict[str, float | None]:
    """Every number of a map by ``layer/column``, from the CSV file of the page.

    ``look`` has the measure and, if it applies, its site, study and probe.
    """
    answer = client.post(f"{EXPORT}/{prefix}/csv", json={"request": request, **look})
    assert answer.status_code == 200, answer.get_data(as_text=True)
    lines = csv.DictReader(io.StringIO(answer.get_data().decode("utf-8-sig")))
    return {
        f"{line['layer']}/{line.get('name', line['position'])}": (
            float(line["value"]) if line["value"] else None
        )
        for line in lines
    }


def measures_written(content: bytes) -> set[tuple[str, str | None]]:
    """The measures and sites that a JSON file of a map names."""
    return {(grid["measure"], grid["at"]) for grid in json.loads(content)["about"]["grids"]}
