package doctor

import (
	"context"
	"fmt"
	"strings"

	"banger/internal/aptsource"
	"banger/internal/image"
)

// checkSources looks for the Debian archive that kernels and images are made from.
func checkSources(_ context.Context, h *host) []Row {
	const instead = "import a kernel with: banger kernel import NAME --from DEB"
	sources, err := aptsource.Debian(h.root)
	if err != nil {
		return problemRow(Warn, err, instead)
	}
	if len(sources) == 0 {
		return warned("the host's apt knows no Debian archive, so kernel pull and image build cannot work", instead)
	}
	suites := make([]string, len(sources))
	for i, s := range sources {
		suites[i] = s.Suite
	}
	return passed("the Debian archive: " + strings.Join(suites, ", "))
}

// checkRequirement makes the check for one thing that the building of an image needs.
func checkRequirement(name string) func(context.Context, *host) []Row {
	return func(ctx context.Context, h *host) []Row {
		for _, r := range image.Requirements(h.root, h.uid) {
			if r.Name == name {
				return requirementRow(r.Check(ctx), "build images as root")
			}
		}
		return passed("root builds images without")
	}
}

func requirementRow(err error, remedy string) []Row {
	if err != nil {
		return problemRow(Warn, fmt.Errorf("image build cannot work: %w", err), remedy)
	}
	return passed("image build has what it needs")
}
