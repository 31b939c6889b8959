"""OpenTelemetry traces across API, SQL and worker.

Off unless OTEL_EXPORTER_OTLP_ENDPOINT says where spans go: then neither tracer nor exporter is
even imported. Spans hold names, counts and statements with placeholders, never values."""

import logging
import os
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from domain.kernel.activity import Activity, Statement

if TYPE_CHECKING:
    from opentelemetry.sdk.trace.export import SpanExporter

logger = logging.getLogger(__name__)
ENDPOINTS = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT")
LONGEST_STATEMENT = 2_000


def is_wanted(environment: Mapping[str, str] | None = None) -> bool:
    """Whether the environment says where spans shall go, by OpenTelemetry's own variables."""
    known = os.environ if environment is None else environment
    if known.get("OTEL_SDK_DISABLED", "").lower() == "true":
        return False
    return any(known.get(name) for name in ENDPOINTS)


class Tracing:
    """Makes a span of each activity and of each statement."""

    def __init__(self, provider: Any) -> None:
        from opentelemetry import trace
        from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

        self._provider = provider
        self._tracer = provider.get_tracer("crossdock")
        self._api = trace
        self._propagator = TraceContextTextMapPropagator()
        self._kinds = {
            "graphql": trace.SpanKind.SERVER,
            "http": trace.SpanKind.SERVER,
            "event": trace.SpanKind.CONSUMER,
            "webhook": trace.SpanKind.CLIENT,
        }

    def begun(self, activity: Activity) -> None:
        """Begin its span, as a part of what it is part of or was caused by."""
        if activity.kind == "subscription":  # It lasts for hours.
            return
        span = self._tracer.start_span(
            f"{activity.kind} {activity.name}",
            context=self._above(activity),
            kind=self._kinds.get(activity.kind, self._api.SpanKind.INTERNAL),
            attributes=_attributes(activity),
        )
        activity.span = span
        carried: dict[str, str] = {}
        self._propagator.inject(carried, context=self._api.set_span_in_context(span))
        activity.trace_context = carried.get("traceparent")

    def ran(self, activity: Activity, statement: Statement, error: BaseException | None) -> None:
        """A statement's span, told after the fact."""
        if activity.span is None or not activity.span.is_recording():
            return
        ended = time.time_ns()
        verb = statement.text.split(None, 1)[0].upper() if statement.text.strip() else "SQL"
        span = self._tracer.start_span(
            verb[:20],
            context=self._api.set_span_in_context(activity.span),
            kind=self._api.SpanKind.CLIENT,
            attributes={
                "db.system.name": "postgresql",
                "db.operation.name": verb[:20],
                "db.query.text": statement.text[:LONGEST_STATEMENT],
            },
            start_time=ended - int(statement.seconds * 1e9),
        )
        if error is not None:
            # The type only: the database's words may repeat values.
            span.set_status(self._api.StatusCode.ERROR, type(error).__name__)
        span.end(ended)

    def ended(self, activity: Activity) -> None:
        """End its span."""
        span, activity.span = activity.span, None
        if span is None:
            return
        span.set_attribute("crossdock.outcome", activity.outcome)
        span.set_attribute("crossdock.statements", activity.statements)
        if activity.outcome not in ("ok", "delivered"):
            span.set_status(self._api.StatusCode.ERROR, activity.outcome)
        span.end()

    def close(self) -> None:
        """Send what has not been sent yet."""
        self._provider.shutdown()

    def _above(self, activity: Activity) -> Any:
        parent = activity.parent
        if parent is not None and parent.span is not None:
            return self._api.set_span_in_context(parent.span)
        from opentelemetry.context import Context

        if activity.trace_context is None:
            return Context()
        return self._propagator.extract({"traceparent": activity.trace_context}, context=Context())


def _attributes(activity: Activity) -> dict[str, Any]:
    known = {
        "crossdock.kind": activity.kind,
        "crossdock.tenant_id": activity.tenant_id,
        "crossdock.request_id": activity.request_id,
        "crossdock.event_id": activity.event_id,
    }
    return {name: value for name, value in known.items() if value is not None}


def start_tracing(service: str, *, exporter: "SpanExporter | None" = None) -> Tracing:
    """Trace this process; spans go over OTLP/HTTP, or to `exporter`, from a thread of its own."""
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    if exporter is None:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter

        exporter = OTLPSpanExporter()
    provider = TracerProvider(resource=Resource.create({"service.name": service}))
    provider.add_span_processor(BatchSpanProcessor(exporter))
    return Tracing(provider)
