"""View options: what to draw of an inspection and how, from the page's controls."""

from dataclasses import dataclass, replace
from typing import Any

from dashboard.maps.map_data import Colours
from model_backend import Measure, Scale, Site, Span, StudyId


@dataclass(frozen=True)
class ViewOptions:
    """Options of a view: the measure, site and scale to draw."""

    measure: Measure
    scale: Scale = Scale.AUTO
    span: Span = Span.AUTO
    with_sinks: bool = False
    site: Site | None = None
    """Site in the blocks; None is the measure's usual site."""
    study: StudyId = ""
    """For a probe score: the study that provides the probes."""
    position: str = ""
    """For a probe score: the position whose probe scores every token; the best one if empty."""

    @property
    def colours(self) -> Colours:
        """The mapping from numbers to colours under these options."""
        scale, spec = self.scale.settle(self.measure, self.span), self.measure.spec
        usual = spec.usual_ends if self.scale is Scale.AUTO and scale is Scale.RAW else None
        ends = spec.ends or usual
        return Colours(
            scale=scale,
            per_layer=self.span.per_layer(self.measure),
            ends=ends,
            is_fixed=ends is not None,
            low_is_dark=spec.low_is_dark,
        )

    @property
    def for_file(self) -> dict[str, str]:
        """These options as a file keeps them."""
        sinks = {"sinks": "yes"} if self.with_sinks else {}
        return {**self.for_browser, **sinks}

    @property
    def for_browser(self) -> dict[str, Any]:
        """These options as JSON values, which give the same map when they are sent back."""
        given = {
            "measure": self.measure.value,
            "site": self.site.value if self.site else None,
            "study": self.study or None,
            "probe": self.position or None,
            "scale": self.scale.value,
            "span": self.span.value,
        }
        return {name: value for name, value in given.items() if value is not None}


def make_view_options(
    measure: str,
    site: str | None,
    scale: str = Scale.AUTO,
    span: str = Span.AUTO,
    sinks: bool = False,
    study: str | None = None,
    position: str | None = None,
) -> ViewOptions:
    """Options from the values of the page's controls.

    If the measure lacks this site, left from the measure before, its usual site is used. A
    measure with ends has the one scale on which 0.9 is the same colour on every map.
    """
    of = Measure(measure)
    spec, at = of.spec, Site(site) if site else None
    options = ViewOptions(of, Scale(scale), Span(span), sinks, at if at in spec.sites else None)
    if spec.ends is not None:
        options = replace(options, scale=Scale.RAW)
    if not spec.needs_study:
        return options
    return replace(options, study=study or "", position=position or "")
