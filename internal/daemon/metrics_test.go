package daemon

import (
	"net/http"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus/testutil/promlint"

	"banger/api"
)

func TestMetricsOfALife(t *testing.T) {
	i, _ := furnished(t)
	i.create(named("a-secret-name"))
	i.call(http.MethodGet, "/v1/vms/a-secret-name", nil)
	i.call(http.MethodGet, "/v1/vms/a-secret-name/logs", nil)
	i.call(http.MethodGet, "/v1/vms/nobody", nil)
	i.call("BREW", "/a-secret-path", nil)
	i.call(http.MethodPost, "/v1/images", api.BuildImage{Name: "Not a name"})
	r := i.exec("a-secret-name", with(run("cat"), "stdin=true"))
	r.send(api.ExecStdin, "x")
	r.until("x")
	during := i.metrics()
	r.send(api.ExecClose, "\x00")
	r.end()
	i.eventually("the command is counted as ended", func() bool { return strings.Contains(i.metrics(), `code="101"`) })
	text := i.metrics()
	for _, want := range []string{
		`banger_vms{state="running"} 1`, `banger_vms{state="stopped"} 0`, `banger_spares 0`, `banger_templates 0`, `banger_templates_bytes 0`,
		`banger_operation_duration_seconds_count{kind="create-vm",outcome="done"} 1`,
		`banger_operation_duration_seconds_count{kind="build-image",outcome="failed"} 1`,
		`banger_api_requests_total{code="200",method="GET",route="/v1/vms/{ref}"} 1`,
		`banger_api_requests_total{code="404",method="GET",route="/v1/vms/{ref}"} 1`,
		`banger_api_requests_total{code="101",method="GET",route="/v1/vms/{ref}/exec"} 1`,
		`banger_api_requests_total{code="404",method="other",route="other"} 1`,
		`banger_build_info{commit="abc",goversion="go1.`,
		"\ngo_goroutines ", "\nprocess_open_fds ",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("%s is missing", want)
		}
	}
	if !strings.Contains(during, "\nbanger_exec_websockets 1\n") || !strings.Contains(text, "\nbanger_exec_websockets 0\n") {
		t.Error("the command that ran was not counted while it did, or still is")
	}
	if strings.Contains(text, "secret") {
		t.Error("a label holds what a client chose")
	}
	problems, err := promlint.New(strings.NewReader(text)).Lint()
	for _, p := range problems {
		t.Errorf("%s: %s", p.Metric, p.Text)
	}
	if err != nil {
		t.Error(err)
	}
}
