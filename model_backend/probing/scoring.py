"""P(correct) of every layer and token of a text, by the probes that a study kept."""

from pathlib import Path

import numpy as np
import torch
from jaxtyping import Float, Int

from model_backend.errors import BadRequest
from model_backend.forward import trace_forward
from model_backend.grid import LayerTokenGrid
from model_backend.loaded import LoadedModel
from model_backend.probing.archive import read_probes
from model_backend.probing.requests import ProbeScoreRequest
from model_backend.probing.results import ProbeStudy
from model_backend.sites import Site
from model_backend.tokens import encode, token_texts


def score_text(
    loaded: LoadedModel, study: ProbeStudy, folder: Path, request: ProbeScoreRequest
) -> LayerTokenGrid:
    """The probe of one position, layer by layer, on every token of a text.

    Raises:
        BadRequest: the study has no such site, or was made with other weights.
    """
    with loaded.tokenizing:
        token_ids = encode(loaded.tokenizer, request.text, request.special_tokens)
        texts = token_texts(loaded.tokenizer, token_ids)
    best = study.card.best.cell
    position = study.positions.index(request.position) if request.position else best.position
    positions = np.full(len(token_ids), position)
    site = request.site or best.site
    values = score_tokens(loaded, study, folder, token_ids, positions, site)
    return LayerTokenGrid("probe score", values, study.layer_labels, texts, "P(correct)", 0.5)


def score_tokens(
    loaded: LoadedModel,
    study: ProbeStudy,
    folder: Path,
    token_ids: list[int],
    positions: Int[np.ndarray, " token"],
    site: Site,
) -> Float[np.ndarray, "row token"]:
    """Every token by the probes of a position of its own; NaN where there is no such probe.

    Raises:
        BadRequest: the study has no such site, or was made with other weights.
    """
    if site not in study.request.probed:
        raise BadRequest(f"The study {study.card.study} has no probes at {site}.")
    if str(loaded.card.revision) != study.card.revision:
        raise BadRequest(
            f"The study {study.card.study} was made with other weights of {loaded.card.name} "
            f"({study.card.revision[:12]}, now {str(loaded.card.revision)[:12]}): its probes say "
            "nothing of these."
        )
    inside = () if site is Site.RESID_POST else (site,)
    with loaded.running:
        trace = trace_forward(loaded.model, torch.tensor(token_ids), inside=inside)
    vectors = torch.cat([trace.residual[:1], trace.at(site)]).float().cpu().numpy()
    weights, intercepts = read_probes(folder, site)
    rows = zip(vectors, weights, strict=True)
    scores = np.stack([(vector * probe[positions]).sum(axis=1) for vector, probe in rows])
    return 1 / (1 + np.exp(-np.clip(scores + intercepts[:, positions], -500, 500)))
