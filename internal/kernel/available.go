package kernel

import (
	"context"
	"regexp"
	"strings"

	"banger/internal/progress"
)

// Offer is a kernel that the host's archive has.
type Offer struct {
	Package string   // such as linux-image-6.1.0-56-cloud-amd64
	Version string   // of that package
	Kernels []string // names of kernels here that were made from it
}

// Release is what uname -r says in a guest of this kernel.
func (o Offer) Release() string { return strings.TrimPrefix(o.Package, "linux-image-") }

// Available lists the kernels for virtual machines in the archive, newest first, the one that Pull
// takes. It asks the archive, which takes seconds, and changes nothing.
func (s *Store) Available(ctx context.Context, sink progress.Sink) ([]Offer, error) {
	const name = "available"
	sources, tools, err := s.archive("NAME")
	if err != nil {
		return nil, err
	}
	here, err := s.List()
	if err != nil {
		return nil, err
	}
	var offers []Offer
	err = s.withApt(ctx, name, tools, sources, func(ctx context.Context, apt aptState) error {
		records, err := apt.records(ctx, cloudKernel, sink)
		for _, record := range records {
			if o := offer(record, here); o.Package != "" {
				offers = append(offers, o)
			}
		}
		return err
	})
	return offers, err
}

var recordVersion = regexp.MustCompile(`(?m)^Version: (\S+)$`)

// offer reads a record of the meta package, whose version is that of the kernel's package.
func offer(record string, here []Listed) Offer {
	o := Offer{Package: kernelPackage(record)}
	if m := recordVersion.FindStringSubmatch(record); m != nil {
		o.Version = m[1]
	}
	for _, k := range here {
		if k.Source == sourceApt+o.Package && k.Version == o.Version {
			o.Kernels = append(o.Kernels, k.Name)
		}
	}
	return o
}
