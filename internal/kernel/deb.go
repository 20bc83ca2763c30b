package kernel

import (
	"context"
	"os"
	"strings"
)

// debFields are what banger asks of a package.
type debFields struct{ name, version string }

// unpackDeb unpacks kernel, configuration and modules of a package into the folder tree.
func unpackDeb(ctx context.Context, deb, tree string) (debFields, error) {
	var fields debFields
	dpkg, err := find("dpkg-deb", "dpkg")
	if err != nil {
		return fields, err
	}
	text, err := run(ctx, program(ctx, dpkg, "--field", deb, "Package", "Version"))
	if err != nil {
		return fields, err
	}
	for line := range strings.Lines(text) {
		switch name, value, _ := strings.Cut(strings.TrimSpace(line), ": "); name {
		case "Package":
			fields.name = value
		case "Version":
			fields.version = value
		}
	}
	return fields, unpackFiles(ctx, dpkg, deb, tree)
}

func unpackFiles(ctx context.Context, dpkg, deb, tree string) error {
	root, err := os.OpenRoot(tree)
	if err != nil {
		return err
	}
	defer root.Close()
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	cmd := program(ctx, dpkg, "--fsys-tarfile", deb)
	archive, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	var stderr bounded
	cmd.Stderr = &stderr
	if err := cmd.Start(); err != nil {
		return err
	}
	unpackErr := untar(archive, root)
	if unpackErr != nil {
		stop() // it would wait for a reader for ever
	}
	err = cmd.Wait()
	if unpackErr == nil && err != nil {
		return failed(cmd, stderr.String(), err)
	}
	return unpackErr
}
