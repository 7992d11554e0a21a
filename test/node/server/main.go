// A web server that is slow, unready or dependent on purpose, for what Apache and Nginx cannot be asked to do. Called "pause" it only waits.
//
//	server CONFIG      a JSON file: version, address, answerMs, dependency
//
// Every answer carries its version. /started says 200 while the dependency answers, /ready unless it was told otherwise by a POST
// to /unready. It stops as servers do: it accepts no more connections, answers what it was asked, and goes.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/signal"
	"path/filepath"
	"sync/atomic"
	"syscall"
	"time"
)

type config struct {
	Version    string `json:"version"`
	Address    string `json:"address"`
	AnswerMs   int    `json:"answerMs"`
	Dependency string `json:"dependency"`
}

func read(path string) (config, error) {
	var c config
	text, err := os.ReadFile(path)
	if err != nil {
		return c, err
	}
	return c, json.Unmarshal(text, &c)
}

func (c config) started() bool {
	if c.Dependency == "" {
		return true
	}
	client := http.Client{Timeout: time.Second}
	answer, err := client.Get(c.Dependency)
	if err != nil {
		return false
	}
	answer.Body.Close()
	return answer.StatusCode == http.StatusOK
}

func say(w http.ResponseWriter, well bool) {
	if !well {
		w.WriteHeader(http.StatusServiceUnavailable)
	}
}

func (c config) serve(ctx context.Context) error {
	var unready atomic.Bool
	mux := http.NewServeMux()
	mux.HandleFunc("/started", func(w http.ResponseWriter, _ *http.Request) { say(w, c.started()) })
	mux.HandleFunc("/ready", func(w http.ResponseWriter, _ *http.Request) { say(w, !unready.Load()) })
	mux.HandleFunc("POST /unready", func(http.ResponseWriter, *http.Request) { unready.Store(true) })
	mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) {
		time.Sleep(time.Duration(c.AnswerMs) * time.Millisecond)
		w.Header().Set("X-Version", c.Version)
		fmt.Fprintln(w, c.Version)
	})
	server := &http.Server{Addr: c.Address, Handler: mux}
	gone := make(chan error, 1)
	go func() {
		<-ctx.Done()
		gone <- server.Shutdown(context.Background())
	}()
	if err := server.ListenAndServe(); err != http.ErrServerClosed {
		return err
	}
	return <-gone
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	if filepath.Base(os.Args[0]) == "pause" || len(os.Args) < 2 {
		<-ctx.Done()
		return
	}
	c, err := read(os.Args[1])
	if err == nil {
		err = c.serve(ctx)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
