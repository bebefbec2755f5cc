// Package mqtt speaks the four packets of MQTT 3.1.1 that it takes to know whether a broker works:
// CONNECT, CONNACK, PINGREQ and PINGRESP.
package mqtt

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"time"
)

// Credentials are what a client logs in with. An empty user name means no login at all.
type Credentials struct {
	Username string
	Password string
}

// RefusedError says that the broker answered, but does not want this client.
type RefusedError struct{ Code byte }

func (e *RefusedError) Error() string {
	reason := map[byte]string{
		1: "it does not speak MQTT 3.1.1",
		2: "it does not accept the client id",
		3: "it is not available",
		4: "the user name or the password is wrong",
		5: "the account is not allowed to connect",
	}[e.Code]
	if reason == "" {
		reason = "it gave no known reason"
	}
	return fmt.Sprintf("the broker refused the connection (code %d: %s)", e.Code, reason)
}

// LeastKeepAlive is the least that max_keepalive may be: Mosquitto lets nobody in that asks for more.
const LeastKeepAlive = 10 * time.Second

// Session is a connected client that does nothing but ping.
type Session struct{ connection net.Conn }

// Connect opens a clean session. The broker drops it after keepAlive without a ping.
func Connect(ctx context.Context, address, clientID string, credentials Credentials, keepAlive time.Duration) (*Session, error) {
	connection, err := (&net.Dialer{}).DialContext(ctx, "tcp", address)
	if err != nil {
		return nil, err
	}
	session := &Session{connection: connection}
	if err := session.handshake(ctx, clientID, credentials, keepAlive); err != nil {
		connection.Close()
		return nil, err
	}
	return session, nil
}

func (s *Session) handshake(ctx context.Context, clientID string, credentials Credentials, keepAlive time.Duration) error {
	if deadline, ok := ctx.Deadline(); ok {
		if err := s.connection.SetDeadline(deadline); err != nil {
			return err
		}
	}
	if _, err := s.connection.Write(connectPacket(clientID, credentials, keepAlive)); err != nil {
		return fmt.Errorf("sending CONNECT: %w", err)
	}
	var answer [4]byte
	if _, err := io.ReadFull(s.connection, answer[:]); err != nil {
		return fmt.Errorf("waiting for CONNACK: %w", err)
	}
	if answer[0] != 0x20 || answer[1] != 2 {
		return errors.New("the answer is not a CONNACK: is this an MQTT port?")
	}
	if answer[3] != 0 {
		return &RefusedError{Code: answer[3]}
	}
	return nil
}

// Ping returns nil when the broker answered within the timeout.
func (s *Session) Ping(timeout time.Duration) error {
	if err := s.Ask(timeout); err != nil {
		return err
	}
	return s.Await(timeout)
}

// Ask sends a ping without waiting for the answer.
func (s *Session) Ask(timeout time.Duration) error {
	if err := s.connection.SetWriteDeadline(time.Now().Add(timeout)); err != nil {
		return err
	}
	if _, err := s.connection.Write([]byte{0xC0, 0}); err != nil {
		return fmt.Errorf("sending PINGREQ: %w", err)
	}
	return nil
}

// Await waits for the answer to a ping. After a timeout (IsTimeout) it can be called again: the answer may still come.
func (s *Session) Await(timeout time.Duration) error {
	if err := s.connection.SetReadDeadline(time.Now().Add(timeout)); err != nil {
		return err
	}
	var answer [2]byte
	read, err := io.ReadFull(s.connection, answer[:])
	switch {
	case err != nil && read > 0:
		return fmt.Errorf("waiting for PINGRESP: half of it came: %v", err)
	case err != nil:
		return fmt.Errorf("waiting for PINGRESP: %w", err)
	case answer != [2]byte{0xD0, 0}:
		return fmt.Errorf("the answer to PINGREQ is packet %#x", answer[0])
	}
	return nil
}

// IsTimeout says whether the broker is late, as opposed to gone.
func IsTimeout(err error) bool {
	var failure net.Error
	return errors.As(err, &failure) && failure.Timeout()
}

// Close says goodbye, so that the broker logs a client that left and not one that was lost.
func (s *Session) Close() {
	_ = s.connection.SetDeadline(time.Now().Add(100 * time.Millisecond))
	_, _ = s.connection.Write([]byte{0xE0, 0})
	s.connection.Close()
}

func connectPacket(clientID string, credentials Credentials, keepAlive time.Duration) []byte {
	const cleanSession, withPassword, withUsername = 0x02, 0x40, 0x80
	flags := byte(cleanSession)
	payload := text(nil, clientID)
	if credentials.Username != "" {
		flags |= withUsername | withPassword
		payload = text(text(payload, credentials.Username), credentials.Password)
	}
	body := append(text(nil, "MQTT"), 4, flags)
	body = binary.BigEndian.AppendUint16(body, uint16(keepAlive/time.Second))
	body = append(body, payload...)
	return append(remainingLength([]byte{0x10}, len(body)), body...)
}

func text(to []byte, value string) []byte {
	return append(binary.BigEndian.AppendUint16(to, uint16(len(value))), value...)
}

func remainingLength(to []byte, length int) []byte {
	for length >= 128 {
		to = append(to, byte(length%128)|0x80)
		length /= 128
	}
	return append(to, byte(length))
}
