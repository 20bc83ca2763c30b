package daemon

import (
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/danielgtaylor/huma/v2"
)

var update = flag.Bool("update", false, "write the golden files anew")

const documentFile = "../../docs/openapi.json"

// described is the API as it is served, and its document as text.
func described(t *testing.T) (*huma.OpenAPI, []byte) {
	t.Helper()
	a := newAPI(http.NewServeMux())
	(&server{}).serveAll(a)
	text, err := document(a)
	if err != nil {
		t.Fatal(err)
	}
	return a.OpenAPI(), text
}

func TestDocumentIsCurrent(t *testing.T) {
	_, text := described(t)
	if *update {
		if err := os.WriteFile(documentFile, text, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	kept, err := os.ReadFile(documentFile)
	if err != nil {
		t.Fatal(err)
	}
	if string(kept) != string(text) {
		t.Errorf("%s is not what the daemon serves; make openapi writes it anew", documentFile)
	}
	i := start(t, testOptions(testPaths(t)))
	resp, served := i.call(http.MethodGet, "/openapi.json", nil)
	if resp.StatusCode != 200 || resp.Header.Get("Content-Type") != "application/json" || served != string(text) {
		t.Errorf("%s, %s: the daemon serves another document than the one kept", resp.Status, resp.Header.Get("Content-Type"))
	}
}

func TestEveryOperationIsDescribed(t *testing.T) {
	doc, _ := described(t)
	ids, left := map[string]bool{}, maps.Clone(descriptions)
	word := regexp.MustCompile(`^[a-z]+(-[a-z]+)+$`)
	each(doc, func(op *huma.Operation) {
		where := op.Method + " " + op.Path
		delete(left, where)
		if !word.MatchString(op.OperationID) || ids[op.OperationID] {
			t.Errorf("%s has the id %q, want words that no other has", where, op.OperationID)
		}
		ids[op.OperationID] = true
		if op.Summary == "" || len(op.Tags) != 1 || !slices.ContainsFunc(doc.Tags, func(t *huma.Tag) bool { return t.Name == op.Tags[0] }) {
			t.Errorf("%s: summary %q, tags %v", where, op.Summary, op.Tags)
		}
		for _, p := range op.Parameters {
			if p.Description == "" || p.Name == "Accept" {
				t.Errorf("%s: parameter %s is not described, or describes itself", where, p.Name)
			}
		}
		checkResponses(t, where, op, doc.Components.Responses)
	})
	for where := range left {
		t.Errorf("%s is described, and is no operation", where)
	}
}

func checkResponses(t *testing.T, where string, op *huma.Operation, shared map[string]*huma.Response) {
	t.Helper()
	good := 0
	for status, r := range op.Responses {
		if r.Ref != "" {
			r = shared[strings.TrimPrefix(r.Ref, responsePrefix)] // another test follows every reference
		}
		if r.Description == "" {
			t.Errorf("%s: %s is not described", where, status)
		}
		if status[0] == '1' || status[0] == '2' {
			good++
			continue
		}
		media := r.Content["application/problem+json"]
		if len(r.Content) != 1 || media == nil || media.Schema.Ref != schemaPrefix+"Problem" {
			t.Errorf("%s: %s is no problem", where, status)
		}
	}
	if _, long := op.Responses["202"]; long {
		good--
	}
	if good != 1 || op.Responses["default"] == nil {
		t.Errorf("%s: %d good answers, want one, and a default error", where, good)
	}
}

func TestEveryFieldIsDescribed(t *testing.T) {
	doc, _ := described(t)
	fields := 0
	for name, schema := range doc.Components.Schemas.Map() {
		for field, s := range schema.Properties {
			fields++
			if s.Description == "" {
				t.Errorf("%s.%s is not described", name, field)
			}
		}
	}
	if fields < 100 {
		t.Errorf("%d fields were looked at", fields)
	}
}

func TestReferencesOfTheDocumentLeadSomewhere(t *testing.T) {
	doc, text := described(t)
	if doc.OpenAPI != "3.1.0" {
		t.Errorf("OpenAPI %s", doc.OpenAPI)
	}
	schemas := doc.Components.Schemas.Map()
	refs := regexp.MustCompile(`"\$ref": "([^"]*)"`).FindAllStringSubmatch(string(text), -1)
	for _, ref := range refs {
		schema, ok := strings.CutPrefix(ref[1], schemaPrefix)
		if response, shared := strings.CutPrefix(ref[1], responsePrefix); ok && schemas[schema] == nil || shared && doc.Components.Responses[response] == nil || !ok && !shared {
			t.Errorf("%s leads nowhere", ref[1])
		}
	}
	each(doc, func(op *huma.Operation) {
		for _, found := range regexp.MustCompile(`\{(\w+)\}`).FindAllStringSubmatch(op.Path, -1) {
			if !slices.ContainsFunc(op.Parameters, func(p *huma.Param) bool { return p.In == "path" && p.Name == found[1] && p.Required }) {
				t.Errorf("%s does not tell of its %s", op.Path, found[0])
			}
		}
	})
	if len(refs) < 50 || schemas["Refusal"] != nil {
		t.Errorf("%d references; type names of the daemon's own: %v", len(refs), schemas["Refusal"] != nil)
	}
}

// Answers grow, so the document must not forbid what a later daemon adds; requests are checked to the letter.
func TestOnlyRequestsAreClosed(t *testing.T) {
	doc, _ := described(t)
	schemas := doc.Components.Schemas.Map()
	for name, closed := range map[string]bool{"CreateVM": true, "ForkVM": true, "VM": false, "Problem": false, "ExecStatus": false} {
		if got := schemas[name].AdditionalProperties == false; got != closed {
			t.Errorf("%s is closed: %v, want %v", name, got, closed)
		}
	}
}

func TestEveryCodeIsInTheDocument(t *testing.T) {
	doc, _ := described(t)
	var listed []string
	for _, code := range doc.Components.Schemas.Map()["Problem"].Properties["code"].Enum {
		listed = append(listed, fmt.Sprint(code))
	}
	for code := range statuses {
		if !slices.Contains(listed, string(code)) {
			t.Errorf("code %s is not listed", code)
		}
	}
	if len(listed) != len(statuses) {
		t.Errorf("%d codes are listed, and there are %d", len(listed), len(statuses))
	}
}

// What the daemon sends fits what the document says of it.
func TestStatusFitsTheDocument(t *testing.T) {
	doc, _ := described(t)
	i := start(t, testOptions(testPaths(t)))
	_, text := i.call(http.MethodGet, "/v1/status", nil)
	var got map[string]any
	if err := json.Unmarshal([]byte(text), &got); err != nil {
		t.Fatal(err)
	}
	var res huma.ValidateResult
	schemas := doc.Components.Schemas
	huma.Validate(schemas, schemas.Map()["Status"], huma.NewPathBuffer(nil, 0), huma.ModeReadFromServer, got, &res)
	for _, err := range res.Errors {
		t.Error(err)
	}
}
