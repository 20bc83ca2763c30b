package doctor

import (
	"context"
	"fmt"
	"strings"

	"banger/internal/aptsource"
	"banger/internal/image"
)

// checkSources looks for the Debian archive that kernels and images are made from.
func checkSources(context.Context, *host) []Row {
	sources, err := aptsource.Debian("/")
	if err != nil {
		return problemRow("sources", Warn, err)
	}
	if len(sources) == 0 {
		return warned("sources", "the host's apt knows no Debian archive, so kernel pull and image build cannot work",
			"import a kernel with: banger kernel import NAME --from DEB")
	}
	suites := make([]string, len(sources))
	for i, s := range sources {
		suites[i] = s.Suite
	}
	return passed("sources", "the Debian archive: "+strings.Join(suites, ", "))
}

// checkImageBuild asks for the first thing that the building of an image lacks.
func checkImageBuild(ctx context.Context, h *host) []Row {
	for _, r := range image.Requirements() {
		if err := r.Check(ctx); err != nil {
			if r.Name == "mmdebstrap" {
				return nil // checkTools has said it
			}
			return problemRow(r.Name, Warn, fmt.Errorf("image build cannot work: %w", err))
		}
	}
	if h.uid == 0 {
		return nil
	}
	return passed("namespaces", "plain users can build images")
}
