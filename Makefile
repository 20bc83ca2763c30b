# banger: `make run` boots a fresh VM, `make test` runs every test. `make help` lists the rest.

# Never download another toolchain, and never depend on what git says about the folder.
export GOTOOLCHAIN := local
export GOFLAGS := $(GOFLAGS) -buildvcs=false

PREFIX  ?= /usr/local
VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo devel)
COMMIT  ?= $(shell git rev-parse --short=12 HEAD 2>/dev/null)
LDFLAGS := -s -w -X main.version=$(VERSION) -X main.commit=$(COMMIT)

# What the host needs to run banger, and to test it.
DEPS      ?= qemu-system-x86 mmdebstrap e2fsprogs kmod uidmap git
TEST_DEPS ?= $(if $(DEPS),$(DEPS) strace iproute2)

AGENT := internal/initramfs/agent/banger-agent

.PHONY: help run test build docs lint openapi bench soak-boot install uninstall clean deps test-deps go

help:
	@echo "make run             install what is missing, build, boot a VM and show what it says"
	@echo "make test            every test, with real virtual machines"
	@echo "make build           bin/banger, bin/bangerd, bin/banger-agent"
	@echo "make docs            man pages and completion files, in bin/share"
	@echo "make lint            gofmt, go vet, staticcheck"
	@echo "make openapi         write docs/openapi.json anew, after a change of the API"
	@echo "make bench           measure, beside the raw floor; prints the table of docs/benchmarks.md"
	@echo "make soak-boot       200 boots with both cores busy (BOOTS=200)"
	@echo "make install         to PREFIX=$(PREFIX), DESTDIR obeyed; make uninstall takes it away"
	@echo "make clean           delete what make built"

run: deps build
	bin/banger vm run --rm -- sh -c 'uname -a; cat /etc/os-release'

# The agent first: bangerd carries it. Go's cache decides what needs building at all.
build: go
	CGO_ENABLED=0 go build -trimpath -ldflags "-s -w" -o bin/ ./cmd/banger-agent
	@cmp -s bin/banger-agent $(AGENT) || install -D -m 0644 bin/banger-agent $(AGENT)
	CGO_ENABLED=0 go build -trimpath -ldflags "$(LDFLAGS)" -o bin/ ./cmd/banger ./cmd/bangerd

# The pages bear the date of the last commit, so that one source always gives the same files.
docs: go
	rm -rf bin/share
	SOURCE_DATE_EPOCH=$${SOURCE_DATE_EPOCH:-$$(git log -1 --format=%ct 2>/dev/null)} go run ./test/manual -version "$(VERSION)" bin/share

# One package at a time: each boots machines, and they would fight for the cores. Never from
# the cache: Go does not see that a test builds and runs the programs.
test: test-deps build
	env --default-signal=HUP,INT go test -count=1 -p 1 -timeout 40m ./...

lint: go
	@unformatted=$$(gofmt -l api client cmd internal test); \
	if [ -n "$$unformatted" ]; then echo "not gofmt'ed:"; echo "$$unformatted"; exit 1; fi
	go vet ./...
	go tool staticcheck ./...

openapi: go
	go test ./internal/daemon -run TestDocumentIsCurrent -update

bench: test-deps build
	@scripts/deps $(if $(DEPS),runc)
	go run ./test/bench

BOOTS ?= 200
soak-boot: test-deps build
	go run ./test/soak -boots $(BOOTS)

SHARE := $(DESTDIR)$(PREFIX)/share
DOCS  := man/man1 bash-completion/completions zsh/site-functions fish/vendor_completions.d

install: build docs
	install -d $(DESTDIR)$(PREFIX)/bin $(addprefix $(SHARE)/,$(DOCS))
	install -m 0755 bin/banger bin/bangerd $(DESTDIR)$(PREFIX)/bin/
	for d in $(DOCS); do install -m 0644 bin/share/$$d/* $(SHARE)/$$d/ || exit; done

uninstall:
	rm -f $(DESTDIR)$(PREFIX)/bin/banger $(DESTDIR)$(PREFIX)/bin/bangerd
	rm -f $(SHARE)/man/man1/banger.1 $(SHARE)/man/man1/banger-*.1
	rm -f $(SHARE)/bash-completion/completions/banger $(SHARE)/zsh/site-functions/_banger $(SHARE)/fish/vendor_completions.d/banger.fish

clean:
	rm -rf bin $(AGENT)

deps: go
	@scripts/deps $(DEPS)

test-deps: go
	@scripts/deps $(TEST_DEPS)

go:
	@scripts/require-go
