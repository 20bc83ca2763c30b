package daemon

import (
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"
)

// paper is as much of docs/openapi.json as tells which requests there are. It knows nothing of the types that the document
// was made from: a client has no more.
type paper struct {
	Paths      map[string]map[string]paperOperation
	Components struct{ Schemas map[string]paperSchema }
}

type paperOperation struct {
	ID         string `json:"operationId"`
	Parameters []struct {
		Name, In string
		Schema   paperSchema
	}
	RequestBody struct {
		Content map[string]struct{ Schema paperSchema }
	}
	Responses map[string]any

	method, path string
}

type paperSchema struct {
	Ref                  string `json:"$ref"`
	Type                 string
	Format               string
	Enum                 []string
	Minimum, Maximum     *float64
	Properties           map[string]paperSchema
	Required             []string
	Items                *paperSchema
	AdditionalProperties json.RawMessage
}

func readDocument(t testing.TB) (doc paper, all []paperOperation) {
	t.Helper()
	text, err := os.ReadFile(documentFile)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &doc); err != nil {
		t.Fatal(err)
	}
	for _, path := range slices.Sorted(maps.Keys(doc.Paths)) {
		for _, method := range slices.Sorted(maps.Keys(doc.Paths[path])) {
			op := doc.Paths[path][method]
			op.method, op.path = strings.ToUpper(method), path
			all = append(all, op)
		}
	}
	if len(all) < 25 {
		t.Fatalf("the document has %d operations", len(all))
	}
	return doc, all
}

// maker makes values of schemas, right ones and, with a chance of damage, wrong ones.
type maker struct {
	*rand.Rand
	doc    paper
	damage float64
}

func pick[T any](m maker, of ...T) T { return of[m.IntN(len(of))] }

// chosenID is of the operations that the maker has begun by a name of its own.
const chosenID = "0123456789abcdef"

// usual are values that make sense by the names of fields, so that requests get further than their checks.
var usual = map[string][]any{
	"vcpu": {1}, "memory_bytes": {256 << 20}, "disk_bytes": {1 << 30}, "system_bytes": {1 << 30}, "engine": {"fake"},
	"image": {"", "debian-bookworm"}, "kernel": {"", "debian-cloud"}, "count": {1, 2}, "timeout_ms": {0, 50, 5000},
	"name": {"", "web", "db", "debian-bookworm", "debian-cloud"}, "ref": {"web", "db"}, "snapshot": {"one"}, "from": {"/nothing"},
	"command": {"true", "sleep"}, "tail": {0, 5}, "since": {"2024-01-02T03:04:05Z"}, "Sec-WebSocket-Protocol": {"v5.channel.k8s.io"}, "Origin": {""},
	"signal": {"KILL"}, "Prefer": {"", "respond-async"}, "id": {chosenID},
}

func (m maker) value(name string, s paperSchema) any {
	if m.Float64() < m.damage {
		return m.wrong()
	}
	if known := usual[name]; known != nil && m.IntN(8) > 0 {
		return pick(m, known...)
	}
	if s.Ref != "" {
		s = m.doc.Components.Schemas[s.Ref[strings.LastIndex(s.Ref, "/")+1:]]
	}
	switch {
	case len(s.Enum) > 0:
		return pick(m, s.Enum...)
	case s.Type == "boolean":
		return m.IntN(2) == 0
	case s.Type == "integer" || s.Type == "number":
		return m.number(s)
	case s.Type == "array":
		return m.list(name, s)
	case s.Type == "object":
		return m.object(s)
	}
	return m.text()
}

func (m maker) number(s paperSchema) any {
	low, high := float64(math.MinInt64), float64(math.MaxInt64)
	if s.Minimum != nil {
		low = *s.Minimum
	}
	if s.Maximum != nil {
		high = *s.Maximum
	}
	n := pick(m, low, high, 0, 1, low+float64(m.IntN(1000)), float64(m.Int64()))
	return json.Number(fmt.Sprintf("%.0f", min(max(n, low), high)))
}

func (m maker) list(name string, s paperSchema) any {
	out := []any{}
	for range m.IntN(4) {
		out = append(out, m.value(name, *s.Items))
	}
	return out
}

func (m maker) object(s paperSchema) any {
	out := map[string]any{}
	for _, name := range slices.Sorted(maps.Keys(s.Properties)) {
		if slices.Contains(s.Required, name) && m.Float64() >= m.damage || m.IntN(2) == 0 {
			out[name] = m.value(name, s.Properties[name])
		}
	}
	var free paperSchema
	if json.Unmarshal(s.AdditionalProperties, &free) == nil && free.Type != "" {
		out[m.text()] = m.value("", free)
	}
	if m.Float64() < m.damage {
		out[m.text()] = m.wrong()
	}
	return out
}

func (m maker) text() string {
	return pick(m, "", "x", "web", "a b", "-", strings.Repeat("n", 64), strings.Repeat("long", 1000), "../../etc/passwd", "/", "%2e%2e", "\x00",
		"\n\x1b[31m", "\xff\xfe", "Grüße", "\u202e", "*", "'; --", "{}", "$(id)", fmt.Sprint(m.Uint64()))
}

// wrong is a value of any type, whatever is wanted.
func (m maker) wrong() any {
	return pick[any](m, nil, true, -1, 0, 1.5, json.Number("1e400"), json.Number("9223372036854775808"), m.text(), []any{}, []any{nil}, map[string]any{},
		map[string]any{"x": []any{map[string]any{}}})
}
