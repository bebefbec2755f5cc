"""An agent for tests: listens for the plugin, keeps the broker's state from its events, gives it to the next broker."""
import mmap
import os
import shlex
import shutil
import signal
import socket
import struct
import subprocess
import threading
import time
from pathlib import Path

import frames

HERE = Path(__file__).resolve().parent
PLUGIN = Path(os.environ.get("LINK_PLUGIN", HERE.parent / "build" / "link.so")).resolve()
MOSQUITTO = shlex.split(os.environ.get("MOSQUITTO", "mosquitto"))
RECONNECT, WILL_DELETE, MESSAGE_STATE, WILL_ACCESS = 1, 2, 4, 8


def dynamic_security():
    """The plugin that belongs to the broker: beside it where it was built, or in its image."""
    broker = Path(shutil.which(MOSQUITTO[-1]) or MOSQUITTO[-1]).resolve()
    places = [broker.parent.parent / "plugins/dynamic-security", *(broker.parent.parent / "lib").glob("*/mosquitto")]
    return next((p for p in (place / "mosquitto_dynamic_security.so" for place in places) if p.exists()), None)


class State:
    """PROTOCOL.md, "What the agent makes of the events"."""

    def __init__(self):
        self.base, self.retained, self.clients, self.subscriptions, self.messages, self.wills = {}, {}, {}, {}, {}, {}
        self.features = 0

    def apply(self, r):
        kind, client = r["type"], r.get("clientid")
        if kind == "BASE_MSG_ADD":
            self.base[r["store_id"]] = r
        elif kind == "BASE_MSG_DELETE":
            self.base.pop(r["store_id"], None)
        elif kind == "RETAIN_SET":
            self.retained[r["topic"]] = r
        elif kind == "RETAIN_DELETE":
            self.retained.pop(r["topic"], None)
        elif kind in ("CLIENT_ADD", "CLIENT_UPDATE"):
            self.clients[client] = r
            if kind == "CLIENT_ADD":
                self.wills.pop(client, None)
        elif kind == "CLIENT_DELETE":
            for store in (self.clients, self.subscriptions, self.messages, self.wills):
                store.pop(client, None)
        elif kind == "SUBSCRIPTION_ADD":
            self.subscriptions.setdefault(client, {})[r["topic"]] = r
        elif kind == "SUBSCRIPTION_DELETE":
            self.subscriptions.get(client, {}).pop(r["topic"], None)
        elif kind in ("CLIENT_MSG_ADD", "CLIENT_MSG_UPDATE"):
            self.messages.setdefault(client, {})[self.key(r)] = r
        elif kind == "CLIENT_MSG_DELETE":
            self.messages.get(client, {}).pop(self.key(r), None)
        elif kind == "WILL_ADD":
            self.wills[client] = r
        elif kind in ("WILL_DELETE", "OFFLINE", "DISCONNECT"):
            self.wills.pop(client, None)
        elif kind == "CONNECT" and not self.features & RECONNECT:
            # The broker does not tell the new will; at least the old one is gone, and the session's end is not near.
            self.wills.pop(client, None)
            if client in self.clients:
                self.clients[client] = {**self.clients[client], "session_expiry_time": 0, "will_delay_time": 0}

    @staticmethod
    def key(r):
        return r["direction"], r["cmsg_id"], r["store_id"]

    def restore(self):
        for kind, records in (
            ("RESTORE_BASE_MSG", self.base.values()),
            ("RESTORE_RETAIN", self.retained.values()),
            ("RESTORE_CLIENT", self.clients.values()),
            ("RESTORE_SUBSCRIPTION", [s for c in self.subscriptions.values() for s in c.values()]),
            ("RESTORE_CLIENT_MSG", [m for c in self.messages.values() for m in c.values()]),
            ("RESTORE_WILL", [w for c, w in self.wills.items() if c in self.clients]),
        ):
            for record in records:
                yield {**record, "type": kind}


