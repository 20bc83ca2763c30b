package cli

import (
	"os"
	"strings"
	"testing"

	"banger/api"
)

// TestSlips: what is likely typed by those who know other programs, or in a hurry, and what they are told.
func TestSlips(t *testing.T) {
	t.Chdir(t.TempDir())
	if err := os.Mkdir("repo", 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile("job.sh", nil, 0o644); err != nil {
		t.Fatal(err)
	}
	for line, want := range map[string]struct {
		status int
		hint   string
	}{
		// A verb for VMs without vm, another program's word, a slip of the fingers.
		"start web":          {2, "did you mean banger vm start web?"},
		"start --all":        {2, "did you mean banger vm start --all?"},
		"exec web ls":        {2, "did you mean banger vm exec web ls?"},
		"exec web -- ls -la": {2, "did you mean banger vm exec web -- ls -la?"},
		"rm -f web":          {2, "did you mean banger vm rm -f web?"},
		"ls":                 {2, "did you mean banger vm ls?"},
		"pull":               {2, "did you mean banger kernel pull?"},
		"build dev":          {2, "did you mean banger image build dev?"},
		"vm ps":              {2, "did you mean banger ps?"},
		"vm build dev":       {2, "did you mean banger image build dev?"},
		"vm warm dev":        {2, "did you mean banger image warm dev?"},
		"strat web":          {2, "did you mean banger vm start web?"},
		"vm strat --all":     {2, "did you mean banger vm start --all?"},
		"image lst":          {2, "did you mean banger image list?"},
		"images":             {2, "did you mean banger image list?"},
		"images rm dev":      {2, "did you mean banger image rm dev?"},
		"kernels":            {2, "did you mean banger kernel list?"},
		"snapshots":          {2, "did you mean banger snapshot list?"},
		"containers":         {2, "did you mean banger vm list?"},
		"vms":                {2, "did you mean banger vm list?"},
		"vms start web":      {2, "did you mean banger vm start web?"},
		"inspect web":        {2, "did you mean banger vm show web?"},
		"vm inspect web":     {2, "did you mean banger vm show web?"},
		"shell web":          {2, "did you mean banger vm exec -t web -- bash -l?"},
		"ssh":                {2, "did you mean banger vm exec -t VM -- bash -l?"},
		"xyzzy":              {2, "banger --help"},
		"vm xyzzy":           {2, "banger vm --help"},
		"help strat":         {2, "did you mean banger vm start?"},
		"help vm xyzzy":      {2, "banger vm --help"},
		"-v":                 {2, "banger version"},
		// An argument before --.
		"run ls":                                    {125, "did you mean banger run -- ls?"},
		"run ls -la":                                {125, "did you mean banger run -- ls -la?"},
		"run --rm ls -la":                           {125, "did you mean banger run --rm -- ls -la?"},
		"vm run ls":                                 {125, "did you mean banger vm run -- ls?"},
		"run ubuntu ls":                             {125, "did you mean `--image ubuntu`? That is: banger run --image ubuntu -- ls\n"},
		"run alpine:3.20":                           {125, "did you mean `--image alpine:3.20`? That is: banger run --image alpine:3.20\n"},
		"run --rm alpine:3.20 ls -l":                {125, "did you mean `--image alpine:3.20`? That is: banger run --rm --image alpine:3.20 -- ls -l\n"},
		"run example.com/a/b -- ls":                 {125, "did you mean `--image example.com/a/b`? That is: banger run --image example.com/a/b -- ls\n"},
		"run repo":                                  {125, "/nonexistent/bangerd"}, // no slip
		"run repo make test":                        {125, "banger run repo -- make test"},
		"run --rm repo make -- -k":                  {125, "banger run --rm repo -- make -k"},
		"run --branch x -- make":                    {125, "banger run . -- CMD"},
		"run repo --from v1 -- make":                {125, "add --branch NAME"},
		"run repo -d --export x -- y":               {125, "banger vm workspace export"},
		"run repo --export - -- make":               {125, "name a file"},
		"run repo --export branch= -- make":         {125, "--export branch=NAME"},
		"run repo --export /nowhere/at/all -- make": {125, "a folder that is there"},
		"cp a web:":                                 {2, "did you mean banger vm cp a web:?"},
		"top":                                       {2, "did you mean banger vm stats VM?"},
		"run ./job.sh":                              {125, "banger run -- sh -s <./job.sh"},
		"run -- ls repo":                            {125, "/nonexistent/bangerd"}, // no slip
		"run --rm=false":                            {125, "/nonexistent/bangerd"}, // no slip
		"vm exec web ls -la":                        {125, "banger vm exec web -- ls -la"},
		"vm exec web env -u HOME":                   {125, "banger vm exec web -- env -u HOME"},
		"vm exec -w /srv web ls -t":                 {125, "banger vm exec -w /srv web -- ls -t"},
		"vm exec web ls":                            {125, "/nonexistent/bangerd"}, // no slip
		"vm exec web -w /s -- ls -l":                {125, "/nonexistent/bangerd"}, // no slip
		// Flags of other programs, and near ones.
		"run --mem 4G -- x":        {125, "did you mean --memory?"},
		"run -m 4G -- x":           {125, "did you mean --memory?"},
		"run --cpus 2 -- x":        {125, "did you mean --vcpu?"},
		"run --cpu 2 -- x":         {125, "did you mean --vcpu?"},
		"vm create --disk 20G":     {2, "did you mean --disk-size?"},
		"vm set web --ram 4G":      {2, "did you mean --memory?"},
		"run --nmae web":           {125, "did you mean --name?"},
		"vm list --jsn":            {2, "did you mean --json?"},
		"vm stop --tiemout 3s web": {2, "did you mean --timeout?"},
		"run -v .:/src -- x":       {125, "shares no folder with a VM"},
		"run --volume .:/src -- x": {125, "shares no folder with a VM"},
		"run -P -- x":              {125, "did you mean --expose?"},
		"run --net lan -- x":       {125, "use internet, none,"},
		"run -p 80 -- x":           {125, "such as 8080:80"},
		"run --network none -- x":  {125, "did you mean --net?"},
		"run --privileged -- x":    {125, "root of a machine of its own"},
		"run --entrypoint sh":      {125, "goes after --"},
		"run --xyzzy -- x":         {125, "goes after --"},
		"vm list -v":               {2, "banger vm list --help"},
		"vm delete -y web":         {2, "did you mean --force?"},
	} {
		t.Run(line, func(t *testing.T) {
			r := emptyWorld(t).run(strings.Fields(line)...)
			r.want(t, want.status, "", "banger: ", want.hint)
			if strings.Contains(want.hint, "did you mean") && strings.Count(r.stderr, "\n") != 2 {
				t.Errorf("says\n%s", r.stderr)
			}
		})
	}
	emptyWorld(t).run("start", "a b", "it's").want(t, 2, "", `banger vm start 'a b' 'it'\''s'`)
}

// TestWhatIsNoSlip: other ways of asking that work.
func TestWhatIsNoSlip(t *testing.T) {
	w := newWorld(t)
	w.daemon.Answer("GET /v1/vms", api.VMList{})
	w.daemon.Answer("DELETE /v1/vms/{ref}", struct{}{})
	w.run("--version").want(t, 0, "banger 1.2.3 (abcdef)\n")
	w.run("vm", "rm", "web").want(t, 0, "web\n")
	for _, line := range []string{"vm ls -q", "vm ls"} {
		r := w.run(strings.Fields(line)...)
		r.want(t, 0, r.stdout)
	}
	for line, same := range map[string]string{"help vm start": "vm start --help", "help": "--help", "": "--help", "vm": "vm --help", "help run": "run --help", "help vm": "vm --help"} {
		r := w.run(strings.Fields(line)...)
		r.want(t, 0, w.run(strings.Fields(same)...).stdout)
	}
}

// TestWhatThereIs: a command without a name says which ones there are, and a name that is nearly another is told.
func TestWhatThereIs(t *testing.T) {
	for line, hint := range map[string]string{
		"vm start":              "name one or more of bad, new, off; or say --all",
		"vm stop":               "name one or more of cold, up, up2; or say --all",
		"vm exec":               "REF is one of cold, up, up2",
		"vm show":               "name one of bad, cold, new, off, soon, up, up2",
		"vm health":             "name one of cold, up, up2",
		"run --image dve -- ls": "did you mean dev? list them",
		"vm cp codl:/x .":       "did you mean cold? banger vm list",
		"vm show ofd":           "did you mean off? banger vm list",
		"vm exec codl -- ls":    "did you mean cold? banger vm list",
		"vm start ofd xyzzy":    "hint: did you mean off? banger vm list\nbanger: start xyzzy: no VM is called \"xyzzy\"\nhint: banger vm list\n",
		"vm restore up befor":   "did you mean before? list them",
		"image show dve":        "did you mean dev? list them",
		"image delete dve":      "did you mean dev? list them",
	} {
		w := aWorldOfThings(t)
		w.missing()
		r := w.run(strings.Fields(line)...)
		if r.status == 0 || !strings.Contains(r.stderr, hint) {
			t.Errorf("%s: status %d\n%s\nwant %q", line, r.status, r.stderr, hint)
		}
	}
}

// TestNobodyIsAsked without a daemon: the hint is then a general one.
func TestNobodyIsAsked(t *testing.T) {
	w := emptyWorld(t)
	w.run("vm", "start").want(t, 2, "", "hint: name one or more, or say --all\n")
	if entries, _ := os.ReadDir(w.dir); len(entries) != 0 {
		t.Errorf("it made %v", entries)
	}
}
