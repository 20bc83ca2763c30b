package daemon

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"banger/api"
)

type (
	operationInput struct {
		ID string `path:"id" doc:"of the operation"`
	}
	operationsInput struct {
		All bool `query:"all" doc:"also those that have ended lately"`
	}
)

func (s *server) serveOperations(a huma.API) {
	get(s, a, "/v1/operations", func(_ context.Context, in *operationsInput) (api.OperationList, error) {
		return api.OperationList{Operations: s.operations.list(in.All)}, nil
	})
	get(s, a, "/v1/operations/{id}", func(_ context.Context, in *operationInput) (api.Operation, error) {
		r, err := s.operations.find(in.ID)
		if err != nil {
			return api.Operation{}, err
		}
		return r.state(), nil
	})
	serve(s, a, http.MethodPost, "/v1/operations/{id}/cancel", func(ctx context.Context, in *operationInput) (api.Operation, error) {
		r, err := s.operations.find(in.ID)
		if err != nil {
			return api.Operation{}, err
		}
		r.cancel(errCanceled)
		select {
		case <-r.over:
			return r.state(), nil
		case <-ctx.Done():
			return api.Operation{}, context.Cause(ctx)
		}
	})
	huma.Register(a, route(http.MethodGet, "/v1/operations/{id}/events"), func(ctx context.Context, in *operationInput) (*huma.StreamResponse, error) {
		r, err := s.operations.find(in.ID)
		if err != nil {
			return nil, s.refused(ctx, "/v1/operations/{id}/events", err)
		}
		return &huma.StreamResponse{Body: func(c huma.Context) {
			ctx, cancel := s.whileServing(c.Context())
			defer cancel()
			l := listen(stream(c, cancel))
			r.listen(l)
			select {
			case <-r.over:
			case <-ctx.Done():
				r.forget(l)
			}
		}}, nil
	})
}
