// A web server that is slow, unready, dependent or faulty on purpose, for what Apache and Nginx cannot be asked to do. Called "pause" it only waits.
//
//	server CONFIG            a JSON file, or the JSON itself: version, address, answerMs, dependency, failing, wearsOutAfter
//	server get URL VERSION   0 if this version answers there with 200, else 4 and what was wrong
//
// Every answer carries its version. /started says 200 while the dependency answers, /ready unless it was told otherwise by a POST
// to /unready. Of all other requests the share `failing` is answered with 500, and all once so many were answered: /healthz says so, and
// /metrics counts them. It stops as servers do: it accepts no more connections, answers what it was asked, and goes.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"net/http"
	"os"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"time"
)

type config struct {
	Version       string  `json:"version"`
	Address       string  `json:"address"`
	AnswerMs      int     `json:"answerMs"`
	Dependency    string  `json:"dependency"`
	Failing       float64 `json:"failing"`
	WearsOutAfter int64   `json:"wearsOutAfter"`
}

func read(from string) (config, error) {
	var c config
	if strings.HasPrefix(from, "{") {
		return c, json.Unmarshal([]byte(from), &c)
	}
	text, err := os.ReadFile(from)
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

// What a server has answered, and how many of them it fails.
type counts struct {
	good, bad atomic.Int64
	failing   atomic.Uint64
}

func (n *counts) fail(share float64) { n.failing.Store(math.Float64bits(share)) }

func (c config) wornOut(n *counts) bool {
	return c.WearsOutAfter > 0 && n.good.Load()+n.bad.Load() >= c.WearsOutAfter
}

func (c config) answer(w http.ResponseWriter, n *counts) {
	time.Sleep(time.Duration(c.AnswerMs) * time.Millisecond)
	w.Header().Set("X-Version", c.Version)
	if c.wornOut(n) || rand.Float64() < math.Float64frombits(n.failing.Load()) {
		n.bad.Add(1)
		w.WriteHeader(http.StatusInternalServerError)
	} else {
		n.good.Add(1)
	}
	fmt.Fprintln(w, c.Version)
}

func (c config) serve(ctx context.Context) error {
	var unready atomic.Bool
	var n counts
	n.fail(c.Failing)
	mux := http.NewServeMux()
	mux.HandleFunc("/started", func(w http.ResponseWriter, _ *http.Request) { say(w, c.started()) })
	mux.HandleFunc("/ready", func(w http.ResponseWriter, _ *http.Request) { say(w, !unready.Load()) })
	mux.HandleFunc("POST /unready", func(http.ResponseWriter, *http.Request) { unready.Store(true) })
	mux.HandleFunc("/healthz", func(w http.ResponseWriter, _ *http.Request) { say(w, !c.wornOut(&n)) })
	mux.HandleFunc("POST /failing", func(w http.ResponseWriter, r *http.Request) {
		share, err := strconv.ParseFloat(r.URL.Query().Get("share"), 64)
		if err != nil {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		n.fail(share)
	})
	mux.HandleFunc("/metrics", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/plain; version=0.0.4")
		fmt.Fprintf(w, "requests_total{code=\"200\"} %d\nrequests_total{code=\"500\"} %d\n", n.good.Load(), n.bad.Load())
	})
	mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) { c.answer(w, &n) })
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

// A name and an address take a moment to be known everywhere: it asks until it is answered.
func get(url, version string) error {
	client := http.Client{Timeout: 2 * time.Second}
	deadline := time.Now().Add(10 * time.Second)
	answer, err := client.Get(url)
	for err != nil && time.Now().Before(deadline) {
		time.Sleep(100 * time.Millisecond)
		answer, err = client.Get(url)
	}
	if err != nil {
		return err
	}
	answer.Body.Close()
	if was := answer.Header.Get("X-Version"); answer.StatusCode != http.StatusOK || was != version {
		return fmt.Errorf("GET %s: %s answered %d", url, was, answer.StatusCode)
	}
	return nil
}

func end(err error, code int) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(code)
	}
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	if filepath.Base(os.Args[0]) == "pause" || len(os.Args) < 2 {
		<-ctx.Done()
		return
	}
	if len(os.Args) == 4 && os.Args[1] == "get" {
		end(get(os.Args[2], os.Args[3]), 4)
		return
	}
	c, err := read(os.Args[1])
	if err == nil {
		err = c.serve(ctx)
	}
	end(err, 1)
}
