package workspace

import "time"

// longAgo is a time that no clock of a file system takes for now.
var longAgo = time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC)
