package daemon

import (
	"context"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"banger/internal/progress"
)

// maxBody is the longest body of a request, in bytes.
const maxBody = 1 << 20

type output[T any] struct{ Body T }

// get serves a GET that is answered at once, patch a PATCH.
func get[I, O any](s *server, a huma.API, path string, do func(context.Context, *I) (O, error)) {
	serve(s, a, http.MethodGet, path, do)
}

func patch[I, O any](s *server, a huma.API, path string, do func(context.Context, *I) (O, error)) {
	serve(s, a, http.MethodPatch, path, do)
}

func serve[I, O any](s *server, a huma.API, method, path string, do func(context.Context, *I) (O, error)) {
	huma.Register(a, route(method, path), func(ctx context.Context, in *I) (*output[O], error) {
		out, err := do(ctx, in)
		if err != nil {
			return nil, s.refused(ctx, path, err)
		}
		return &output[O]{out}, nil
	})
}

// post serves a POST that can take long: an operation.
func post[I any](s *server, a huma.API, path string, do func(context.Context, *I, progress.Sink) (any, error)) {
	huma.Register(a, route(http.MethodPost, path), func(_ context.Context, in *I) (*huma.StreamResponse, error) {
		return s.answer(func(ctx context.Context, sink progress.Sink) (any, error) { return do(ctx, in, sink) }), nil
	})
}

// remove serves a DELETE, answered without a body.
func remove[I any](s *server, a huma.API, path string, do func(context.Context, *I) error) {
	huma.Register(a, route(http.MethodDelete, path), func(ctx context.Context, in *I) (*struct{}, error) {
		if err := do(ctx, in); err != nil {
			return nil, s.refused(ctx, path, err)
		}
		return nil, nil
	})
}

func route(method, path string) huma.Operation {
	words := strings.FieldsFunc(strings.TrimPrefix(path, "/v1"), func(r rune) bool { return strings.ContainsRune("/{}", r) })
	op := huma.Operation{
		OperationID: strings.ToLower(method) + "-" + strings.Join(words, "-"),
		Method:      method, Path: path, MaxBodyBytes: maxBody,
		// A deadline for the body would also end the wait for a long answer, since
		// the server goes on reading to learn that a client has gone.
		BodyReadTimeout: -1,
	}
	if method == http.MethodDelete {
		op.DefaultStatus = http.StatusNoContent
	}
	return op
}
