package cli

import (
	"os"
	"strings"
	"testing"

	"banger/api"
)

// TestWrongUsage is the table of mistakes that are seen before anything is asked of a daemon:
// 125 from run and exec, 2 from all others.
func TestWrongUsage(t *testing.T) {
	for line, want := range map[string]struct {
		status int
		words  []string
	}{
		"nosuch":                             {2, []string{"nosuch", "--help"}},
		"vm nosuch":                          {2, []string{`"nosuch"`, "--help"}},
		"vm strat":                           {2, []string{"did you mean banger vm start?"}},
		"vm list --nosuch":                   {2, []string{"--nosuch", "banger vm list --help"}},
		"vm list web":                        {2, []string{"no arguments"}},
		"vm list --filter color=red":         {2, []string{"color=red", "engine, image, kernel, name, state"}},
		"vm list --filter name=[":            {2, []string{"name=["}},
		"vm show":                            {2, []string{"one VM"}},
		"vm show a b":                        {2, []string{"2 arguments"}},
		"vm stop":                            {2, []string{"no VM is named", "--all"}},
		"vm stop --all web":                  {2, []string{"--all"}},
		"vm stop --timeout -1s web":          {2, []string{"negative"}},
		"vm kill --signal NOPE web":          {2, []string{"NOPE", "KILL"}},
		"vm create --name Web":               {2, []string{"Web", "a-z"}},
		"vm create --disk-size -1G":          {2, []string{"--disk-size", "-1G"}},
		"vm create extra":                    {2, []string{"extra"}},
		"vm cp web:a":                        {2, []string{"a source and a destination", "1 arguments"}},
		"vm cp a b":                          {2, []string{"neither side is in a VM", "NAME:PATH"}},
		"vm cp a:x b:y":                      {2, []string{"both sides are in a VM", "vm exec"}},
		"vm cp - -":                          {2, []string{"neither side"}},
		"vm ports":                           {2, []string{"one VM"}},
		"vm stats --nosuch":                  {2, []string{"--nosuch"}},
		"image build":                        {2, []string{"one name"}},
		"image build ../x":                   {2, []string{"../x"}},
		"image build x --suite book/worm":    {2, []string{"book/worm"}},
		"image delete":                       {2, []string{"at least one image"}},
		"kernel import k":                    {2, []string{"--from"}},
		"kernel import K --from /etc/passwd": {2, []string{"K"}},
		"kernel pull a b":                    {2, []string{"at most one name"}},
		"daemon status now":                  {2, []string{"now"}},
		"run --nosuch":                       {125, []string{"--nosuch", "goes after --"}},
		"run ls -la":                         {125, []string{"goes after --"}},
		"run ls":                             {125, []string{"no such folder: ls", "did you mean banger run -- ls?"}},
		"run alpine:3.20 ls":                 {125, []string{"no such folder", "did you mean `--image alpine:3.20`?", "banger run --image alpine:3.20 -- ls"}},
		"run alpine:3.20 -- ls":              {125, []string{"--image alpine:3.20"}},
		"run -d --rm":                        {125, []string{"-d and --rm"}},
		"run -d -t -- sh":                    {125, []string{"-t and -i"}},
		"run -d -u nobody":                   {125, []string{"-u, -w and --timeout"}},
		"run --vcpu 0 -- true":               {125, []string{"--vcpu"}},
		"run --vcpu two -- true":             {125, []string{"--vcpu"}},
		"run --memory 0 -- true":             {125, []string{"--memory"}},
		"run --memory 4000000G -- true":      {125, []string{"--memory"}},
		"run --disk-size 129G -- true":       {125, []string{"128G"}},
		"run --system-size 129GiB -- true":   {125, []string{"128G"}},
		"run --name web- -- true":            {125, []string{"web-"}},
		"run --timeout soon -- true":         {125, []string{"soon"}},
		"run --timeout -1s -- true":          {125, []string{"--timeout"}},
		"run -w here -- true":                {125, []string{"here"}},
		"run -e =x -- true":                  {125, []string{"=x"}},
		"vm exec":                            {125, []string{"no VM is named"}},
		"vm exec web":                        {125, []string{"no command"}},
		"vm exec web ls -- true":             {125, []string{`"ls"`}},
		"vm exec --detach -i web -- true":    {125, []string{"-t and -i"}},
		"vm exec --nosuch web -- true":       {125, []string{"--nosuch"}},
	} {
		t.Run(line, func(t *testing.T) {
			w := emptyWorld(t)
			w.run(strings.Fields(line)...).want(t, want.status, "", want.words...)
			if entries, err := os.ReadDir(w.dir); err != nil || len(entries) != 0 {
				t.Errorf("it made %v (%v)", entries, err)
			}
		})
	}
}

// TestFailures: what is understood and fails gives 1, from run and exec 125, with the remedy.
func TestFailures(t *testing.T) {
	for line, status := range map[string]int{
		"vm list": 1, "vm show web": 1, "vm logs web": 1, "vm start web": 1, "image list": 1, "kernel show x": 1, "daemon start": 1, "vm create": 1,
		"run -- true": 125, "vm run --rm": 125, "vm exec web -- true": 125, "kernel import k --from /nonexistent": 1,
	} {
		r := emptyWorld(t).run(strings.Fields(line)...)
		r.want(t, status, "", "banger: ")
		if !strings.HasPrefix(line, "kernel import") {
			r.want(t, status, "", "/nonexistent/bangerd")
		}
	}
}

func TestBadConfigurationIsNamed(t *testing.T) {
	w := newWorld(t)
	if err := os.WriteFile(w.env["BANGER_CONFIG"], []byte("colour = 3\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	w.run("run", "--", "true").want(t, 125, "", "colour", "config.toml")
	w.run("vm", "create").want(t, 1, "", "colour")
}

func TestErrorsOfTheDaemon(t *testing.T) {
	w := newWorld(t)
	w.daemon.Refuse("GET /v1/vms/{ref}", api.Problem{Code: "not_found", Detail: "no VM is called \"web\x1b[31m\"", Remedy: "banger vm list"})
	w.run("vm", "show", "web").want(t, 1, "", "banger: no VM is called \"web?[31m\"\nhint: banger vm list\n")
	w.run("vm", "exec", "web", "--", "true").want(t, 125, "", "no VM is called")
	r := w.run("vm", "show", "web", "--json")
	r.want(t, 1, "", `"code":"not_found"`, `"remedy":"banger vm list"`, `web\u001b[31m`)
}
