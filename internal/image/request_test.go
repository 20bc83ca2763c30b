package image

import (
	"strings"
	"testing"

	"banger/internal/problem"
)

func TestRequestIsCompleted(t *testing.T) {
	r, err := Request{Name: "x", Include: []string{"g++", "0ad", "libc6.1-dev", "0ad"}}.resolve()
	must(t, err)
	if r.Suite != DefaultSuite || strings.Join(r.Include, " ") != "0ad g++ libc6.1-dev" {
		t.Errorf("got %+v", r)
	}
}

func TestRequestIsRefused(t *testing.T) {
	for what, r := range map[string]Request{
		"no name":                  {},
		"name for a shell":         {Name: "a;b"},
		"suite like an option":     {Name: "x", Suite: "--aptopt=x"},
		"suite of two words":       {Name: "x", Suite: "sid main"},
		"package like an option":   {Name: "x", Include: []string{"--simulate"}},
		"package that apt removes": {Name: "x", Include: []string{"apt-"}},
		"package with a version":   {Name: "x", Include: []string{"make=4.3"}},
		"package with arch":        {Name: "x", Include: []string{"make:i386"}},
		"pattern":                  {Name: "x", Include: []string{"?essential"}},
		"two packages in one":      {Name: "x", Include: []string{"make,vim"}},
		"path":                     {Name: "x", Include: []string{"./evil.deb"}},
		"one letter":               {Name: "x", Include: []string{"x"}},
		"empty package":            {Name: "x", Include: []string{""}},
		"upper case":               {Name: "x", Include: []string{"Make"}},
		"too many packages":        {Name: "x", Include: make([]string, maxInclude+1)},
	} {
		t.Run(what, func(t *testing.T) {
			_, err := r.resolve()
			wantProblem(t, err, problem.Invalid)
		})
	}
}
