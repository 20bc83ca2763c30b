package daemon

import (
	"context"
	"log/slog"
	"net/http"
	"runtime"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"banger/api"
	"banger/internal/model"
)

// metrics is what Prometheus is told at /metrics. No label has a value that a client can choose.
type metrics struct {
	registry   *prometheus.Registry
	requests   *prometheus.CounterVec
	operations *prometheus.HistogramVec
	sockets    prometheus.Gauge
}

func newMetrics(b Build) *metrics {
	m := &metrics{
		registry: prometheus.NewRegistry(),
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "banger_api_requests_total", Help: "Requests that were answered, by the API's pattern of their path, method and HTTP status.",
		}, []string{"route", "method", "code"}),
		operations: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "banger_operation_duration_seconds", Help: "How long operations took, by the API's operation id and outcome: done, failed or canceled.",
			Buckets: []float64{.01, .03, .1, .3, 1, 3, 10, 30, 100, 300, 1000},
		}, []string{"kind", "outcome"}),
		sockets: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "banger_exec_websockets", Help: "Commands that run for clients of the API now.",
		}),
	}
	build := prometheus.NewGauge(prometheus.GaugeOpts{
		Name: "banger_build_info", Help: "Always 1; the labels name the build.",
		ConstLabels: prometheus.Labels{"version": b.Version, "commit": b.Commit, "goversion": runtime.Version()},
	})
	build.Set(1)
	m.registry.MustRegister(m.requests, m.operations, m.sockets, build,
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

// serveMetrics answers Prometheus. What cannot be found out is left out, and noted in the log.
func (s *server) serveMetrics() http.Handler {
	s.metrics.registry.MustRegister(newCensus(s))
	return promhttp.HandlerFor(s.metrics.registry, promhttp.HandlerOpts{
		ErrorLog: slog.NewLogLogger(s.log.Handler(), slog.LevelWarn), ErrorHandling: promhttp.ContinueOnError, MaxRequestsInFlight: 4,
	})
}

// ended measures an operation that has ended.
func (m *metrics) ended(op api.Operation) {
	m.operations.WithLabelValues(op.Kind, op.State).Observe(op.Ended.Sub(op.Started).Seconds())
}

// scrapeTimeout bounds the wait for the database.
const scrapeTimeout = 5 * time.Second

// census counts what the house has, when it is asked.
type census struct {
	*server
	vms, spares, templates, templateBytes *prometheus.Desc
}

func newCensus(s *server) census {
	desc := func(name, help string, labels ...string) *prometheus.Desc {
		return prometheus.NewDesc(name, help, labels, nil)
	}
	return census{
		server: s,
		vms:    desc("banger_vms", "VMs by state.", "state"),
		spares: desc("banger_spares", "Forks that wait for whoever needs a VM next."),

		templates:     desc("banger_templates", "Templates that VMs are forked from."),
		templateBytes: desc("banger_templates_bytes", "What templates take on the disk."),
	}
}

// Describe satisfies prometheus.Collector.
func (c census) Describe(to chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{c.vms, c.spares, c.templates, c.templateBytes} {
		to <- d
	}
}

// Collect satisfies prometheus.Collector.
func (c census) Collect(to chan<- prometheus.Metric) {
	gauge := func(d *prometheus.Desc, n float64, labels ...string) {
		to <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, n, labels...)
	}
	ctx, cancel := context.WithTimeout(c.life, scrapeTimeout)
	defer cancel()
	if byState, err := c.byState(ctx); err != nil {
		to <- prometheus.NewInvalidMetric(c.vms, err)
	} else {
		for _, state := range model.States() {
			gauge(c.vms, float64(byState[string(state)]), string(state))
		}
	}
	count, bytes := c.rooms.templates.Stored()
	gauge(c.spares, float64(c.rooms.spares.Ready()))
	gauge(c.templates, float64(count))
	gauge(c.templateBytes, float64(bytes))
}
