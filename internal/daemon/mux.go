package daemon

import (
	"context"
	"log/slog"
	"net"
	"net/http"
	"reflect"
	"runtime/debug"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"banger/api"
	"banger/internal/operation"
	"banger/internal/problem"
	"banger/internal/unixsock"
)

func init() {
	huma.NewError = func(status int, message string, errs ...error) huma.StatusError {
		return fromHuma(status, message, errs...)
	}
	huma.NewErrorWithContext = func(c huma.Context, status int, message string, errs ...error) huma.StatusError {
		r := fromHuma(status, message, errs...)
		r.Operation = operation.ID(c.Context())
		return r
	}
	huma.DefaultArrayNullable = false // the daemon never sends null for a list
}

// schemaPrefix begins each reference to a schema.
const schemaPrefix = "#/components/schemas/"

// newAPI makes an empty API on a mux: JSON only, no pages of its own, no $schema in bodies.
func newAPI(mux *http.ServeMux) huma.API {
	schemas := huma.NewMapRegistry(schemaPrefix, huma.DefaultSchemaNamer)
	schemas.RegisterTypeAlias(reflect.TypeFor[refusal](), reflect.TypeFor[api.Problem]())
	return humago.New(mux, huma.Config{
		OpenAPI: &huma.OpenAPI{
			OpenAPI:    "3.1.0",
			Info:       &huma.Info{Title: "banger", Version: "v1", Description: apiDescription},
			Components: &huma.Components{Schemas: schemas},
		},
		Formats:       formats,
		DefaultFormat: "application/json",
	})
}

// operationHeader has the id of a request, in it and in its answer.
const operationHeader = "Banger-Operation"

var errPanicked = problem.New(problem.Internal, "the daemon failed on this request").WithRemedy("banger daemon logs says where")

type peerKey struct{}

// withPeer notes, once for a connection, whether its other end may use the socket.
func withPeer(ctx context.Context, conn net.Conn) context.Context {
	return context.WithValue(ctx, peerKey{}, unixsock.AllowPeer(conn))
}

// guard refuses strangers, answers what the mux has no handler for in the API's own
// way, and survives a handler that panics.
func guard(mux *http.ServeMux, log *slog.Logger) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id := r.Header.Get(operationHeader)
		if !operation.Valid(id) {
			id = operation.NewID()
		}
		w.Header().Set(operationHeader, id)
		r = r.WithContext(operation.With(r.Context(), id))
		defer func() {
			if fault := recover(); fault != nil {
				log.ErrorContext(r.Context(), "a request made the daemon panic", slog.String("path", r.URL.Path), slog.Any("fault", fault), slog.String("stack", string(debug.Stack())))
				refuse(errPanicked).write(w)
			}
		}()
		if err, denied := r.Context().Value(peerKey{}).(error); denied {
			newRefusal(http.StatusForbidden, problem.CodeOf(err), err.Error(), problem.RemedyOf(err)).write(w)
			return
		}
		if r.Method == http.MethodHead { // the mux takes it for GET, and an answer that goes on would keep the connection from its next request
			noSuchPath(r, http.StatusMethodNotAllowed).write(w)
			return
		}
		if handler, pattern := mux.Handler(r); pattern == "" {
			var answer statusOnly
			handler.ServeHTTP(&answer, r)
			noSuchPath(r, answer.status).write(w)
			return
		}
		mux.ServeHTTP(w, r)
	})
}

// statusOnly takes the status of an answer and drops the rest.
type statusOnly struct {
	header http.Header
	status int
}

// Header satisfies http.ResponseWriter.
func (s *statusOnly) Header() http.Header {
	if s.header == nil {
		s.header = make(http.Header)
	}
	return s.header
}

// Write satisfies http.ResponseWriter.
func (s *statusOnly) Write(p []byte) (int, error) { return len(p), nil }

// WriteHeader satisfies http.ResponseWriter.
func (s *statusOnly) WriteHeader(status int) { s.status = status }
