"""Clients that keep a ledger while leaders are killed under them: what was acknowledged, and what arrived."""
import socket
import threading
import time

import mqtt


class Reconnecting(threading.Thread):
    """Does its work on one connection after the other, with one session."""

    def __init__(self, clientid, port):
        super().__init__(daemon=True)
        self.clientid, self.port, self.stopped, self.connections, self.fault = clientid, port, threading.Event(), 0, None

    def run(self):
        while not self.stopped.is_set():
            try:
                client = mqtt.Client(self.port(), self.clientid, clean=False)
            except (OSError, EOFError, AssertionError):
                time.sleep(0.005)
                continue
            if self.connections and not client.session_present:
                self.fault = f"{self.clientid} lost its session at connection {self.connections + 1}"
                return
            self.connections += 1
            try:
                self.work(client)
            except (OSError, EOFError):
                pass
            client.socket.close()


class Publisher(Reconnecting):
    """Numbered messages one after the other, each brought to its end whatever happens meanwhile."""

    def __init__(self, clientid, port, qos):
        super().__init__(clientid, port)
        self.qos, self.acknowledged, self.number, self.received = qos, [], 0, False

    def work(self, client):
        repeat = self.connections > 1
        while not self.stopped.is_set() or repeat:
            mid = self.number % 60000 + 1
            if not self.received:
                client.send(mqtt.PUBLISH, self.qos << 1 | (8 if repeat else 0),
                            mqtt.text(f"ledger/{self.clientid}") + mid.to_bytes(2, "big") + str(self.number).encode())
                self.until(client, mqtt.PUBREC if self.qos == 2 else mqtt.PUBACK, mid)
                self.received = self.qos == 2
            if self.received:
                client.ack(mqtt.PUBREL, mid)
                self.until(client, mqtt.PUBCOMP, mid)
            self.acknowledged.append(self.number)
            self.number, self.received, repeat = self.number + 1, False, False

    @staticmethod
    def until(client, kind, mid):
        end = time.monotonic() + 5
        while time.monotonic() < end:
            packet = client.next(5)
            if packet and packet.kind == kind and packet.mid == mid:
                return
        raise EOFError


class Subscriber(Reconnecting):
    """Takes QoS 2 messages by the book: a packet id is new only after its PUBREL."""

    def __init__(self, clientid, port):
        super().__init__(clientid, port)
        self.arrived, self.open, self.subscribed, self.last = {}, set(), threading.Event(), time.monotonic()

    def work(self, client):
        if not self.subscribed.is_set():
            client.subscribe("ledger/#", qos=2)
            self.subscribed.set()
        while not self.stopped.is_set():
            packet = client.next(0.2)
            if packet is None:
                continue
            self.last = time.monotonic()
            if packet.kind == mqtt.PUBLISH:
                if packet.qos == 1 or packet.mid not in self.open:
                    self.arrived.setdefault(packet.topic.split("/")[1], []).append(int(packet.payload))
                if packet.qos == 2:
                    self.open.add(packet.mid)
                client.ack(mqtt.PUBREC if packet.qos == 2 else mqtt.PUBACK, packet.mid)
            elif packet.kind == mqtt.PUBREL:
                self.open.discard(packet.mid)
                client.ack(mqtt.PUBCOMP, packet.mid)


class Gate:
    """Between the clients and whichever broker leads: gives a broker's bytes to a client when what came before is committed."""

    def __init__(self, leader, open_=False):
        self.leader, self.open = leader, open_
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            broker = self.leader()
            try:
                server = socket.create_connection(("127.0.0.1", broker.port))
            except OSError:
                client.close()
                continue
            for end in (client, server):
                end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            threading.Thread(target=self.pump, args=(client, server, None), daemon=True).start()
            threading.Thread(target=self.pump, args=(server, client, broker), daemon=True).start()

    def pump(self, source, target, broker):
        try:
            while data := source.recv(65536):
                if broker and not self.open:
                    number = broker.emitted()
                    with broker.changed:
                        broker.changed.wait_for(lambda: broker.committed >= number or broker.gone)
                        if broker.committed < number:
                            break
                target.sendall(data)
        except OSError:
            pass
        for end in (source, target):
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
            end.close()
