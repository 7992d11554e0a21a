// Sends requests at a steady rate for as long as its standard input is open, and writes down what became of each. The loop is open: a
// late answer delays no other request, so an outage cannot hide behind the requests that were not sent because of it.
//
//	load URL LOG FROM,FROM... NAME:RATE:keep|fresh...
//
// Each connection comes from the next of these addresses.
//
// One line per request: stream, its number there, then microseconds since the epoch at which it was due, sent and done, the number of the
// connection it was answered on, when that was dialled and when it stood, the number of connections tried, status, X-Version and the
// error, if any, separated by tabs.
package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"os"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

// A person has left by then.
const timeout = 5 * time.Second

var connections, dials atomic.Int64

var sources []net.IP

type connection struct {
	net.Conn
	number         int64
	dialled, stood int64
}

func now() int64 { return time.Now().UnixMicro() }

func dial(ctx context.Context, network, address string) (net.Conn, error) {
	dialled := now()
	from := sources[dials.Add(1)%int64(len(sources))]
	dialer := net.Dialer{LocalAddr: &net.TCPAddr{IP: from}, Control: portLater}
	conn, err := dialer.DialContext(ctx, network, address)
	if err != nil {
		return nil, err
	}
	return &connection{conn, connections.Add(1), dialled, now()}, nil
}

// The port is chosen when it is known where the connection goes, one after the other; otherwise by chance, and soon the same again.
func portLater(_, _ string, raw syscall.RawConn) error {
	var err error
	if wrong := raw.Control(func(fd uintptr) {
		const ipBindAddressNoPort = 24
		err = syscall.SetsockoptInt(int(fd), syscall.IPPROTO_IP, ipBindAddressNoPort, 1)
	}); wrong != nil {
		return wrong
	}
	return err
}

type stream struct {
	name   string
	rate   int
	client *http.Client
}

func parse(text string) stream {
	parts := strings.Split(text, ":")
	if len(parts) != 3 {
		fail("a stream is NAME:RATE:keep|fresh, not %s", text)
	}
	rate, err := strconv.Atoi(parts[1])
	if err != nil || rate < 1 {
		fail("%s is no rate", parts[1])
	}
	transport := &http.Transport{
		DialContext:         dial,
		DisableKeepAlives:   parts[2] == "fresh",
		MaxIdleConnsPerHost: 64,
		DisableCompression:  true,
		// Less than what servers allow (Apache: 5 s by default): who waits longer uses connections that are gone. Seen with two that were
		// dialled, never used for 19.6 s, and then unanswered by an Apache that nobody had touched.
		IdleConnTimeout: 4 * time.Second,
	}
	return stream{parts[0], rate, &http.Client{Transport: transport, Timeout: timeout}}
}

func (s stream) ask(url string, number int, due int64, lines chan<- string) {
	var last *connection
	tried := 0
	trace := &httptrace.ClientTrace{GotConn: func(got httptrace.GotConnInfo) {
		tried++
		last, _ = got.Conn.(*connection)
	}}
	sent := now()
	status, version, err := s.answer(httptrace.WithClientTrace(context.Background(), trace), url)
	done := now()
	if last == nil {
		last = &connection{}
	}
	said := ""
	if err != nil {
		said = strings.NewReplacer("\t", " ", "\n", " ").Replace(err.Error())
	}
	lines <- fmt.Sprintf("%s\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%s\t%s\n",
		s.name, number, due, sent, done, last.number, last.dialled, last.stood, tried, status, version, said)
}

func (s stream) answer(ctx context.Context, url string) (status int, version string, err error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return 0, "", err
	}
	response, err := s.client.Do(request)
	if err != nil {
		return 0, "", err
	}
	defer response.Body.Close()
	_, err = io.Copy(io.Discard, response.Body)
	return response.StatusCode, response.Header.Get("X-Version"), err
}

// Sends until `stop` is closed, then waits for what is under way.
func (s stream) run(url string, stop <-chan struct{}, lines chan<- string) {
	var under sync.WaitGroup
	start := time.Now()
	for i := 0; ; i++ {
		due := start.Add(time.Duration(i) * time.Second / time.Duration(s.rate))
		select {
		case <-stop:
			under.Wait()
			return
		case <-time.After(time.Until(due)):
		}
		under.Go(func() { s.ask(url, i, due.UnixMicro(), lines) })
	}
}

func record(file *os.File, lines <-chan string, done chan<- struct{}) {
	defer close(done)
	writer := bufio.NewWriterSize(file, 1<<16)
	flush := time.NewTicker(100 * time.Millisecond)
	defer flush.Stop()
	for {
		select {
		case line, more := <-lines:
			if !more {
				writer.Flush()
				return
			}
			writer.WriteString(line)
		case <-flush.C:
			writer.Flush()
		}
	}
}

func fail(format string, args ...any) {
	fmt.Fprintf(os.Stderr, format+"\n", args...)
	os.Exit(2)
}

func main() {
	if len(os.Args) < 5 {
		fail("usage: load URL LOG FROM,FROM... NAME:RATE:keep|fresh...")
	}
	file, err := os.Create(os.Args[2])
	if err != nil {
		fail("%v", err)
	}
	streams := make([]stream, 0, 2)
	for _, text := range strings.Split(os.Args[3], ",") {
		sources = append(sources, net.ParseIP(text))
	}
	for _, text := range os.Args[4:] {
		streams = append(streams, parse(text))
	}
	lines, recorded, stop := make(chan string, 4096), make(chan struct{}), make(chan struct{})
	go record(file, lines, recorded)
	go func() {
		io.Copy(io.Discard, os.Stdin)
		close(stop)
	}()
	var all sync.WaitGroup
	for _, each := range streams {
		all.Go(func() { each.run(os.Args[1], stop, lines) })
	}
	all.Wait()
	close(lines)
	<-recorded
}
