package config

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/pelletier/go-toml/v2"

	"banger/internal/problem"
)

// file is the shape of config.toml. Its values are of any type, since a size may be
// a string or a number; a setting judges the text of it, as it does in the environment.
type file struct {
	LogLevel      any `toml:"log_level"`
	Engine        any `toml:"engine"`
	DefaultImage  any `toml:"default_image"`
	DefaultKernel any `toml:"default_kernel"`
	Subnet        any `toml:"subnet"`
	Spares        any `toml:"spares"`
	Budget        any `toml:"template_budget"`
	VMDefaults    struct {
		VCPU       any `toml:"vcpu"`
		Memory     any `toml:"memory"`
		DiskSize   any `toml:"disk_size"`
		SystemSize any `toml:"system_size"`
	} `toml:"vm_defaults"`
}

func (f *file) values() map[string]any {
	return map[string]any{
		"log_level": f.LogLevel, "engine": f.Engine,
		"default_image": f.DefaultImage, "default_kernel": f.DefaultKernel, "subnet": f.Subnet,
		"spares": f.Spares, "template_budget": f.Budget,
		"vm_defaults.vcpu": f.VMDefaults.VCPU, "vm_defaults.memory": f.VMDefaults.Memory,
		"vm_defaults.disk_size": f.VMDefaults.DiskSize, "vm_defaults.system_size": f.VMDefaults.SystemSize,
	}
}

// maxFile bounds the configuration file, in bytes.
const maxFile = 1 << 20

func (c *Config) readFile(path string) error {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return problem.New(problem.Invalid, "read the configuration: %w", err)
	}
	defer f.Close()
	var content file
	text, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err != nil {
		return problem.New(problem.Invalid, "read the configuration: %w", err)
	}
	if len(text) > maxFile {
		return problem.New(problem.Invalid, "%s has more than %d bytes", path, maxFile).
			WithRemedy("check that it is banger's configuration")
	}
	if err := toml.NewDecoder(bytes.NewReader(text)).DisallowUnknownFields().Decode(&content); err != nil {
		return fileProblem(path, err)
	}
	values := content.values()
	for _, key := range slices.Sorted(maps.Keys(values)) { // of two mistakes always the same one is told
		if values[key] == nil {
			continue
		}
		if err := c.setValue(key, values[key]); err != nil {
			return problem.New(problem.Invalid, "%s: %w", path, err).WithRemedy("mend or remove that line")
		}
	}
	return nil
}

func (c *Config) setValue(key string, value any) error {
	switch value.(type) {
	case string, int64:
		return c.set(key, fmt.Sprint(value))
	}
	return fmt.Errorf("%s is neither text nor a whole number", key)
}

// fileProblem says on which line of the file the mistake is.
func fileProblem(path string, err error) error {
	line, said := 0, strings.TrimPrefix(err.Error(), "toml: ")
	if strict, ok := errors.AsType[*toml.StrictMissingError](err); ok && len(strict.Errors) > 0 {
		line, _ = strict.Errors[0].Position()
		said = "there is no setting called " + strings.Join(strict.Errors[0].Key(), ".")
	} else if decode, ok := errors.AsType[*toml.DecodeError](err); ok {
		line, _ = decode.Position()
		said, _, _ = strings.Cut(said, " into ") // what follows names a Go type
	}
	return problem.New(problem.Invalid, "%s, line %d: %s", path, line, said).WithRemedy("mend or remove that line")
}
