package policy

import (
	"bytes"
	"errors"
	"io"
	"strings"

	"github.com/pelletier/go-toml/v2"
	"github.com/pelletier/go-toml/v2/unstable"

	"banger/internal/problem"
)

// ParseFile reads a policy from TOML (see the package's comment). What is wrong with it is told with its line.
func ParseFile(r io.Reader) (Policy, error) {
	text, err := io.ReadAll(io.LimitReader(r, maxText+1))
	if err != nil {
		return Policy{}, problem.New(problem.Invalid, "read the network policy: %w", err)
	}
	if len(text) > maxText {
		return Policy{}, wrong("the file has more than %d bytes", maxText).WithRemedy("check that it is a network policy")
	}
	if err := checkTOML(text); err != nil {
		return Policy{}, err
	}
	f := file{text: text, empty: true}
	f.parser.Reset(text)
	for f.parser.NextExpression() {
		if err := f.expression(f.parser.Expression()); err != nil {
			return Policy{}, err
		}
	}
	if f.empty {
		return Policy{}, wrong("the file holds no policy").WithRemedy(`write base = "internet", base = "none", allow or host_ports`)
	}
	return f.draft.finish()
}

// checkTOML finds what the parser's tree does not show, such as a key that stands there twice.
func checkTOML(text []byte) error {
	var whole map[string]any
	err := toml.Unmarshal(text, &whole)
	if err == nil {
		return nil
	}
	line := 1
	if decode, ok := errors.AsType[*toml.DecodeError](err); ok {
		line, _ = decode.Position()
	}
	return wrong("line %d: %s", line, strings.TrimPrefix(err.Error(), "toml: ")).WithRemedy("mend that line")
}

// file is a policy's file while it is read. The tree of go-toml's parser knows where things stand; its decoder does not tell.
type file struct {
	parser unstable.Parser
	text   []byte
	draft  draft
	empty  bool
}

func (f *file) expression(node *unstable.Node) error {
	if node.Kind != unstable.KeyValue {
		it := node.Key()
		it.Next()
		return f.at(it.Node(), wrong("a policy has no table %s", quote(string(it.Node().Data))).WithRemedy("its keys are base, allow and host_ports"))
	}
	f.empty = false
	it := node.Key()
	it.Next()
	key, value := it.Node(), node.Value()
	switch name := string(key.Data); {
	case !it.IsLast():
	case name == "base":
		return f.base(key, value)
	case name == "allow":
		f.draft.listed = true
		return f.list(key, value, f.draft.allow)
	case name == "host_ports":
		return f.list(key, value, f.draft.openHostPorts)
	}
	return f.at(key, wrong("a policy has no key %s", quote(string(key.Data))).WithRemedy("its keys are base, allow and host_ports"))
}

func (f *file) base(key, value *unstable.Node) error {
	if word := string(value.Data); value.Kind == unstable.String && (word == internetWord || word == noneWord) {
		return f.draft.setBase(word)
	}
	return f.at(key, wrong("base is neither internet nor none").WithRemedy(`write base = "internet" or base = "none"`))
}

func (f *file) list(key, value *unstable.Node, add func(string) error) error {
	if value.Kind != unstable.Array {
		return f.at(key, wrong("%s is no list", key.Data).WithRemedy("write it in brackets: [...]"))
	}
	for it := value.Children(); it.Next(); {
		item := it.Node()
		if item.Kind != unstable.String && item.Kind != unstable.Integer {
			return f.at(key, wrong("%s holds what is neither text nor a number", key.Data).WithRemedy("write each in quotes"))
		}
		if err := add(string(item.Data)); err != nil {
			return f.at(item, err)
		}
	}
	return nil
}

// at says on which line the error is. It keeps the error's remedy.
func (f *file) at(node *unstable.Node, err error) error {
	line := 1 + bytes.Count(f.text[:node.Raw.Offset], []byte("\n"))
	return problem.New(problem.Invalid, "line %d: %w", line, err)
}
