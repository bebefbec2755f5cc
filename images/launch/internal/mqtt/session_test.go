package mqtt

import (
	"bytes"
	"context"
	"io"
	"net"
	"strings"
	"testing"
	"time"
)

// answering is a port that takes what comes and sends these answers, one per packet.
func answering(t *testing.T, answers ...[]byte) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	go func() {
		connection, err := listener.Accept()
		if err != nil {
			return
		}
		defer connection.Close()
		for _, answer := range answers {
			if _, err := connection.Read(make([]byte, 1024)); err != nil {
				return
			}
			connection.Write(answer)
		}
		io.Copy(io.Discard, connection)
	}()
	return listener.Addr().String()
}

func connect(t *testing.T, address string) (*Session, error) {
	ctx, cancel := context.WithTimeout(context.Background(), 200*time.Millisecond)
	defer cancel()
	session, err := Connect(ctx, address, "c", Credentials{}, time.Minute)
	if session != nil {
		t.Cleanup(session.Close)
	}
	return session, err
}

func TestTheConnectPacketIsWhatTheStandardSays(t *testing.T) {
	packet := connectPacket("id", Credentials{Username: "u", Password: "pw"}, 30*time.Second)
	want := []byte("\x10\x15\x00\x04MQTT\x04\xC2\x00\x1E\x00\x02id\x00\x01u\x00\x02pw")
	if !bytes.Equal(packet, want) {
		t.Errorf("%q", packet)
	}
	anonymous := connectPacket("id", Credentials{}, 30*time.Second)
	if !bytes.Equal(anonymous, []byte("\x10\x0E\x00\x04MQTT\x04\x02\x00\x1E\x00\x02id")) {
		t.Errorf("%q", anonymous)
	}
	long := connectPacket("id", Credentials{Username: "u", Password: strings.Repeat("x", 200)}, time.Second)
	if long[1] != 0xDB || long[2] != 0x01 || len(long) != 3+219 {
		t.Errorf("the length of a long packet is % x of %d bytes", long[1:3], len(long))
	}
}

func TestABrokerThatAnswersIsPinged(t *testing.T) {
	session, err := connect(t, answering(t, []byte{0x20, 2, 0, 0}, []byte{0xD0, 0}))
	if err != nil {
		t.Fatal(err)
	}
	if err := session.Ping(time.Second); err != nil {
		t.Error(err)
	}
	if err := session.Ping(20 * time.Millisecond); !IsTimeout(err) {
		t.Errorf("a ping without an answer gives %v", err)
	}
}

func TestARefusalSaysWhy(t *testing.T) {
	_, err := connect(t, answering(t, []byte{0x20, 2, 0, 5}))
	if err == nil || !strings.Contains(err.Error(), "not allowed") {
		t.Error(err)
	}
}

func TestWhatIsNoBrokerIsNamed(t *testing.T) {
	_, err := connect(t, answering(t, []byte("HTTP/1.1 400 Bad Request\r\n")))
	if err == nil || !strings.Contains(err.Error(), "MQTT port") {
		t.Error(err)
	}
	if _, err := connect(t, answering(t, nil)); !IsTimeout(err) {
		t.Errorf("a port that is silent gives %v", err)
	}
}
