package cli

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"banger/api"
	"banger/client"
	"banger/internal/config"
	"banger/internal/network/publish"
)

// vmFlags say what VM to make; run and create share them.
type vmFlags struct {
	name, image, kernel string
	shape               shape
	env, envFiles       []string
	noFork              bool
	net                 netFlag
	expose              bool
	publish             []string
	given               func(flag string) bool
}

func (f *vmFlags) addFlags(a *app, cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringVar(&f.name, "name", "", "`NAME`: 1 to 63 of a-z, 0-9 and hyphen; without it two words are made up")
	flags.StringVar(&f.image, "image", "", "`IMAGE` to run; the default one is built when it is missing")
	flags.StringVar(&f.kernel, "kernel", "", "`KERNEL` to boot; the default one is pulled when it is missing")
	f.shape.addFlags(flags)
	flags.StringArrayVarP(&f.env, "env", "e", nil, "`NAME=VALUE` for every command in the VM; NAME alone takes the value from here")
	flags.StringArrayVar(&f.envFiles, "env-file", nil, "`FILE` with such variables, one on each line; -e counts more")
	flags.BoolVar(&f.noFork, "no-fork", false, "boot the VM, do not fork a template: it shares no memory with other VMs")
	f.net.addFlag(cmd)
	flags.BoolVar(&f.expose, "expose", false, "mirror the ports from 1024 on at which it listens at its loopback address, as they come and go")
	flags.StringArrayVarP(&f.publish, "publish", "p", nil, "have a port of this host lead to it: `[ADDR:]HOST:GUEST`; :GUEST takes a free one")
	f.given = flags.Changed
	if err := cmd.MarkFlagFilename("env-file"); err != nil {
		panic(err) // the flag does not exist: a mistake in this package
	}
	a.completeWith(cmd, "image", a.imageNames)
	a.completeWith(cmd, "kernel", a.kernelNames)
}

// request resolves flags and configuration into an explicit request.
func (f *vmFlags) request(a *app, conf config.Config) (api.CreateVM, error) {
	if f.name != "" {
		if err := validName(f.name); err != nil {
			return api.CreateVM{}, err
		}
	}
	for _, port := range f.publish {
		if _, err := publish.Parse(port); err != nil {
			return api.CreateVM{}, err
		}
	}
	pairs, err := envPairs(f.envFiles)
	if err != nil {
		return api.CreateVM{}, err
	}
	env, err := a.environment(append(pairs, f.env...)) // what is typed counts more
	if err != nil {
		return api.CreateVM{}, err
	}
	for name, value := range conf.Env {
		if _, given := env[name]; !given {
			if env == nil {
				env = map[string]string{}
			}
			env[name] = value
		}
	}
	vcpu, memory, disk, system := f.shape.or(conf.VMDefaults)
	return api.CreateVM{
		Name:   f.name,
		Image:  first(f.image, conf.DefaultImage),
		Kernel: first(f.kernel, conf.DefaultKernel),
		Engine: conf.Engine,
		VCPU:   vcpu,
		Memory: memory,
		Disk:   disk,
		System: system,
		Env:    env,
		NoFork: f.noFork,
		Net:    first(f.net.policy, conf.Net),

		Expose:  f.exposes(conf),
		Publish: f.publish,
	}, nil
}

func (f *vmFlags) exposes(conf config.Config) bool {
	if f.given("expose") {
		return f.expose
	}
	return conf.Expose
}

// first is the flag's value unless that is zero, which means that it was not given.
func first[T comparable](flag, fallback T) T {
	var zero T
	if flag != zero {
		return flag
	}
	return fallback
}

// environment reads -e flags. NAME alone takes the value from this process, if it has one.
func (a *app) environment(pairs []string) (map[string]string, error) {
	if len(pairs) == 0 {
		return nil, nil
	}
	env := make(map[string]string, len(pairs))
	for _, pair := range pairs {
		name, value, given := strings.Cut(pair, "=")
		if name == "" {
			return nil, usage("-e %q has no name", pair).hint("write -e NAME=VALUE, or -e NAME to pass on a variable of yours")
		}
		if !given {
			if value, given = a.LookupEnv(name); !given {
				continue
			}
		}
		env[name] = value
	}
	return env, nil
}

// specLine says what is going to be created.
func specLine(c *client.Client, req api.CreateVM) string {
	engine := req.Engine
	if engine == "auto" || engine == "" {
		engine = first(c.Status().Engine, "no engine")
	}
	line := fmt.Sprintf("spec: %d vcpu | %d MiB | %s disk | %s | %s",
		req.VCPU, req.Memory>>20, config.FormatSize(req.Disk), req.Image, engine)
	if req.Net != "internet" {
		line += " | net " + req.Net
	}
	return line
}
