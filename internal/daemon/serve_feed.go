package daemon

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"banger/api"
)

type feedInput struct {
	Kind string `query:"kind" enum:"vm,image,kernel,snapshot,operation" doc:"events of this kind alone"`
}

func (s *server) serveFeed(a huma.API) {
	huma.Register(a, route(http.MethodGet, "/v1/events"), func(_ context.Context, in *feedInput) (*huma.StreamResponse, error) {
		return &huma.StreamResponse{Body: func(c huma.Context) {
			ctx, cancel := s.whileServing(c.Context())
			defer cancel()
			events, stop := s.feed.subscribe()
			defer stop()
			s.passOn(ctx, in.Kind, events, stream(c, cancel))
		}}, nil
	})
}

// passOn sends events of a kind until ctx ends or some were lost.
func (s *server) passOn(ctx context.Context, kind string, events <-chan api.Event, to *eventWriter) {
	for {
		select {
		case <-ctx.Done():
			return
		case e, ok := <-events:
			if !ok {
				to.send("lost", struct{}{})
				return
			}
			if kind == "" || kind == e.Kind {
				to.send(e.Kind, e)
			}
		}
	}
}
