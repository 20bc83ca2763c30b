package daemon

import (
	"errors"
	"fmt"
	"strconv"

	"banger/api"
	"banger/internal/problem"
	"banger/internal/vm"
)

// The words of a metav1.Status that Kubernetes' clients act on.
const (
	statusSuccess  = "Success"
	statusFailure  = "Failure"
	nonZeroExit    = "NonZeroExitCode"
	causeExitCode  = "ExitCode"
	causeSignal    = "Signal"
	causeTimeout   = "Timeout"
	causeRemedy    = "Remedy"
	causeNotFound  = "NotFound"
	causeNoProgram = "NotExecutable"
)

// What a shell gives for a command that timeout(1) ended, that it cannot run, and that it does not find.
const (
	exitTimedOut      = 124
	exitNotExecutable = 126
	exitNotFound      = 127
)

// execStatus tells how a command ended, or why it did not run.
func execStatus(exit vm.Exit, err error) api.ExecStatus {
	if refusal, ok := errors.AsType[*vm.Refusal](err); ok {
		return refusedStatus(refusal)
	}
	if err != nil {
		return failedStatus(err)
	}
	switch {
	case exit.TimedOut:
		return endedStatus(exitTimedOut, api.ExecCause{Reason: causeTimeout, Message: "the command ran longer than it was given"})
	case exit.Signal != 0:
		return endedStatus(exit.Status(), api.ExecCause{Reason: causeSignal, Message: strconv.Itoa(exit.Signal)})
	case exit.Code != 0:
		return endedStatus(exit.Code)
	}
	return api.ExecStatus{Status: statusSuccess}
}

// endedStatus is that of a command with an exit status other than 0.
func endedStatus(status int, more ...api.ExecCause) api.ExecStatus {
	causes := append([]api.ExecCause{{Reason: causeExitCode, Message: strconv.Itoa(status)}}, more...)
	return api.ExecStatus{
		Status: statusFailure, Reason: nonZeroExit, Message: fmt.Sprintf("the command ended with exit status %d", status),
		Details: &api.ExecDetails{Causes: causes},
	}
}

// refusedStatus is that of a command that the guest did not run.
func refusedStatus(refusal *vm.Refusal) api.ExecStatus {
	var status api.ExecStatus
	switch refusal.Code {
	case vm.CommandNotFound:
		status = endedStatus(exitNotFound, api.ExecCause{Reason: causeNotFound, Message: refusal.Error()})
	case vm.CommandNotExecutable:
		status = endedStatus(exitNotExecutable, api.ExecCause{Reason: causeNoProgram, Message: refusal.Error()})
	case vm.CommandInvalid:
		return failedStatus(newRefusal(statuses[problem.Invalid], problem.Invalid, refusal.Error(), ""))
	default:
		return failedStatus(newRefusal(statuses[problem.GuestFailed], problem.GuestFailed, refusal.Error(), ""))
	}
	status.Message = refusal.Error()
	return status
}

// failedStatus is that of a failure of banger's, or of the guest's.
func failedStatus(err error) api.ExecStatus {
	r := refuse(err)
	status := api.ExecStatus{Status: statusFailure, Reason: r.Code, Message: r.Detail, Code: r.Status}
	if r.Remedy != "" {
		status.Details = &api.ExecDetails{Causes: []api.ExecCause{{Reason: causeRemedy, Message: r.Remedy}}}
	}
	return status
}
