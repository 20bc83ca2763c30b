package daemon

import (
	"bytes"
	"encoding/json"
	"net/http"
	"reflect"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"banger/api"
)

const apiDescription = "Virtual machines on this host. The API is served on a Unix socket that only its owner and root may use. " +
	"Every error is a Problem, as application/problem+json. Every answer has the id of its request in the header Banger-Operation; a client may choose it by sending that header. Fields are added, never renamed: ignore those that you do not know."

// describe adds to the document what types do not tell: descriptions has it.
func describe(a huma.API) {
	doc := a.OpenAPI()
	doc.Tags, doc.Components.Responses = tags, refusals(doc.Components.Schemas)
	for _, t := range []reflect.Type{reflect.TypeFor[api.ExecStatus](), reflect.TypeFor[api.ExecSize](), reflect.TypeFor[api.ExecKill](), reflect.TypeFor[api.Event]()} {
		doc.Components.Schemas.Schema(t, true, "")
	}
	each(doc, func(op *huma.Operation) {
		d, ok := descriptions[op.Method+" "+op.Path]
		if !ok {
			return // a test tells
		}
		op.OperationID, op.Tags, op.Summary, op.Description = d.id, []string{d.tag}, d.summary, d.description
		for _, p := range op.Parameters {
			p.Schema.Description = "" // it is the parameter's
		}
		d.respond(op, doc.Components.Schemas)
	})
	open(doc)
}

// each visits every operation.
func each(doc *huma.OpenAPI, visit func(*huma.Operation)) {
	for _, item := range doc.Paths {
		for _, op := range []*huma.Operation{item.Get, item.Put, item.Post, item.Delete, item.Patch} {
			if op != nil {
				visit(op)
			}
		}
	}
}

// respond lists an operation's answers.
func (d description) respond(op *huma.Operation, schemas huma.Registry) {
	if d.result != nil {
		result := resultOf(d.result, schemas)
		op.Responses["200"] = &huma.Response{
			Description: "The result; or, for a client that accepts them, server-sent events: any number of progress, then one result or one error.",
			Content: map[string]*huma.MediaType{
				"application/json": {Schema: result},
				eventStream:        {Schema: eventsOf(result, schemas)},
			},
		}
		op.Parameters = append(op.Parameters, prefer)
		op.Responses["202"] = &huma.Response{
			Description: "It goes on by itself, since Prefer: respond-async was sent.",
			Headers:     map[string]*huma.Param{"Location": {Description: "path of the operation", Schema: &huma.Schema{Type: huma.TypeString}}},
			Content:     map[string]*huma.MediaType{"application/json": {Schema: schemas.Schema(reflect.TypeFor[api.Operation](), true, "")}},
		}
	}
	if d.special != nil {
		delete(op.Responses, "200")
		op.Responses[d.special.status] = &d.special.Response
	}
	for _, status := range d.errors {
		op.Responses[strconv.Itoa(status)] = &huma.Response{Ref: responsePrefix + title(status)}
	}
	op.Responses["default"] = &huma.Response{Ref: responsePrefix + anyError}
}

const (
	// responsePrefix begins each reference to an answer that operations share.
	responsePrefix = "#/components/responses/"
	anyError       = "Error"
)

// refusals are the answers that are errors.
func refusals(schemas huma.Registry) map[string]*huma.Response {
	content := map[string]*huma.MediaType{problemType: {Schema: schemas.Schema(reflect.TypeFor[api.Problem](), true, "")}}
	all := map[string]*huma.Response{anyError: {Description: "Any other error.", Content: content}}
	for status, meaning := range meanings {
		all[title(status)] = &huma.Response{Description: meaning, Content: content}
	}
	return all
}

// title is the name of a status in one word.
func title(status int) string { return strings.ReplaceAll(statusTitle(status), " ", "") }

// prefer is the header by which a client does not wait for an operation.
var prefer = &huma.Param{Name: "Prefer", In: "header", Schema: &huma.Schema{Type: huma.TypeString}, Description: "with respond-async, do not wait for the end"}

// resultOf is the schema of a result; some have nothing to tell.
func resultOf(result any, schemas huma.Registry) *huma.Schema {
	if result == (struct{}{}) {
		return &huma.Schema{Type: huma.TypeObject, Description: "empty"}
	}
	return schemas.Schema(reflect.TypeOf(result), true, "")
}

// eventsOf is the schema of server-sent events, as a list of them.
func eventsOf(result *huma.Schema, schemas huma.Registry) *huma.Schema {
	event := func(name string, data *huma.Schema) *huma.Schema {
		return &huma.Schema{
			Title: name, Type: huma.TypeObject, Required: []string{"event", "data"},
			Properties: map[string]*huma.Schema{
				"event": {Type: huma.TypeString, Enum: []any{name}, Description: "name of the event"},
				"data":  {AllOf: []*huma.Schema{data}, Description: "its JSON"},
			},
		}
	}
	return &huma.Schema{Type: huma.TypeArray, Description: "Each item is one event.", Items: &huma.Schema{OneOf: []*huma.Schema{
		event("progress", schemas.Schema(reflect.TypeFor[api.Progress](), true, "")),
		event("result", result),
		event("error", schemas.Schema(reflect.TypeFor[api.Problem](), true, "")),
	}}}
}

// document is the whole description, the same for every build.
func document(a huma.API) ([]byte, error) {
	text, err := json.Marshal(a.OpenAPI())
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	if err := json.Indent(&out, text, "", "  "); err != nil {
		return nil, err
	}
	return append(out.Bytes(), '\n'), nil
}

// serveDocument writes the document when it is asked for.
func (s *server) serveDocument(a huma.API) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		text, err := document(a)
		if err != nil {
			s.refused(r.Context(), "/openapi.json", err).write(w)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		w.Write(text) // a client that has gone is no concern
	}
}
