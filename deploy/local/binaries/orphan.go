package main

import (
	"io"
	"os"
)

// dieWithParent ends this process when its standard input closes, which the kernel does for whoever holds the other end of
// the pipe: the parent cannot die in a way that leaves us running. A signal on parent death (prctl) would be Linux only and
// follows the thread that forked, not the process.
func dieWithParent() {
	if os.Getenv("IMMUTABLEAPP_DIE_WITH_PARENT") != "1" {
		return
	}
	os.Unsetenv("IMMUTABLEAPP_DIE_WITH_PARENT") //nolint:errcheck // our children have standard input of their own
	go func() {
		io.Copy(io.Discard, os.Stdin) //nolint:errcheck // any end of the pipe is the end
		os.Exit(1)
	}()
}
