"""A small MQTT 3.1.1/5 client that does only what it is told: acknowledgements are the test's to send or to hold back."""
import socket
import struct
import time

CONNECT, CONNACK, PUBLISH, PUBACK, PUBREC, PUBREL, PUBCOMP, SUBSCRIBE, SUBACK, UNSUBSCRIBE, UNSUBACK, PINGREQ, PINGRESP, DISCONNECT = range(1, 15)


def text(value):
    data = value.encode() if isinstance(value, str) else value
    return struct.pack(">H", len(data)) + data


def varint(value):
    out = bytearray()
    while True:
        byte, value = value & 0x7F, value >> 7
        out.append(byte | (0x80 if value else 0))
        if not value:
            return bytes(out)


class Packet:
    def __init__(self, kind, flags, body, version):
        self.kind, self.flags, self.body = kind, flags, body
        self.qos, self.dup, self.retain = flags >> 1 & 3, bool(flags & 8), bool(flags & 1)
        self.mid = self.topic = self.payload = None
        self.properties = b""
        if kind == PUBLISH:
            (length,) = struct.unpack_from(">H", body)
            self.topic, at = body[2:2 + length].decode(), 2 + length
            if self.qos:
                (self.mid,) = struct.unpack_from(">H", body, at)
                at += 2
            if version == 5:
                size = shift = 0
                while True:
                    byte = body[at]
                    at += 1
                    size |= (byte & 0x7F) << shift
                    shift += 7
                    if not byte & 0x80:
                        break
                self.properties, at = body[at:at + size], at + size
            self.payload = body[at:]
        elif kind in (PUBACK, PUBREC, PUBREL, PUBCOMP, SUBACK, UNSUBACK):
            (self.mid,) = struct.unpack_from(">H", body)
            self.reason = body[2] if kind in (PUBACK, PUBREC) and len(body) > 2 else 0

    def __repr__(self):
        return f"Packet({self.kind}, mid={self.mid}, topic={self.topic}, payload={self.payload}, dup={self.dup})"


class Client:
    def __init__(self, port, clientid, version=4, clean=True, expiry=None, will=None, keepalive=60, username=None, password=None):
        self.version, self.buffer, self.mid = version, b"", 0
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=5)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        flags = 2 if clean else 0
        tail = b""
        if will:
            topic, payload, qos, delay = will
            flags |= 4 | qos << 3
            if version == 5:
                properties = b"\x18" + struct.pack(">I", delay) if delay else b""
                tail += varint(len(properties)) + properties
            tail += text(topic) + text(payload)
        if username:
            flags |= 0xC0
            tail += text(username) + text(password)
        body = text("MQTT") + bytes([version, flags]) + struct.pack(">H", keepalive)
        if version == 5:
            properties = b"\x11" + struct.pack(">I", expiry) if expiry else b""
            body += varint(len(properties)) + properties
        self.send(CONNECT, 0, body + text(clientid) + tail)
        answer = self.expect(CONNACK)
        self.session_present = bool(answer.body[0] & 1)
        if answer.body[1]:
            raise ConnectionError(f"CONNACK {answer.body[1]}")

    def send(self, kind, flags, body):
        self.socket.sendall(bytes([kind << 4 | flags]) + varint(len(body)) + body)

    def next(self, timeout=5):
        """The next packet, or None when there is none in time. EOFError when the broker closed."""
        end = time.monotonic() + timeout
        while True:
            packet = self.take()
            if packet:
                return packet
            left = end - time.monotonic()
            if left <= 0:
                return None
            self.socket.settimeout(left)
            try:
                data = self.socket.recv(65536)
            except TimeoutError:
                return None
            except ConnectionError:
                raise EOFError from None
            if not data:
                raise EOFError
            self.buffer += data

    def take(self):
        size = shift = 0
        for at in range(1, min(5, len(self.buffer))):
            byte = self.buffer[at]
            size |= (byte & 0x7F) << shift
            shift += 7
            if not byte & 0x80:
                if len(self.buffer) < at + 1 + size:
                    return None
                first, body = self.buffer[0], self.buffer[at + 1:at + 1 + size]
                self.buffer = self.buffer[at + 1 + size:]
                return Packet(first >> 4, first & 15, body, self.version)
        return None

    def expect(self, kind, timeout=5):
        packet = self.next(timeout)
        assert packet and packet.kind == kind, f"expected packet {kind}, got {packet}"
        return packet

    def publish(self, topic, payload, qos=0, retain=False, properties=b"", wait=True):
        self.mid += 1
        body = text(topic) + (struct.pack(">H", self.mid) if qos else b"")
        if self.version == 5:
            body += varint(len(properties)) + properties
        self.send(PUBLISH, qos << 1 | retain, body + (payload if isinstance(payload, bytes) else payload.encode()))
        if wait and qos == 1:
            self.expect(PUBACK)
        elif wait and qos == 2:
            self.expect(PUBREC)
            self.ack(PUBREL, self.mid)
            self.expect(PUBCOMP)
        return self.mid

    def ack(self, kind, mid):
        self.send(kind, 2 if kind == PUBREL else 0, struct.pack(">H", mid))

    def subscribe(self, topic, qos=1, identifier=None):
        self.mid += 1
        body = struct.pack(">H", self.mid)
        if self.version == 5:
            properties = b"\x0b" + varint(identifier) if identifier else b""
            body += varint(len(properties)) + properties
        self.send(SUBSCRIBE, 2, body + text(topic) + bytes([qos]))
        return self.expect(SUBACK)

    def unsubscribe(self, topic):
        self.mid += 1
        body = struct.pack(">H", self.mid) + (b"\x00" if self.version == 5 else b"")
        self.send(UNSUBSCRIBE, 2, body + text(topic))
        return self.expect(UNSUBACK)

    def received(self, count, timeout=5):
        """So many messages; QoS 1 and 2 acknowledged to the end."""
        out, open_, end = [], set(), time.monotonic() + timeout
        while len(out) < count or open_:
            packet = self.next(max(0, end - time.monotonic()))
            if packet is None:
                break
            if packet.kind == PUBLISH:
                out.append(packet)
                if packet.qos == 1:
                    self.ack(PUBACK, packet.mid)
                elif packet.qos == 2:
                    open_.add(packet.mid)
                    self.ack(PUBREC, packet.mid)
            elif packet.kind == PUBREL:
                open_.discard(packet.mid)
                self.ack(PUBCOMP, packet.mid)
        return out

    def disconnect(self):
        self.send(DISCONNECT, 0, b"")
        self.socket.close()

    def drop(self):
        """Gone without a word, as when the power fails."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.socket.close()
