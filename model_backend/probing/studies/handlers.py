"""Handles requests for scores of a text by the probes of a finished study. Imports torch."""

from model_backend.api.maps.grid import LayerTokenGrid
from model_backend.api.maps.sites import Site
from model_backend.api.requests import Handlers
from model_backend.api.study_requests import ProbeScoreRequest
from model_backend.engine.handlers import TextHandlers, read_token_ids
from model_backend.engine.running import running
from model_backend.models.loaded import LoadedModel
from model_backend.models.pool import ModelPool
from model_backend.probing.studies.scoring import check_fit, check_site, score_trace, trace_site
from model_backend.probing.studies.service import LocalStudyService


class ScoreHandlers:
    """Scores texts with the probes of finished studies, reusing cached traces."""

    def __init__(
        self, pool: ModelPool[LoadedModel], texts: TextHandlers, service: LocalStudyService
    ) -> None:
        self._pool, self._texts, self._service = pool, texts, service

    def handlers(self) -> Handlers:
        """The requests that this class handles."""
        return Handlers().on(ProbeScoreRequest, self.scores)

    def scores(self, request: ProbeScoreRequest) -> LayerTokenGrid:
        """P(correct) for every layer and column."""
        loaded, study = self._pool.take(request.model), self._service.study(request.study)
        token_ids = read_token_ids(loaded, request)
        site = request.site or study.card.best.cell.site
        check_site(study, site)
        probes = self._service.probes(request.study, site)
        check_fit(study, site, probes, loaded.card)
        with running(loaded, len(token_ids)):
            if site is Site.RESID_POST:
                trace = self._texts.trace(loaded, token_ids)
            else:
                trace = trace_site(loaded, token_ids, site)
            return score_trace(loaded, trace, token_ids, request, by=(study, probes))