class Broker:
    """A real Mosquitto with the plugin, and the agent at its side."""

    def __init__(self, folder, name="b", extra="", state=None):
        self.folder = Path(folder) / name
        self.folder.mkdir()
        self.port = free_port()
        self.state = state or State()
        self.events, self.changed, self.gone = [], threading.Condition(), False
        self.pending, self.committed, self.turns = [], 0, []
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(str(self.folder / "agent.sock"))
        self.listener.listen(1)
        (self.folder / "mosquitto.conf").write_text(
            f"plugin {PLUGIN}\nplugin_opt_socket {self.folder}/agent.sock\nplugin_opt_shared {self.folder}/shared\n"
            f"plugin_opt_node node-{name}\nlistener {self.port} 127.0.0.1\nallow_anonymous true\nuser root\n"
            f"log_dest file {self.folder}/log\nlog_type all\nsys_interval 0\n{extra}\n")
        self.stderr = open(self.folder / "stderr", "w+")
        self.process = subprocess.Popen([*MOSQUITTO, "-c", str(self.folder / "mosquitto.conf")],
                                        stdin=subprocess.DEVNULL, stdout=self.stderr, stderr=self.stderr)
        self.listener.settimeout(10)
        self.socket, _ = self.listener.accept()
        self.reader = threading.Thread(target=self.read, daemon=True)
        self.reader.start()
        self.hello = self.wait("HELLO")
        self.state.features = self.hello["features"]

    def read(self):
        buffer = bytearray()
        try:
            while data := self.socket.recv(1 << 16):
                buffer += data
                while len(buffer) >= 4 and len(buffer) >= 4 + struct.unpack_from(">I", buffer)[0]:
                    (length,) = struct.unpack_from(">I", buffer)
                    record = frames.decode(bytes(buffer[4:4 + length]))
                    del buffer[:4 + length]
                    with self.changed:
                        self.events.append(record)
                        self.follow(record)
                        self.changed.notify_all()
        except OSError:
            pass
        with self.changed:
            self.gone = True
            self.changed.notify_all()

    def follow(self, record):
        """Events take effect together, at their MARK: what comes after the last one is dropped when the broker dies."""
        if record["type"] == "MARK":
            for event in self.pending:
                self.state.apply(event)
            self.turns.append(self.pending)
            self.pending, self.committed = [], record["number"]
        elif frames.SHAPES[record["type"]][0] >= 0x20:
            self.pending.append(record)

    def send(self, type, **fields):
        self.socket.sendall(frames.encode({"type": type, **fields}))

    def welcome(self, major=1):
        self.send("WELCOME", magic=frames.MAGIC, major=major, minor=0, frame_max=0x10100000)

    def promote(self, number=1, epoch=1, node_id=1, restore=()):
        self.welcome()
        self.send("PROMOTE", epoch=epoch, number=number, node_id=node_id)
        self.socket.sendall(b"".join(frames.encode(record) for record in restore))
        self.send("RESTORE_END", token=0)
        self.wait("SERVING", timeout=60)
        return self

    def wait(self, type, timeout=5, **fields):
        """The first event of that type with those fields, waited for."""
        def found():
            return next((e for e in self.events if e["type"] == type and all(e[k] == v for k, v in fields.items())), None)
        with self.changed:
            self.changed.wait_for(lambda: found() or self.gone, timeout)
            event = found()
        assert event, f"no {type} {fields} in {[e['type'] for e in self.events]}; {self.log()}"
        return event

    def settle(self):
        """Everything that the broker has emitted until now is in self.events."""
        token = time.monotonic_ns()
        self.send("PROBE", token=token)
        return self.wait("TICK", token=token)

    def types(self, clientid=None):
        return [e["type"] for e in self.events if clientid is None or e.get("clientid") == clientid]

    def emitted(self):
        with open(self.folder / "shared", "rb") as file, mmap.mmap(file.fileno(), 4096, prot=mmap.PROT_READ) as at:
            return struct.unpack_from("=Q", at, 64)[0]

    def flags(self, value):
        with open(self.folder / "shared", "r+b") as file, mmap.mmap(file.fileno(), 4096) as at:
            struct.pack_into("=I", at, 128, value)

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(5)
        self.reader.join(5)

    def close(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait(5)
        self.socket.close()
        self.listener.close()
        self.stderr.close()

    def log(self):
        return (self.folder / "stderr").read_text() + ((self.folder / "log").read_text() if (self.folder / "log").exists() else "")


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
