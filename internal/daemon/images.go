package daemon

import (
	"context"
	"errors"
	"io/fs"

	"github.com/danielgtaylor/huma/v2"

	"banger/api"
	"banger/internal/disk"
	"banger/internal/image"
	"banger/internal/model"
	"banger/internal/progress"
	"banger/internal/vm"
)

type warmInput struct {
	Name string `path:"name" doc:"name of the image"`
	Body api.WarmImage
}

type buildInput struct {
	Body api.BuildImage
}

func (s *server) serveImages(a huma.API) {
	get(s, a, "/v1/images", func(ctx context.Context, _ *struct{}) (api.ImageList, error) { return s.listImages(ctx) })
	get(s, a, "/v1/images/{name}", func(ctx context.Context, in *nameInput) (api.Image, error) {
		img, err := s.images.Get(ctx, in.Name)
		if err != nil {
			return api.Image{}, err
		}
		return apiImage(img)
	})
	post(s, a, "/v1/images", func(ctx context.Context, in *buildInput, sink progress.Sink) (any, error) {
		img, err := s.images.Build(ctx, image.Request{Name: in.Body.Name, Suite: in.Body.Suite, Include: in.Body.Include}, sink)
		if err != nil {
			return nil, err
		}
		return apiImage(img)
	})
	post(s, a, "/v1/images/{name}/warm", func(ctx context.Context, in *warmInput, sink progress.Sink) (any, error) {
		return struct{}{}, s.fleet.Warm(ctx, vm.Request{
			Image: in.Name, Kernel: in.Body.Kernel, Engine: in.Body.Engine, VCPU: in.Body.VCPU, Memory: in.Body.Memory, Disk: in.Body.Disk, System: in.Body.System,
		}, sink)
	})
	remove(s, a, "/v1/images/{name}", func(ctx context.Context, in *nameInput) error {
		if err := s.images.Delete(ctx, in.Name); err != nil {
			return err
		}
		return s.retain(ctx)
	})
}

func (s *server) listImages(ctx context.Context) (api.ImageList, error) {
	images, err := s.images.List(ctx)
	list := api.ImageList{Images: make([]api.Image, len(images))}
	for i, img := range images {
		if list.Images[i], err = apiImage(img); err != nil {
			return list, err
		}
	}
	return list, err
}

// apiImage has no size when the image's file is missing, which a listing must survive.
func apiImage(img model.Image) (api.Image, error) {
	size, err := disk.Allocated(img.RootfsPath)
	if errors.Is(err, fs.ErrNotExist) {
		err = nil
	}
	return api.Image{
		ID: img.ID, Name: img.Name, Managed: img.Managed, Size: size, Path: img.ArtifactDir, Created: img.CreatedAt,
	}, err
}
