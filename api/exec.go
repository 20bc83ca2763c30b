package api

// ExecProtocol is the subprotocol of an exec WebSocket.
const ExecProtocol = "v5.channel.k8s.io"

// The channels of an exec WebSocket: the first byte of each message, which is binary.
const (
	ExecStdin  byte = 0   // to the command
	ExecStdout byte = 1   // of the command
	ExecStderr byte = 2   // of the command; silent with a terminal
	ExecError  byte = 3   // ExecStatus: how it ended, the last message
	ExecResize byte = 4   // ExecSize
	ExecSignal byte = 5   // ExecKill; not of Kubernetes
	ExecClose  byte = 255 // followed by the channel that ends: only ExecStdin means something
)

// ExecSize is the size of a command's terminal, on channel ExecResize.
type ExecSize struct {
	Width  uint16 `json:"Width" doc:"columns"`
	Height uint16 `json:"Height" doc:"rows"`
}

// ExecKill sends a signal to a command, on channel ExecSignal.
type ExecKill struct {
	Signal string `json:"signal" doc:"name of the signal, such as INT or SIGINT"`
}

// ExecStatus is how a command ended, or why it did not run, on channel ExecError. It is a metav1.Status of Kubernetes.
type ExecStatus struct {
	Metadata ExecMetadata `json:"metadata" doc:"always empty"`
	Status   string       `json:"status" enum:"Success,Failure" doc:"Success means exit status 0"`
	Message  string       `json:"message,omitempty" doc:"what failed, for people"`
	Reason   string       `json:"reason,omitempty" doc:"NonZeroExitCode when the guest ran the command or could not find or execute it, else the code of a Problem"`
	Details  *ExecDetails `json:"details,omitempty" doc:"more about a failure"`
	Code     int          `json:"code,omitempty" doc:"HTTP status of the Problem, when Reason is the code of one"`
}

// ExecMetadata is what every object of Kubernetes has; here it is empty.
type ExecMetadata struct{}

// ExecDetails is what an ExecStatus has beyond its message.
type ExecDetails struct {
	Causes []ExecCause `json:"causes" doc:"one has the reason ExitCode when the status has the reason NonZeroExitCode"`
}

// ExecCause is one thing to know about a failure.
type ExecCause struct {
	Reason  string `json:"reason" enum:"ExitCode,Signal,Timeout,NotFound,NotExecutable,Remedy" doc:"ExitCode: the status as a shell has it, 126, 127, 128+N and 124 after a timeout included. Signal: the number of the one that ended it. Timeout: it ran longer than timeout_ms. NotFound and NotExecutable: why it did not run. Remedy: what to do"`
	Message string `json:"message" doc:"a decimal number or a sentence"`
}
