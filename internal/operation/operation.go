package operation

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"log/slog"
	"strings"
)

// None is the id of what nobody has asked for.
const None = "-"

type key struct{}

// NewID makes an id: 64 random bits in hexadecimal.
func NewID() string {
	var b [8]byte
	rand.Read(b[:]) // never fails
	return hex.EncodeToString(b[:])
}

// Valid reports whether an id that came from elsewhere can be used: 1 to 64 letters, digits, hyphens and underscores.
func Valid(id string) bool {
	const most = 64
	return id != "" && len(id) <= most && strings.Trim(id, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_") == ""
}

// With gives a context of the operation id.
func With(ctx context.Context, id string) context.Context { return context.WithValue(ctx, key{}, id) }

// ID is that of ctx's operation, or None.
func ID(ctx context.Context) string {
	if id, ok := ctx.Value(key{}).(string); ok {
		return id
	}
	return None
}

// Logged adds to each record the id of its context, as "operation".
func Logged(h slog.Handler) slog.Handler { return logged{h} }

type logged struct{ slog.Handler }

// Handle satisfies slog.Handler.
func (l logged) Handle(ctx context.Context, r slog.Record) error {
	r.AddAttrs(slog.String("operation", ID(ctx)))
	return l.Handler.Handle(ctx, r)
}

// WithAttrs satisfies slog.Handler.
func (l logged) WithAttrs(attrs []slog.Attr) slog.Handler { return logged{l.Handler.WithAttrs(attrs)} }

// WithGroup satisfies slog.Handler.
func (l logged) WithGroup(name string) slog.Handler { return logged{l.Handler.WithGroup(name)} }
