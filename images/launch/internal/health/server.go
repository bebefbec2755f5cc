package health

import (
	"encoding/json"
	"net"
	"net/http"
	"time"
)

// Answer is the body of every endpoint.
type Answer struct {
	Name   string `json:"name"`
	OK     bool   `json:"ok"`
	Reason string `json:"reason"`
	// Ready and Leader are what other brokers of the release read.
	Ready  bool `json:"ready"`
	Leader bool `json:"leader"`
}

// Serve answers kubelet (/healthz, /readyz), HAProxy and the other brokers (/leader) until the listener is closed. It logs
// nothing: it is asked many times a second. heard learns who asks for the leader.
func Serve(listener net.Listener, name string, monitor *Monitor, leading func() (bool, string), heard func(*http.Request)) error {
	return newServer(name, monitor, leading, heard).Serve(listener)
}

func newServer(name string, monitor *Monitor, leading func() (bool, string), heard func(*http.Request)) *http.Server {
	endpoint := func(ask func() (bool, string)) http.HandlerFunc {
		return func(writer http.ResponseWriter, _ *http.Request) {
			ok, reason := ask()
			ready, _ := monitor.Ready()
			leader, _ := leading()
			writer.Header().Set("Content-Type", "application/json")
			writer.Header().Set("Cache-Control", "no-store")
			if !ok {
				writer.WriteHeader(http.StatusServiceUnavailable)
			}
			_ = json.NewEncoder(writer).Encode(Answer{Name: name, OK: ok, Reason: reason, Ready: ready, Leader: leader})
		}
	}
	mux := http.NewServeMux()
	mux.Handle("GET /healthz", endpoint(monitor.Alive))
	mux.Handle("GET /readyz", endpoint(monitor.Ready))
	leader := endpoint(leading)
	mux.HandleFunc("GET /leader", func(writer http.ResponseWriter, request *http.Request) {
		heard(request)
		leader(writer, request)
	})
	return &http.Server{
		Handler:           mux,
		ReadHeaderTimeout: 2 * time.Second,
		WriteTimeout:      2 * time.Second,
		IdleTimeout:       time.Minute,
		MaxHeaderBytes:    8 << 10,
	}
}
