package agent

// What tests from outside must know.
const (
	OutputGrace = outputGrace
	DefaultPath = defaultPath
)

// LoginShell is that of whoever runs the tests.
func LoginShell() (string, error) {
	acc, err := guestDatabases.account("")
	return acc.shell, err
}
