package health

import (
	"context"
	"encoding/json"
	"net"
	"net/http"
	"time"

	"github.com/mosquitto-ha/mosquitto-ha/images/launch/internal/leader"
)

// Answer is the body of every endpoint.
type Answer struct {
	Name   string `json:"name"`
	OK     bool   `json:"ok"`
	Reason string `json:"reason"`
	// Ready and Leader are what other brokers of the release read.
	Ready  bool `json:"ready"`
	Leader bool `json:"leader"`
	leader.Standing
}

// Leadership is what the health endpoints ask about the choice of the broker that leads.
type Leadership interface {
	// Leads says whether this broker leads, and why or why not.
	Leads() (bool, string)
	// Heard learns who asks for the leader.
	Heard(context.Context, *http.Request)
	Standing() leader.Standing
}

// Serve answers kubelet (/healthz, /readyz), HAProxy and the other brokers (/leader) until the listener is closed. It logs
// nothing: it is asked many times a second.
func Serve(ctx context.Context, listener net.Listener, name string, monitor *Monitor, leadership Leadership) error {
	return newServer(ctx, name, monitor, leadership).Serve(listener)
}

func newServer(ctx context.Context, name string, monitor *Monitor, leadership Leadership) *http.Server {
	endpoint := func(ask func() (bool, string)) http.HandlerFunc {
		return func(writer http.ResponseWriter, _ *http.Request) {
			ok, reason := ask()
			ready, _ := monitor.Ready()
			leads, _ := leadership.Leads()
			writer.Header().Set("Content-Type", "application/json")
			writer.Header().Set("Cache-Control", "no-store")
			if !ok {
				writer.WriteHeader(http.StatusServiceUnavailable)
			}
			_ = json.NewEncoder(writer).Encode(Answer{Name: name, OK: ok, Reason: reason, Ready: ready, Leader: leads, Standing: leadership.Standing()})
		}
	}
	mux := http.NewServeMux()
	mux.Handle("GET /healthz", endpoint(monitor.Alive))
	mux.Handle("GET /readyz", endpoint(monitor.Ready))
	leading := endpoint(leadership.Leads)
	mux.HandleFunc("GET /leader", func(writer http.ResponseWriter, request *http.Request) {
		leadership.Heard(ctx, request)
		leading(writer, request)
	})
	return &http.Server{
		Handler:           mux,
		ReadHeaderTimeout: 2 * time.Second,
		WriteTimeout:      2 * time.Second,
		IdleTimeout:       time.Minute,
		MaxHeaderBytes:    8 << 10,
	}
}
