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
}

// Serve answers kubelet (/healthz, /readyz) and HAProxy (/readyz) until the listener is closed. It logs nothing: it is asked
// many times a second.
func Serve(listener net.Listener, name string, monitor *Monitor) error {
	return newServer(name, monitor).Serve(listener)
}

func newServer(name string, monitor *Monitor) *http.Server {
	endpoint := func(ask func() (bool, string)) http.HandlerFunc {
		return func(writer http.ResponseWriter, _ *http.Request) {
			ok, reason := ask()
			writer.Header().Set("Content-Type", "application/json")
			writer.Header().Set("Cache-Control", "no-store")
			if !ok {
				writer.WriteHeader(http.StatusServiceUnavailable)
			}
			_ = json.NewEncoder(writer).Encode(Answer{Name: name, OK: ok, Reason: reason})
		}
	}
	mux := http.NewServeMux()
	mux.Handle("GET /healthz", endpoint(monitor.Alive))
	mux.Handle("GET /readyz", endpoint(monitor.Ready))
	return &http.Server{
		Handler:           mux,
		ReadHeaderTimeout: 2 * time.Second,
		WriteTimeout:      2 * time.Second,
		IdleTimeout:       time.Minute,
		MaxHeaderBytes:    8 << 10,
	}
}
